"""Opaque cursors: where a reader is, signed together with the filters it reads under."""

import base64
import binascii
import hmac
from itertools import count

import msgspec

from spott_sandbox.errors import bad_request
from spott_sandbox.timestamps import parse, spell

# The sandbox holds no secrets, and with a fixed key cursors outlive a restart, as real ones do.
_KEY = b"spott-sandbox"
_renewals = count(1)


class _Place(msgspec.Struct, omit_defaults=True, rename="camel"):
    modified_at: str
    id: str
    renewal: int = 0


def write_cursor(watermark: int, row_id: str, filters: str) -> str:
    """Return the cursor that continues after a record.

    Args:
        watermark: The record's watermark in microseconds since 1970.
        row_id: The record's id; empty for the place before the first record.
        filters: The endpoint and its filter parameters, in any form that is the same on every page.
    """
    return _sign(_Place(spell(watermark), row_id), filters)


def read_cursor(cursor: str, filters: str) -> tuple[int, str] | None:
    """Return the watermark and id of the record that a cursor continues after; None for the very start.

    Raises:
        HTTPException: The cursor was tampered with, or made under other filters (400).
    """
    place = _verify(cursor, filters)
    return (parse(place.modified_at), place.id) if place.id else None


def renew_cursor(cursor: str | None, filters: str) -> str:
    """Return another cursor for the same place; for the start where there is none."""
    place = _verify(cursor, filters) if cursor else _Place(spell(0), "")
    place.renewal = next(_renewals)
    return _sign(place, filters)


def _sign(place: _Place, filters: str) -> str:
    payload = _base64(msgspec.json.encode(place))
    return f"{payload}.{_signature(payload, filters)}"


def _verify(cursor: str, filters: str) -> _Place:
    payload, _, signature = cursor.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(payload, filters).encode()):
        message = "Invalid cursor"
        raise bad_request(message)
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=="), type=_Place)
    except (binascii.Error, msgspec.DecodeError) as error:
        message = "Invalid cursor"
        raise bad_request(message) from error


def _signature(payload: str, filters: str) -> str:
    return _base64(hmac.digest(_KEY, f"{payload} {filters}".encode(), "sha256"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
