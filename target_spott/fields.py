"""The documented request bodies of "Create a new client contact" and "Update client contact"."""

from difflib import get_close_matches
from typing import Any

from singer_sdk import SchemaDirectory

from target_spott import schemas

SCHEMAS = SchemaDirectory(schemas)
CREATE_SCHEMA, UPDATE_SCHEMA = map(SCHEMAS.get_schema, ("create_client_contact", "update_client_contact"))
CREATE_FIELDS: dict[str, Any] = CREATE_SCHEMA["properties"]
UPDATE_FIELDS: dict[str, Any] = UPDATE_SCHEMA["properties"]
REQUIRED_FIELDS: list[str] = CREATE_SCHEMA["required"]
WRITABLE_FIELDS = {name.lower(): name for name in (*CREATE_FIELDS, *UPDATE_FIELDS, "id", "clientId")}


def with_suggestion(name: str) -> str:
    """Return the name of an ignored field for a log, with the writable field that it may be a misspelling of."""
    close = get_close_matches(name.lower(), WRITABLE_FIELDS, 1, 0.9)
    meant = WRITABLE_FIELDS[close[0]] if close else name
    plain = name.encode("unicode_escape").decode()
    return plain if meant == name else f"{plain} (did you mean {meant}?)"
