"""uvicorn's HTTP protocol, with the connection itself within the application's reach."""

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TransportProtocol(HttpToolsProtocol):
    """Puts the transport into the ASGI scope, because ASGI has no way to break a connection."""

    def on_message_begin(self) -> None:
        """Start a scope that has the transport."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["spott.transport"] = self.transport
