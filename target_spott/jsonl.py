"""JSON Lines files that survive a crash."""

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from spott_client.errors import ConfigError

if sys.platform != "win32":
    import fcntl


class JsonLinesFile:
    """A JSON Lines file to which whole lines are appended, so that a crash damages at most the last line.

    Attributes:
        path: Path of the file.
    """

    def __init__(self, setting: str, path: str) -> None:
        """Open and lock the file; a new file is readable by its owner only. Errors name the setting with the path.

        Raises:
            ConfigError: The file can't be opened, or another process has locked it.
        """
        self._setting = setting
        self.path = Path(path)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if sys.platform != "win32":
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{setting}: another target-spott process is writing to {path}; wait for it, or set another path"
            raise ConfigError(msg) from None
        except OSError as error:
            raise self._to_config_error(error) from None

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the file's lines, and truncate an incomplete last line.

        Raises:
            ConfigError: A line is not a JSON object.
        """
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    decoded = msgspec.json.decode(line, type=dict[str, Any])
                except ValueError:
                    if line.endswith(b"\n"):
                        msg = f"{self._setting}: line {number} of {self.path} is not a JSON object; correct or move it"
                        raise ConfigError(msg) from None
                    os.truncate(self._file, file.tell() - len(line))
                else:
                    yield decoded
                    if not line.endswith(b"\n"):
                        os.write(self._file, b"\n")
                        return  # the iteration would read the newline as another line

    def append(self, line: dict[str, Any], *, fsync: bool = False) -> None:
        """Append a line; with `fsync`, return only when it would survive a power failure.

        Raises:
            ConfigError: The file can't be written to.
        """
        encoded = msgspec.json.encode(line, enc_hook=str) + b"\n"
        try:
            written = os.write(self._file, encoded)
            if fsync:
                os.fsync(self._file)
        except OSError as error:
            raise self._to_config_error(error) from None
        if written < len(encoded):
            raise self._to_config_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def is_same_file(self, descriptor: int) -> bool:
        """Return whether an open file is this one."""
        return os.path.samestat(os.fstat(descriptor), os.fstat(self._file))

    def close(self) -> None:
        """Close the file; delete it if it is empty."""
        if os.fstat(self._file).st_size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _to_config_error(self, error: OSError) -> ConfigError:
        return ConfigError(f"{self._setting}: {self.path}: {error.strerror}")
