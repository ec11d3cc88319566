"""The demo: load Spott into an embedded PostgreSQL and query it (`python3 -m demo --help`)."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the demo runs before pip could check requires-python
    sys.exit("demo: Python {}.{} is too old; use Python 3.11 or later".format(*sys.version_info))
