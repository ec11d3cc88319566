"""Runs one program and prints what it took, as JSON: `measure.py LIMIT FOLDER PROGRAM [ARGUMENT ...]`.

A process of its own, because a program's peak memory is never less than that of whoever started it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType


def main() -> None:
    """Run the program for LIMIT seconds at most; what it writes goes into FOLDER."""
    limit, folder, *command = sys.argv[1:]
    with Path(folder, "stdout").open("wb") as out, Path(folder, "stderr").open("wb") as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        stopped = _stop_after(float(limit), process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    result = {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * unit,
        "status": os.waitstatus_to_exitcode(status),
        "stopped": bool(stopped),
    }
    sys.stdout.write(json.dumps(result))


def _stop_after(limit: float, process: int) -> list[int]:
    """Kill the process and its children when the time is up; the list has a member then."""
    stopped: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)
        os.killpg(process, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    return stopped


if __name__ == "__main__":
    main()
