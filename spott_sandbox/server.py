"""The HTTP server."""

import contextlib
import os
import socket
import sys
import threading

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from uvicorn import Config, Server

from spott_sandbox.admin_api import AdminAPI
from spott_sandbox.app import SpottAPI
from spott_sandbox.errors import error_response
from spott_sandbox.middleware import Middleware
from spott_sandbox.protocol import TransportProtocol
from spott_sandbox.state import State

HOST = "127.0.0.1"
"""Loopback only, because the admin API has no authentication."""
_BACKLOG = 1024


def create_app(state: State) -> ASGIApp:
    """Create the ASGI application over a state."""
    routes = [AdminAPI(state).mount, *SpottAPI(state).routes]
    return Middleware(Starlette(routes=routes, exception_handlers={HTTPException: error_response}), state)


def listen(port: int) -> socket.socket:
    """Return a listening socket; port 0 means any free port.

    Raises:
        OSError: The port is in use.
    """
    return socket.create_server((HOST, port), backlog=_BACKLOG)


def serve(state: State, listener: socket.socket) -> None:
    """Serve until a signal stops the process."""
    config = Config(
        create_app(state),
        http=TransportProtocol,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=1,
    )
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])


def exit_with_parent() -> None:
    """Exit this process when its standard input closes, which also happens when the parent process ends."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # Nothing is stored on disk, so no cleanup is needed.
    os._exit(0)
