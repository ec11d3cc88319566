"""The sandbox's own calls, under /_sandbox: settings, what is stored, changes, and what was asked."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from spott_sandbox.bodies import read_body
from spott_sandbox.errors import bad_request
from spott_sandbox.generate.shapes import Record
from spott_sandbox.instants import parse, spell
from spott_sandbox.rows import Contact, Row
from spott_sandbox.state import State
from spott_sandbox.store import Table, encode, encode_json

Kind = Literal["contacts", "opportunities"]


class Touch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/touch."""

    kind: Kind = "contacts"
    ids: list[str] | None = None
    count: Annotated[int, Meta(ge=0)] = 1
    fields: Record | None = None
    watermark_only: bool = False
    at: str | None = None


class Delete(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/delete."""

    kind: Kind
    ids: list[str]


class Control:
    """The control calls over one state."""

    def __init__(self, state: State) -> None:
        """Control a state."""
        self._state = state
        self.mount = Mount(
            "/_sandbox",
            routes=[
                Route("/settings", self.get_settings, methods=["GET"]),
                Route("/settings", self.patch_settings, methods=["PATCH"]),
                Route("/contacts", self.get_contacts, methods=["GET"]),
                Route("/details", self.get_details, methods=["GET"]),
                Route("/opportunities", self.get_opportunities, methods=["GET"]),
                Route("/directory", self.get_directory, methods=["GET"]),
                Route("/touch", self.post_touch, methods=["POST"]),
                Route("/delete", self.post_delete, methods=["POST"]),
                Route("/requests", self.get_requests, methods=["GET"]),
                Route("/requests", self.delete_requests, methods=["DELETE"]),
            ],
        )

    async def get_settings(self, _: Request) -> Response:
        """Return all settings."""
        return _json(self._state.settings)

    async def patch_settings(self, request: Request) -> Response:
        """Change settings and return all of them; null sets one back to its default."""
        changes = read_body(await request.body(), dict[str, Any])
        try:
            self._state.change_settings(changes)
        except msgspec.ValidationError as error:
            raise bad_request(str(error)) from error
        return _json(self._state.settings)

    async def get_contacts(self, _: Request) -> Response:
        """Return every contact with its watermark."""
        return _watermarked((row.watermark, encode(row)) for row in self._state.world.contacts)

    async def get_details(self, _: Request) -> Response:
        """Return every candidate's overview with the newest watermark of its contacts."""
        world = self._state.world
        return _watermarked(
            (watermark, world.encoded_overview(candidate_id) or b"null")
            for candidate_id, watermark in world.detail_watermarks()
        )

    async def get_opportunities(self, _: Request) -> Response:
        """Return every opportunity with its watermark."""
        return _watermarked((row.watermark, encode(row)) for row in self._state.world.opportunities)

    async def get_directory(self, _: Request) -> Response:
        """Return the clients, users and stages, which have no endpoint of their own here."""
        return _json(self._state.world.directory)

    async def post_touch(self, request: Request) -> Response:
        """Let records change."""
        touch = read_body(await request.body(), Touch)
        world = self._state.world
        table = self._table(touch.kind)
        rows = world.pick(table, touch.count) if touch.ids is None else _rows(table, touch.ids)
        watermark = world.now() if touch.at is None else _instant(touch.at)
        for row in rows:
            world.touch(row, fields=touch.fields, watermark_only=touch.watermark_only, at=watermark)
        return _json({"ids": [row.id for row in rows], "watermark": spell(watermark)})

    async def post_delete(self, request: Request) -> Response:
        """Take records out."""
        delete = read_body(await request.body(), Delete)
        for row in _rows(self._table(delete.kind), delete.ids):
            if isinstance(row, Contact):
                self._state.world.delete_contact(row)
            else:
                self._state.world.opportunities.remove(row)
        return _json({"ids": delete.ids})

    async def get_requests(self, _: Request) -> Response:
        """Return what was asked of the API so far."""
        return _json(list(self._state.requests))

    async def delete_requests(self, _: Request) -> Response:
        """Forget what was asked."""
        self._state.requests.clear()
        return Response(status_code=204)

    def _table(self, kind: Kind) -> Table[Contact] | Table[Row]:
        return self._state.world.contacts if kind == "contacts" else self._state.world.opportunities


def _rows(table: Table[Contact] | Table[Row], ids: list[str]) -> list[Row]:
    rows = [row for row in (table.get(row_id) for row_id in ids) if row is not None]
    if len(rows) < len(ids):
        message = "No such record: " + ", ".join(row_id for row_id in ids if table.get(row_id) is None)
        raise bad_request(message)
    return rows


def _instant(text: str) -> int:
    try:
        return parse(text)
    except ValueError as error:
        raise bad_request(str(error)) from error


def _watermarked(rows: Iterable[tuple[int, bytes]]) -> Response:
    items = b",".join(b'{"watermark":"%b","record":%b}' % (spell(mark).encode(), record) for mark, record in rows)
    return Response(b'{"items":[%b]}' % items, media_type="application/json")


def _json(value: object) -> Response:
    return Response(encode_json(value), media_type="application/json")
