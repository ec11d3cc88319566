"""How the command ends: a failure is one line and status 1; a signal ends it as that signal does."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

import simplejson
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.singerlib.encoding.simple import RecordMessage
from typing_extensions import override

from tap_spott.errors import SettingError, SpottError

if TYPE_CHECKING:
    from collections.abc import Callable

    import click
    from singer_sdk.singerlib.encoding.simple import Message


LONGEST_DELAY = 0.1
"""Seconds that a record may wait for the next one before both are written."""


MOST_WAITING = 1 << 16
"""Bytes that records may come to before they are written: what a pipe holds."""


class Stopped(BaseException):
    """SIGTERM or SIGINT has come. What was vouched for by then has been written."""

    def __init__(self, signal_number: int) -> None:
        """Take the signal's number."""
        super().__init__(signal_number)
        self.signal_number = signal_number


class WholeMessageWriter(MsgSpecWriter):
    """Writes messages that no signal cuts in two, and in a rush several at once.

    The SDK flushes each message. That lets the threads which read take the interpreter, and the one which writes then
    waits for it: for each record, longer than it takes to write.
    """

    def __init__(self) -> None:
        """Begin with nothing to write, and no signal."""
        super().__init__()
        self._writing = False
        self._signal: int | None = None
        self._waiting = bytearray()
        self._flushed_at = 0.0

    @override
    def write_message(self, message: Message) -> None:
        self._writing = True
        try:
            self._waiting += self.format_message(message)
            may_wait = isinstance(message, RecordMessage) and len(self._waiting) < MOST_WAITING
            if not may_wait or time.monotonic() > self._flushed_at + LONGEST_DELAY:
                self.flush()
        finally:
            self._writing = False
        if self._signal is not None:
            raise Stopped(self._signal)

    def flush(self) -> None:
        """Write the records that have waited for others."""
        waiting, self._waiting = self._waiting, bytearray()
        sys.stdout.buffer.write(waiting)
        sys.stdout.flush()
        self._flushed_at = time.monotonic()

    def stop(self, signal_number: int) -> None:
        """Handle a signal: now, or once the message has been written that is being written.

        Raises:
            Stopped: Now.
        """
        if not self._writing:
            raise Stopped(signal_number)
        self._signal = signal_number


class OneLineCommand(SingerCommand):
    """Ends each failure with one line that says what, where and what to do; a traceback is for the level DEBUG."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except Stopped as stopped:
            self._end_by_signal(stopped.signal_number)
        except ConfigValidationError as error:
            self._fail("; ".join(error.errors))
        except SpottError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold personal data
            self._fail(_unexpected(error))

    @override
    def invoke(self, ctx: click.Context) -> Any:
        logging.captureWarnings(capture=True)
        try:
            # Not SingerCommand.invoke, whose last line on a wrong setting is "Config validation failed".
            return super(SingerCommand, self).invoke(ctx)
        except BrokenPipeError:
            # What is still buffered has nowhere to go; Python would complain about it at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            msg = "The target has closed the pipe; what it says above tells why."
            raise SpottError(msg) from None

    def _fail(self, message: str) -> NoReturn:
        self.logger.debug("Traceback:", exc_info=sys.exc_info())
        self.logger.error(message)
        atexit.register(logging.disable)  # threads that still wait for Spott have nothing to add
        sys.exit(1)

    def _end_by_signal(self, number: int) -> NoReturn:
        """End as any program does on this signal, so that no scheduler takes it for success."""
        self.logger.warning("Stopped by %s; the state reached has been written", signal.Signals(number).name)
        sys.stdout.flush()
        logging.shutdown()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        raise AssertionError


def check_json(what: str, read: Callable[[], str]) -> str:
    """Return the text that `read` gives, if it is a JSON object.

    Raises:
        SettingError: It can't be read, or is none; the message begins with `what`.
    """
    try:
        text = read()
        value = simplejson.loads(text)  # as the SDK will: json would let NaN and Infinity pass
    except OSError as error:
        msg = f"{what}: {error.strerror}"
        raise SettingError(msg) from None
    except (ValueError, RecursionError):
        msg = f"{what}: this is not JSON"
        raise SettingError(msg) from None
    if not isinstance(value, dict):
        msg = f"{what}: this is not a JSON object"
        raise SettingError(msg)
    return text


def _unexpected(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - only the name is wanted
    return (
        f"Unexpected {type(error).__name__} at {place}. "
        "This is a fault of the program: set LOGLEVEL=DEBUG for the traceback, and report it."
    )
