"""Start the fleet of `demo.services` in the background, show its output, and leave it running."""

import subprocess
import sys

from demo.services import HOME, stop


def main() -> None:
    """Stop an earlier fleet, start a new one, and return when it has loaded all accounts.

    Raises:
        SystemExit: A step failed.
    """
    stop(HOME)
    command = [sys.executable, "-m", "demo.services"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True) as process:
        for line in process.stdout or ():
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
        # Standard output is closed: the services have ended, or run in the background now.
        try:
            sys.exit(process.wait(timeout=1))
        except subprocess.TimeoutExpired:
            process.returncode = 0  # otherwise the block waits for the process


if __name__ == "__main__":
    main()
