"""Run a program and print its time and memory as JSON: `measure.py TIMEOUT CPUS FOLDER PROGRAM [ARGUMENT ...]`.

This is a separate process because the peak memory of a program is at least that of the process that starts it.
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
    """Run the program for at most TIMEOUT seconds, on `all` CPUs or `one`, and write its output to FOLDER."""
    timeout, cpus, folder, *command = sys.argv[1:]
    with Path(folder, "stdout").open("wb") as out, Path(folder, "stderr").open("wb") as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        if cpus == "one":
            os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
        killed = _kill_after(float(timeout), process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    # Linux reports KiB, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    result = {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * unit,
        "status": os.waitstatus_to_exitcode(status),
        "timed_out": bool(killed),
    }
    sys.stdout.write(json.dumps(result))


def _kill_after(timeout: float, process: int) -> list[int]:
    """Kill the process group after the timeout. The list that is returned is empty until then."""
    killed: list[int] = []

    def kill(number: int, _: FrameType | None) -> None:
        killed.append(number)
        os.killpg(process, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    return killed


if __name__ == "__main__":
    main()
