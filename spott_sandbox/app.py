"""Routes of the documented API."""

import random
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from spott_sandbox.endpoints import DETAILS, LISTS, DetailEndpoint, ListEndpoint, serialize_row
from spott_sandbox.errors import not_found, unknown_path
from spott_sandbox.pagination import apply_page_fault, get_page, pagination_fields
from spott_sandbox.queries import parse_query
from spott_sandbox.request_bodies import ContactUpdate, NewContact, parse_body
from spott_sandbox.state import State
from spott_sandbox.store import encode_json
from spott_sandbox.writes import create_contact, update_contact

_Handler = Callable[[Request], Awaitable[Response]]


class SpottAPI:
    """The documented endpoints over one state."""

    def __init__(self, state: State) -> None:
        """Create the routes."""
        self._state = state
        self.routes = [
            # Lists come first: "contacts" in /clients/contacts is not a client ID.
            *(Route(endpoint.path, self._list_handler(endpoint), methods=["GET"]) for endpoint in LISTS),
            *(Route(endpoint.path, self._detail_handler(endpoint), methods=["GET"]) for endpoint in DETAILS),
            Route("/clients/contacts/{id}", self.post_contact, methods=["POST"]),
            Route("/clients/contacts/{id}", self.patch_contact, methods=["PATCH"]),
        ]

    def _list_handler(self, endpoint: ListEndpoint) -> _Handler:
        async def handle(request: Request) -> Response:
            settings, dataset = self._state.settings, self._state.dataset
            if endpoint.version not in {None, settings.documentation}:
                raise unknown_path()
            query = parse_query(request, endpoint, undocumented_until=settings.undocumented_until)
            self._churn(endpoint.stream)
            page = apply_page_fault(get_page(dataset, endpoint, query), query, request.scope["spott.fault"])
            records = [serialize_row(endpoint, dataset, row, settings.documentation) for row in page.rows]
            position = pagination_fields(endpoint.pagination or settings.candidates_pagination, page, settings)
            return _json(b'{"%b":[%b]%b}' % (endpoint.records_key.encode(), b",".join(records), position))

        return handle

    def _detail_handler(self, endpoint: DetailEndpoint) -> _Handler:
        async def handle(request: Request) -> Response:
            settings, dataset = self._state.settings, self._state.dataset
            self._churn(endpoint.list_stream)
            row = dataset.table(endpoint.table).get(request.path_params["id"])
            if row is None or row.id in settings.missing:
                raise not_found(endpoint.record_name)
            return _json(serialize_row(endpoint, dataset, row, settings.documentation))

        return handle

    async def post_contact(self, request: Request) -> Response:
        """POST /clients/contacts/{clientId}, "Create a new client contact"."""
        body = parse_body(await request.body(), NewContact)
        contact = create_contact(self._state.dataset, request.path_params["id"], body)
        return _json(encode_json({"id": contact.id}))

    async def patch_contact(self, request: Request) -> Response:
        """PATCH /clients/contacts/{id}, "Update client contact"."""
        contact = self._state.dataset.contacts.get(request.path_params["id"])
        if contact is None:
            raise not_found("Client contact")  # noqa: EM101, TRY003 - a record's name, not a message
        update_contact(self._state.dataset, contact, parse_body(await request.body(), ContactUpdate))
        return Response()

    def _churn(self, stream: str) -> None:
        if random.random() < self._state.settings.churn:  # noqa: S311 - simulates chance, no secrets
            self._state.dataset.touch_random(stream)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
