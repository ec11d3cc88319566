"""The sandbox's own calls, under /_sandbox: settings, what is stored, changes, and what was asked."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from spott_sandbox.endpoints import DETAILS, LISTS, Detail, List, as_sent
from spott_sandbox.errors import bad_request
from spott_sandbox.generate.shapes import Record
from spott_sandbox.request_bodies import read_body
from spott_sandbox.rows import Row
from spott_sandbox.state import State
from spott_sandbox.store import Table, encode_json
from spott_sandbox.timestamps import parse, spell


class Touch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/touch."""

    kind: str = "client_contacts"
    ids: list[str] | None = None
    count: Annotated[int, Meta(ge=0)] = 1
    fields: Record | None = None
    watermark_only: bool = False
    at: str | None = None


class Delete(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/delete."""

    kind: str
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
                Route("/records/{stream}", self.get_records, methods=["GET"]),
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

    async def get_records(self, request: Request) -> Response:
        """Return every record of a stream as its endpoint sends it, with its watermark."""
        endpoint = _endpoint(request.path_params["stream"])
        world, version = self._state.world, self._state.settings.documentation
        rows = world.table((endpoint.table or endpoint.of) if isinstance(endpoint, Detail) else endpoint.stream)
        items = b",".join(_about(row) + as_sent(endpoint, world, row, version) + b"}" for row in rows)
        return Response(b'{"items":[%b]}' % items, media_type="application/json")

    async def get_directory(self, _: Request) -> Response:
        """Return the clients, users and stages that contacts were made with."""
        return _json(self._state.world.agency.directory)

    async def post_touch(self, request: Request) -> Response:
        """Let records change."""
        touch = read_body(await request.body(), Touch)
        world, stream = self._state.world, _list_of(touch.kind)
        rows = world.pick(stream, touch.count) if touch.ids is None else _rows(world.table(stream), touch.ids)
        watermark = world.now() if touch.at is None else _instant(touch.at)
        for row in rows:
            world.touch(stream, row, fields=touch.fields, watermark_only=touch.watermark_only, at=watermark)
        return _json({"ids": [row.id for row in rows], "watermark": spell(watermark)})

    async def post_delete(self, request: Request) -> Response:
        """Take records out."""
        delete = read_body(await request.body(), Delete)
        world, stream = self._state.world, _list_of(delete.kind)
        for row in _rows(world.table(stream), delete.ids):
            world.delete(stream, row)
        return _json({"ids": delete.ids})

    async def get_requests(self, _: Request) -> Response:
        """Return what was asked of the API so far."""
        return _json(list(self._state.requests))

    async def delete_requests(self, _: Request) -> Response:
        """Forget what was asked."""
        self._state.requests.clear()
        return Response(status_code=204)


def _endpoint(stream: str) -> List | Detail:
    endpoints: tuple[List | Detail, ...] = (*LISTS, *DETAILS)
    for endpoint in endpoints:
        if endpoint.stream == stream:
            return endpoint
    message = f"No such stream: {stream}"
    raise bad_request(message)


def _list_of(stream: str) -> str:
    """Return the name of a list's stream, if it is one."""
    if isinstance(_endpoint(stream), List):
        return stream
    message = f"No list: {stream}"
    raise bad_request(message)


def _rows(table: Table[Row], ids: list[str]) -> list[Row]:
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


def _about(row: Row) -> bytes:
    """Return the start of a JSON object that goes on with the record."""
    return b'{"id":%b,"group":"%b","watermark":"%b","record":' % (
        encode_json(row.id),
        row.group.encode(),
        spell(row.watermark).encode(),
    )


def _json(value: object) -> Response:
    return Response(encode_json(value), media_type="application/json")
