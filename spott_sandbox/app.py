"""The documented endpoints."""

import random
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from spott_sandbox.endpoints import DETAILS, LISTS, Detail, List, as_sent
from spott_sandbox.errors import bad_path, not_found
from spott_sandbox.pagination import envelope, read_page, spoil_page
from spott_sandbox.queries import read_query
from spott_sandbox.request_bodies import ContactUpdate, NewContact, read_body
from spott_sandbox.state import State
from spott_sandbox.store import encode_json
from spott_sandbox.writes import create_contact, update_contact

_Handler = Callable[[Request], Awaitable[Response]]


class Api:
    """The endpoints over one state."""

    def __init__(self, state: State) -> None:
        """Serve a state."""
        self._state = state
        self.routes = [
            # Lists first: "contacts" in /clients/contacts is no client's id.
            *(Route(each.path, self._list(each), methods=["GET"]) for each in LISTS),
            *(Route(each.path, self._detail(each), methods=["GET"]) for each in DETAILS),
            Route("/clients/contacts/{id}", self.post_contact, methods=["POST"]),
            Route("/clients/contacts/{id}", self.patch_contact, methods=["PATCH"]),
        ]

    def _list(self, asked: List) -> _Handler:
        """Return what answers for a list."""

        async def answer(request: Request) -> Response:
            settings, world = self._state.settings, self._state.world
            if asked.version not in {None, settings.documentation}:
                raise bad_path()
            query = read_query(request, asked, undocumented_until=settings.undocumented_until)
            self._churn(asked.stream)
            page = spoil_page(read_page(world, asked, query), query, request.scope["spott.fault"])
            records = [as_sent(asked, world, row, settings.documentation) for row in page.rows]
            beside = envelope(asked.family or settings.candidates_family, page, settings)
            return _json(b'{"%b":[%b]%b}' % (asked.rows.encode(), b",".join(records), beside))

        return answer

    def _detail(self, asked: Detail) -> _Handler:
        """Return what answers for a detail."""

        async def answer(request: Request) -> Response:
            settings, world = self._state.settings, self._state.world
            self._churn(asked.of)
            row = world.table(asked.table or asked.of).get(request.path_params["id"])
            if row is None or row.id in settings.missing:
                raise not_found(asked.noun)
            return _json(as_sent(asked, world, row, settings.documentation))

        return answer

    async def post_contact(self, request: Request) -> Response:
        """POST /clients/contacts/{clientId}, "Create a new client contact"."""
        body = read_body(await request.body(), NewContact)
        contact = create_contact(self._state.world, request.path_params["id"], body)
        return _json(encode_json({"id": contact.id}))

    async def patch_contact(self, request: Request) -> Response:
        """PATCH /clients/contacts/{id}, "Update client contact"."""
        contact = self._state.world.contacts.get(request.path_params["id"])
        if contact is None:
            what = "Client contact"
            raise not_found(what)
        update_contact(self._state.world, contact, read_body(await request.body(), ContactUpdate))
        return Response()

    def _churn(self, stream: str) -> None:
        if random.random() < self._state.settings.churn:  # noqa: S311 - no secrets
            self._state.world.touch_any(stream)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
