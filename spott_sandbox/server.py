"""The sandbox as a server."""

import contextlib
import os
import socket
import sys
import threading

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp
from uvicorn import Config, Server

from spott_sandbox.admin_api import Control
from spott_sandbox.app import Api
from spott_sandbox.errors import error_response
from spott_sandbox.middleware import Front
from spott_sandbox.protocol import TransportProtocol
from spott_sandbox.state import State

HOST = "127.0.0.1"
"""Loopback only: the control calls ask for no key."""
_BACKLOG = 1024


def build(state: State) -> ASGIApp:
    """Return the application that serves a state."""
    routes = [Control(state).mount, *Api(state).routes]
    return Front(Starlette(routes=routes, exception_handlers={HTTPException: error_response}), state)


def listen(port: int) -> socket.socket:
    """Return a socket that takes connections already; port 0 is any free one.

    Raises:
        OSError: The port is taken.
    """
    return socket.create_server((HOST, port), backlog=_BACKLOG)


def serve(state: State, listener: socket.socket) -> None:
    """Serve until the process is told to stop."""
    config = Config(
        build(state),
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


def end_with_parent() -> None:
    """End this process as soon as its standard input is closed, which the parent's end does too."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # Nothing is kept on disk, so there is nothing to wind down.
    os._exit(0)
