"""Opaque cursors: a position in a list, signed together with the filters of the query."""

import base64
import binascii
import hmac
from itertools import count

import msgspec

from spott_sandbox.errors import bad_request
from spott_sandbox.timestamps import format_timestamp, parse_timestamp

# The sandbox has no secrets. With a fixed key, cursors stay valid after a restart, as real ones do.
_KEY = b"spott-sandbox"
_renewals = count(1)


class _Position(msgspec.Struct, omit_defaults=True, rename="camel"):
    modified_at: str
    id: str
    renewal: int = 0


def encode_cursor(watermark: int, row_id: str, scope: str) -> str:
    """Return the cursor that continues after a record.

    Args:
        watermark: The record's watermark in microseconds since 1970.
        row_id: The record's ID.
        scope: The endpoint and its filters, as a text that is the same for every page of a query.
    """
    return _sign(_Position(format_timestamp(watermark), row_id), scope)


def decode_cursor(cursor: str, scope: str) -> tuple[int, str] | None:
    """Return the watermark and ID of the record that a cursor continues after; None for the start of the list.

    Raises:
        HTTPException: The cursor is invalid or belongs to another query (400).
    """
    position = _verify(cursor, scope)
    return (parse_timestamp(position.modified_at), position.id) if position.id else None


def renew_cursor(cursor: str | None, scope: str) -> str:
    """Return a different cursor for the same position; for the start of the list if there is none."""
    position = _verify(cursor, scope) if cursor else _Position(format_timestamp(0), "")
    position.renewal = next(_renewals)
    return _sign(position, scope)


def _sign(position: _Position, scope: str) -> str:
    payload = _base64(msgspec.json.encode(position))
    return f"{payload}.{_signature(payload, scope)}"


def _verify(cursor: str, scope: str) -> _Position:
    payload, _, signature = cursor.partition(".")
    message = "Invalid cursor"
    if not hmac.compare_digest(signature.encode(), _signature(payload, scope).encode()):
        raise bad_request(message)
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=="), type=_Position)
    except (binascii.Error, msgspec.DecodeError) as error:
        raise bad_request(message) from error


def _signature(payload: str, scope: str) -> str:
    return _base64(hmac.digest(_KEY, f"{payload} {scope}".encode(), "sha256"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
