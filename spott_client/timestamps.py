"""DOC."""

from __future__ import annotations

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""From when on Spott's lists go if they are not told (their documented default of `modifiedSince`)."""


def parse_timestamp(text: str) -> datetime:
    """Read an ISO 8601 date or date-time; without an offset it is UTC. Digits beyond microseconds are cut off.

    Returns:
        The instant, in UTC.

    Raises:
        ValueError: It is no date-time, or an instant outside of the years 1 to 9999.
    """
    parsed = datetime.fromisoformat(text.strip().upper())
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError as error:
        msg = f"{text!r} is outside of the years 1 to 9999"
        raise ValueError(msg) from error


def format_timestamp(instant: datetime) -> str:
    """Write an instant as Spott's pattern wants it (page "Get client contacts"): UTC, always with `Z`."""
    precision = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
