"""The admin API under /_sandbox: settings, records, mutations and the request log."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from spott_sandbox.endpoints import DETAILS, LISTS, DetailEndpoint, ListEndpoint, serialize_row
from spott_sandbox.errors import bad_request
from spott_sandbox.generate.shapes import Record
from spott_sandbox.request_bodies import parse_body
from spott_sandbox.rows import Row
from spott_sandbox.state import State
from spott_sandbox.store import Table, encode_json
from spott_sandbox.timestamps import format_timestamp, parse_timestamp


class Touch(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/touch."""

    stream: str = "client_contacts"
    ids: list[str] | None = None
    count: Annotated[int, Meta(ge=0)] = 1
    fields: Record | None = None
    watermark_only: bool = False
    at: str | None = None


class Delete(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_sandbox/delete."""

    stream: str
    ids: list[str]


class AdminAPI:
    """The admin endpoints over one state."""

    def __init__(self, state: State) -> None:
        """Create the routes."""
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
        """Change settings and return all of them; null resets a setting to its default."""
        changes = parse_body(await request.body(), dict[str, Any])
        try:
            self._state.update_settings(changes)
        except msgspec.ValidationError as error:
            raise bad_request(str(error)) from error
        return _json(self._state.settings)

    async def get_records(self, request: Request) -> Response:
        """Return every record of a stream as its endpoint sends it, with its watermark."""
        endpoint = _endpoint(request.path_params["stream"])
        dataset, version = self._state.dataset, self._state.settings.documentation
        items = b",".join(
            _metadata(row) + serialize_row(endpoint, dataset, row, version) + b"}"
            for row in dataset.table(endpoint.table)
        )
        return Response(b'{"items":[%b]}' % items, media_type="application/json")

    async def get_directory(self, _: Request) -> Response:
        """Return the clients, users and stages that the contacts refer to."""
        return _json(self._state.dataset.agency.directory)

    async def post_touch(self, request: Request) -> Response:
        """Change records."""
        touch = parse_body(await request.body(), Touch)
        dataset, table = self._state.dataset, self._list_table(touch.stream)
        rows = dataset.sample(touch.stream, touch.count) if touch.ids is None else _rows(table, touch.ids)
        watermark = dataset.now() if touch.at is None else _parse_watermark(touch.at)
        for row in rows:
            dataset.touch(touch.stream, row, fields=touch.fields, watermark_only=touch.watermark_only, at=watermark)
        return _json({"ids": [row.id for row in rows], "watermark": format_timestamp(watermark)})

    async def post_delete(self, request: Request) -> Response:
        """Delete records."""
        delete = parse_body(await request.body(), Delete)
        for row in _rows(self._list_table(delete.stream), delete.ids):
            self._state.dataset.delete(delete.stream, row)
        return _json({"ids": delete.ids})

    async def get_requests(self, _: Request) -> Response:
        """Return the request log."""
        return _json(list(self._state.requests))

    async def delete_requests(self, _: Request) -> Response:
        """Clear the request log."""
        self._state.requests.clear()
        return Response(status_code=204)

    def _list_table(self, stream: str) -> Table[Row]:
        if isinstance(_endpoint(stream), ListEndpoint):
            return self._state.dataset.table(stream)
        message = f"stream: {stream} is not a list; mutate the records of its list"
        raise bad_request(message)


def _endpoint(stream: str) -> ListEndpoint | DetailEndpoint:
    endpoints: tuple[ListEndpoint | DetailEndpoint, ...] = (*LISTS, *DETAILS)
    for endpoint in endpoints:
        if endpoint.stream == stream:
            return endpoint
    message = f"No such stream: {stream}"
    raise bad_request(message)


def _rows(table: Table[Row], ids: list[str]) -> list[Row]:
    rows = [row for row in map(table.get, ids) if row is not None]
    if len(rows) < len(ids):
        message = "No such record: " + ", ".join(row_id for row_id in ids if table.get(row_id) is None)
        raise bad_request(message)
    return rows


def _parse_watermark(text: str) -> int:
    try:
        return parse_timestamp(text)
    except ValueError as error:
        message = f"at: {error}"
        raise bad_request(message) from error


def _metadata(row: Row) -> bytes:
    """Return the start of a JSON object that ends with the record."""
    return b'{"id":%b,"group":"%b","watermark":"%b","record":' % (
        encode_json(row.id),
        row.group.encode(),
        format_timestamp(row.watermark).encode(),
    )


def _json(value: object) -> Response:
    return Response(encode_json(value), media_type="application/json")
