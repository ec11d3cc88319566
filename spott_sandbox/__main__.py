"""Lets `python -m spott_sandbox` do what the command `spott-sandbox` does."""

from spott_sandbox.cli import main

main()
