"""Run a command, and kill it with all its child processes when the parent process ends, however it ends.

Usage: `supervise.py FOLDER COMMAND...`. Standard input is a pipe from the parent that nobody writes to: it closes when
the parent ends. At the end of the command, this program removes FOLDER. It imports only the standard library and runs
as a script, because it starts with each load.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress


def main(folder: str, *command: str) -> int:
    """Run the command, and return its exit status."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)  # noqa: S603 - the parent's command

    def kill() -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # Meltano can ignore SIGTERM for minutes

    def kill_after_parent() -> None:
        os.read(0, 1)
        kill()

    threading.Thread(target=kill_after_parent, daemon=True).start()
    status = process.wait()
    kill()  # Meltano may have ended before the tap or the loader
    shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
