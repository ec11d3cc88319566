"""uvicorn's HTTP protocol with access to the connection's transport."""

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TransportProtocol(HttpToolsProtocol):
    """Adds the transport to the ASGI scope, because ASGI cannot abort a connection."""

    def on_message_begin(self) -> None:
        """Start a request's scope and add the transport."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["spott.transport"] = self.transport
