"""Parse and format timestamps of the API."""

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Documented default of `modifiedSince`."""


def parse_timestamp(text: str) -> datetime:
    """Parse an ISO 8601 date or date-time into UTC.

    Text without an offset is UTC. Digits beyond microseconds are truncated.

    Raises:
        ValueError: The text is not a date-time, or lies outside the years 1 to 9999.
    """
    parsed = datetime.fromisoformat(text.strip().upper())
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError as error:
        msg = f"{text!r} is outside the years 1 to 9999"
        raise ValueError(msg) from error


def format_timestamp(instant: datetime) -> str:
    """Format an instant in UTC with `Z`, as the API requires (documentation page "Get client contacts")."""
    precision = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
