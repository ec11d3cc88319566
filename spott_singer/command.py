"""The command line: a failure logs one line and exits with status 1; a signal ends the process as that signal does."""

import atexit
import gc
import logging
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import IO, Any, NoReturn

import click
import simplejson
import singer_sdk
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from spott_client.errors import ConfigError, SpottError

SDK_FOLDER = os.path.dirname(singer_sdk.__file__)  # noqa: PTH120 - log records have their path as a string too


class Terminated(BaseException):
    """SIGTERM or SIGINT was received. The state so far is written."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


class SpottCommand(SingerCommand):
    """Logs one line per failure: what failed, where, and what to do. Tracebacks are logged at the level DEBUG only."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        schedule_as_batch()
        gc.freeze()  # modules stay until the end: searching them for garbage at exit takes a sixth of a short command
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_relevant)
        try:
            return super().main(*args, **kwargs)
        except Terminated as termination:
            self._end_by_signal(termination.signal_number)
        except ConfigValidationError as error:
            self._fail("; ".join(error.errors))
        except SpottError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - the text of any error may hold personal data
            self._fail(_unexpected(error))

    @override
    def invoke(self, ctx: click.Context) -> Any:
        logging.captureWarnings(capture=True)
        try:
            # Not SingerCommand.invoke: its last line for an invalid setting is "Config validation failed".
            return super(SingerCommand, self).invoke(ctx)
        except BrokenPipeError:
            # Python flushes the buffer at exit, and would fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            msg = "The target closed the pipe; see its error above."
            raise SpottError(msg) from None

    def _fail(self, message: str) -> NoReturn:
        self.logger.debug("Traceback:", exc_info=sys.exc_info())
        self.logger.error(message)
        atexit.register(logging.disable)  # threads with a request in flight must not log after the last line
        sys.exit(1)

    def _end_by_signal(self, number: int) -> NoReturn:
        """End by the signal itself, so that no scheduler takes the exit for a success."""
        self.logger.warning("Stopped by %s; the state so far is written", signal.Signals(number).name)
        sys.stdout.flush()
        logging.shutdown()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        raise AssertionError


def schedule_as_batch() -> None:
    """Ask Linux not to interrupt a thread when another one wakes up, so that they pass the interpreter lock less often.

    The policy SCHED_BATCH is for programs that nobody waits for (manual page sched(7)). It replaces only the default.
    """
    with suppress(AttributeError, OSError):  # other systems don't have it, and a container may forbid it
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _is_relevant(record: logging.LogRecord) -> bool:
    """Return False for the SDK's own INFO lines, several per stream, unless the level is DEBUG."""
    return (
        record.levelno != logging.INFO
        or not record.pathname.startswith(SDK_FOLDER)
        or logging.getLogger().isEnabledFor(logging.DEBUG)
    )


def read_json_file(option: str, file: IO[str]) -> str:
    """Return the text of a file that holds a JSON object; an error names the command-line option with the file.

    Raises:
        ConfigError: The file holds something else.
    """
    try:
        text = file.read()
        value = simplejson.loads(text)  # as the SDK does; json would accept NaN and Infinity
    except (ValueError, RecursionError):
        msg = f"{option}: not valid JSON; correct the file"
        raise ConfigError(msg) from None
    if not isinstance(value, dict):
        msg = f"{option}: not a JSON object; the file must look like {{...}}"
        raise ConfigError(msg)
    return text


def _unexpected(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - a string has no `.name`
    return (
        f"Unexpected {type(error).__name__} at {place}. "
        "This is a bug: set LOGLEVEL=DEBUG to log the traceback, and report it."
    )
