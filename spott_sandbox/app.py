"""The documented endpoints."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from spott_sandbox.bodies import ContactUpdate, NewContact, read_body
from spott_sandbox.cursors import renew_cursor, write_cursor
from spott_sandbox.edits import create_contact, update_contact
from spott_sandbox.errors import not_found
from spott_sandbox.queries import ListQuery, contacts_query, opportunities_query
from spott_sandbox.rows import Row
from spott_sandbox.settings import Settings
from spott_sandbox.state import State
from spott_sandbox.store import R, Table, encode, encode_json


class Api:
    """The endpoints over one state."""

    def __init__(self, state: State) -> None:
        """Serve a state."""
        self._state = state
        self.routes = [
            Route("/clients/contacts", self.list_contacts, methods=["GET"]),
            Route("/clients/contacts/{id}", self.get_overview, methods=["GET"]),
            Route("/clients/contacts/{id}", self.post_contact, methods=["POST"]),
            Route("/clients/contacts/{id}", self.patch_contact, methods=["PATCH"]),
            Route("/opportunities", self.list_opportunities, methods=["GET"]),
        ]

    async def list_contacts(self, request: Request) -> Response:
        """GET /clients/contacts, "Get client contacts": by watermark, a cursor where there is more."""
        query = contacts_query(request)
        rows, more = _page(self._state.world.contacts, query, lambda _: True)
        pagination = _last_page(self._state.settings)
        if more:
            pagination = {"cursor": _cursor(rows[-1], query)}
        return _list_response(request, query, rows, pagination)

    async def list_opportunities(self, request: Request) -> Response:
        """GET /opportunities, "Get opportunities": the same, with `hasMore`."""
        query = opportunities_query(request)
        rows, more = _page(
            self._state.world.opportunities,
            query,
            lambda row: not query.company_ids or _company_id(row) in query.company_ids,
        )
        cursor = _cursor(rows[-1], query) if rows and (more or self._state.settings.last_cursor) else None
        return _list_response(request, query, rows, {"cursor": cursor, "hasMore": more})

    async def get_overview(self, request: Request) -> Response:
        """GET /clients/contacts/{candidateId}, "Get contacts by candidate ID"."""
        candidate_id = request.path_params["id"]
        missing = candidate_id in self._state.settings.missing
        overview = None if missing else self._state.world.encoded_overview(candidate_id)
        if overview is None:
            what = "Candidate"
            raise not_found(what)
        return _json(overview)

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


def _page(table: Table[R], query: ListQuery, wanted: Callable[[R], bool]) -> tuple[list[R], bool]:
    """Return the rows of a page, and whether there are more."""
    rows = table.page(query.after, query.since, query.until, query.limit + 1, wanted)
    return rows[: query.limit], len(rows) > query.limit


def _cursor(row: Row, query: ListQuery) -> str:
    return write_cursor(row.watermark, row.id, query.filters)


def _last_page(settings: Settings) -> dict[str, object]:
    pagination: dict[str, dict[str, object]] = {
        "missing": {},
        "null": {"cursor": None},
        "empty": {"cursor": ""},
    }
    return pagination[settings.last_page]


def _list_response(request: Request, query: ListQuery, rows: list[R], pagination: dict[str, object]) -> Response:
    fault = request.scope["spott.fault"]
    if fault == "empty_page":
        rows = []
        pagination = {**pagination, "cursor": renew_cursor(query.cursor, query.filters)}
    elif fault == "endless_cursor":
        pagination = {**pagination, "cursor": query.cursor or pagination.get("cursor")}
    if fault and "hasMore" in pagination:
        pagination["hasMore"] = True
    items = b",".join([encode(row) for row in rows])
    return _json(b'{"items":[%b],"pagination":%b}' % (items, encode_json(pagination)))


def _company_id(row: Row) -> str | None:
    company = (row.record["company"] or {}).get("company") or {}
    company_id: str | None = company.get("id")
    return company_id


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
