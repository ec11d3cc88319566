"""How the command ends: a failure is one line and status 1; a signal ends it as that signal does."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

import simplejson
import singer_sdk
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from spott_client.errors import ConfigError, SpottError

if TYPE_CHECKING:
    from collections.abc import Callable

    import click


SDK_FOLDER = os.path.dirname(singer_sdk.__file__)  # noqa: PTH120 - log records have their path as a string too


class Terminated(BaseException):
    """SIGTERM or SIGINT has come. What was vouched for by then has been written."""

    def __init__(self, signal_number: int) -> None:
        """Take the signal's number."""
        super().__init__(signal_number)
        self.signal_number = signal_number


class SpottCommand(SingerCommand):
    """Ends each failure with one line that says what, where and what to do; a traceback is for the level DEBUG."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_worth_reading)
        try:
            return super().main(*args, **kwargs)
        except Terminated as stopped:
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


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Return whether a log line is not one of the SDK's own INFO lines, of which a run has several per stream.

    At the level DEBUG all lines are.
    """
    return (
        record.levelno != logging.INFO
        or not record.pathname.startswith(SDK_FOLDER)
        or logging.getLogger().isEnabledFor(logging.DEBUG)
    )


def read_json_file(what: str, read: Callable[[], str]) -> str:
    """Return the text that `read` gives, if it is a JSON object.

    Raises:
        ConfigError: It can't be read, or is none; the message begins with `what`.
    """
    try:
        text = read()
        value = simplejson.loads(text)  # as the SDK will: json would let NaN and Infinity pass
    except OSError as error:
        msg = f"{what}: {error.strerror}"
        raise ConfigError(msg) from None
    except (ValueError, RecursionError):
        msg = f"{what}: this is not JSON"
        raise ConfigError(msg) from None
    if not isinstance(value, dict):
        msg = f"{what}: this is not a JSON object"
        raise ConfigError(msg)
    return text


def _unexpected(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - only the name is wanted
    return (
        f"Unexpected {type(error).__name__} at {place}. "
        "This is a fault of the program: set LOGLEVEL=DEBUG for the traceback, and report it."
    )
