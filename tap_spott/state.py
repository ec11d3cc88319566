"""Validate the state of a run, which may have been edited by hand, or written by another version or tap."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from spott_client.errors import ConfigError
from spott_client.models import Json
from spott_client.timestamps import parse_timestamp

FINGERPRINT = "personal_data"
"""The field of a stream's state with the fingerprint of the settings that its personal data was treated with."""

logger = logging.getLogger("tap-spott")


def check_state(state: Json, replication_keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the bookmarks of the state; those of other taps' streams stay as they are.

    Args:
        state: The content of the state file.
        replication_keys: The replication key of each of the tap's streams, by name.

    Raises:
        ConfigError: It is not a Singer state, or a bookmark is not a date-time.
    """
    bookmarks = state.get("bookmarks") or {} if isinstance(state, dict) else None
    if not isinstance(bookmarks, dict) or not all(map(_is_entry, bookmarks.values())):
        msg = 'state: not a Singer state; it must look like {"bookmarks": {...}}, or {} to read everything'
        raise ConfigError(msg)
    return {
        "bookmarks": {
            stream: _check_bookmark(stream, entry, replication_keys[stream]) if stream in replication_keys else entry
            for stream, entry in bookmarks.items()
        }
    }


def check_fingerprint(state: Mapping[str, Any], streams: Iterable[str], fingerprint: str | None) -> None:
    """Check that the streams of a state were read with these settings for personal data.

    Args:
        state: A valid state.
        streams: The names of the tap's streams.
        fingerprint: The fingerprint of the settings; None if personal data is kept.

    Raises:
        ConfigError: A stream was read with other settings: its table would mix pseudonyms that don't match.
    """
    for stream in streams:
        entry = state["bookmarks"].get(stream)
        if entry is not None and entry.get(FINGERPRINT) != fingerprint:
            msg = (
                f"state: {stream} was read with another personal_data, pseudonym_key, pseudonymize_staff or "
                "public_attributes; run a full refresh of all streams, or restore the setting"
            )
            raise ConfigError(msg)


def _is_entry(entry: Json) -> bool:
    """Return whether the SDK can read an entry, which also holds progress markers and, of other taps, partitions."""
    if not isinstance(entry, dict) or not isinstance(entry.get("progress_markers", {}), dict):
        return False
    partitions = entry.get("partitions", [])
    return isinstance(partitions, list) and all(map(_is_entry, partitions))


def _check_bookmark(stream: str, entry: dict[str, Any], key: str) -> dict[str, str]:
    """Return bookmark and fingerprint: the SDK's markers are of an earlier run, and partitions of another tap."""
    value = entry.get("replication_key_value")
    kept = {FINGERPRINT: entry[FINGERPRINT]} if FINGERPRINT in entry else {}
    if value is None:
        return kept
    if entry.get("replication_key", key) != key:
        logger.warning("%s: the bookmark is not of the replication key %s; reading from the start", stream, key)
        return kept
    try:
        parse_timestamp(value)
    except (AttributeError, ValueError):
        msg = f"state: the bookmark of {stream} is not a date-time; correct `replication_key_value`, or remove {stream}"
        raise ConfigError(msg) from None
    return {"replication_key": key, "replication_key_value": value, **kept}
