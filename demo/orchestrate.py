"""Start the fleet of `demo.services` in the background, show its output, and leave it running."""

import subprocess
import sys

from demo.install import DATA
from demo.services import HOME, stop

LOG = DATA / "orchestrate.log"


def main() -> None:
    """Stop an earlier fleet, start a new one, and return when it has loaded all accounts.

    Raises:
        SystemExit: A step failed.
    """
    stop(HOME)
    DATA.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        # Not this process's standard error: the sandboxes would keep it open.
        process = subprocess.Popen(
            [sys.executable, "-m", "demo.services"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    for line in process.stdout or ():
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
    # Standard output is closed: the services have ended, or run in the background now.
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # otherwise Python warns about a running process
    else:
        sys.exit(LOG.read_text())


if __name__ == "__main__":
    main()
