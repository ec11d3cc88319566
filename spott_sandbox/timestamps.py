"""Timestamps as whole microseconds since 1970: exact to compare, however an ISO 8601 text is written."""

import re
from datetime import UTC, datetime, timedelta

MICROS_PER_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = (
    r"(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29"
    r"|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))"
)
_STRICT = re.compile(_DATE + r"T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z))", re.ASCII)


def parse_strict_timestamp(text: str) -> int:
    """Parse a date-time in the format that "Get client contacts" and "Update client contact" require.

    Args:
        text: A date-time that matches the pattern on those pages: UTC with a literal Z.

    Returns:
        Microseconds since 1970.

    Raises:
        ValueError: The text does not match.
    """
    if not _STRICT.fullmatch(text):
        message = f"{text!r} does not match YYYY-MM-DDTHH:MM[:SS[.fraction]]Z"
        raise ValueError(message)
    return parse_timestamp(text)


def parse_timestamp(text: str) -> int:
    """Parse any ISO 8601 date-time; one without an offset is in UTC.

    Args:
        text: A date-time; a date without a time is invalid.

    Returns:
        Microseconds since 1970.

    Raises:
        ValueError: The text is not a date-time.
    """
    if "T" not in text:
        message = f"{text!r} is not an ISO 8601 date-time"
        raise ValueError(message)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def format_timestamp(timestamp: int, precision: str = "microseconds") -> str:
    """Format a timestamp in UTC.

    Args:
        timestamp: Microseconds since 1970.
        precision: `seconds`, `milliseconds` or `microseconds`, as in `datetime.isoformat`.

    Returns:
        A text such as `2024-11-06T10:30:00.000000Z`.
    """
    moment = _EPOCH + timedelta(microseconds=timestamp)
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def format_with_offset(timestamp: int, hours: int) -> str:
    """Format a timestamp with a UTC offset, such as `...T12:30:00.000+02:00`."""
    local = format_timestamp(timestamp + hours * 3600 * MICROS_PER_SECOND, "milliseconds").removesuffix("Z")
    return f"{local}+{hours:02}:00"
