"""Run the `spott-sandbox` command as `python -m spott_sandbox`."""

from spott_sandbox.cli import main

main()
