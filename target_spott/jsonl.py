"""Files of JSON lines."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from spott_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.platform != "win32":
    import fcntl


class JsonLines:
    """A file of JSON lines that is added to a whole line at a time, so that a kill loses none of those before."""

    def __init__(self, setting: str, path: str) -> None:
        """Open the file, for this process alone; a new one is readable for its owner alone.

        Args:
            setting: What messages call it.
            path: Where it is.

        Raises:
            ConfigError: It can't be opened, or another process has.
        """
        self._setting = setting
        self.path = Path(path)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if sys.platform != "win32":
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{setting}: another target-spott is writing to {path}; wait for it, or name another file"
            raise ConfigError(msg) from None
        except OSError as error:
            raise self._failure(error) from None

    def read(self, take: Callable[[dict[str, Any]], None]) -> None:
        """Give each line that is in the file to `take`, and cut off what a crash has left of one.

        Raises:
            ConfigError: A line is no JSON object.
        """
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    take(msgspec.json.decode(line, type=dict[str, Any]))
                except ValueError:
                    if line.endswith(b"\n"):
                        msg = f"{self._setting}: line {number} of {self.path} is no JSON object; mend or move it"
                        raise ConfigError(msg) from None
                    os.truncate(self._file, file.tell() - len(line))
                else:
                    if not line.endswith(b"\n"):
                        os.write(self._file, b"\n")

    def write(self, line: dict[str, Any], *, durably: bool = False) -> None:
        """Add a line; durably: so that not even a power failure loses it.

        Raises:
            ConfigError: The file can't be written to.
        """
        encoded = msgspec.json.encode(line, enc_hook=str) + b"\n"
        try:
            written = os.write(self._file, encoded)
            if durably:
                os.fsync(self._file)
        except OSError as error:
            raise self._failure(error) from None
        if written < len(encoded):
            raise self._failure(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def is_same_file(self, descriptor: int) -> bool:
        """Tell whether an open file is this one."""
        return os.path.samestat(os.fstat(descriptor), os.fstat(self._file))

    def close(self) -> None:
        """Close the file; remove it if it holds nothing."""
        if os.fstat(self._file).st_size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _failure(self, error: OSError) -> ConfigError:
        return ConfigError(f"{self._setting}: {self.path}: {error.strerror}")
