"""Validate values against the JSON schemas of the request bodies, and bring them into the form to send.

The library `jsonschema` can't do the latter: timestamps are formatted, and fields that the API doesn't accept dropped.
"""

import math
import re
from datetime import date
from difflib import SequenceMatcher
from typing import Any, NamedTuple, TypeAlias

import msgspec

from spott_client.models import Json
from spott_client.timestamps import format_timestamp, parse_timestamp

Schema: TypeAlias = dict[str, Any]

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
"""One @, no whitespace, and a domain of at least two labels."""

MAX_COMPARED_LENGTH = 100
"""Characters of a value that messages show and that are compared with allowed values."""

JSON_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}


class FieldError(NamedTuple):
    """Why a field is invalid. The path may be logged; the reason may quote personal data."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class ValidationResult:
    """The errors of a record, and the names of its fields that the API doesn't accept."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self.ignored: set[str] = set()

    def add(self, path: str, reason: str) -> None:
        """Add an error."""
        self.errors.append(FieldError(path, reason))


def is_nullable(schema: Schema) -> bool:
    """Return whether a schema allows null."""
    return isinstance(schema["type"], list)


def validate(value: Json, schema: Schema, path: str, result: ValidationResult) -> Json:
    """Return a value other than null in the form to send; add an error for each part that doesn't match the schema."""
    expected = schema["type"][0] if is_nullable(schema) else schema["type"]
    if schema.get("format") == "date-time":
        return _timestamp(value, path, result)
    if expected in {"array", "object"}:
        value = decode_nested(value)
    if JSON_TYPES.get(type(value)) != expected or (isinstance(value, float) and not math.isfinite(value)):
        result.add(path, f"expected {_with_article(expected)}, got {_type_name(value)}")
    elif expected == "string":
        _check_string(value, schema, path, result)
    elif expected == "array":
        return _array(value, schema, path, result)
    elif expected == "object":
        return _object(value, schema, path, result)
    return value


def _check_string(value: str, schema: Schema, path: str, result: ValidationResult) -> None:
    options = schema.get("enum")
    if len(value) < schema.get("minLength", 0):
        result.add(path, "must not be empty")
    elif schema.get("format") == "email" and not EMAIL.fullmatch(value):
        result.add(path, f"{_quote(value)} is not an email address")
    elif options and value not in options:
        start = value[:MAX_COMPARED_LENGTH].lower()
        closest = max(options, key=lambda option: SequenceMatcher(None, option.lower(), start).ratio())
        result.add(path, f"{_quote(value)} is not allowed; the closest allowed value is {closest!r}")


def _timestamp(value: Json, path: str, result: ValidationResult) -> Json:
    """Return a date or a date-time, in UTC by default, in the pattern of "Update client contact"."""
    text = value.isoformat() if isinstance(value, date) else value  # stream maps can make date objects
    if not isinstance(text, str):
        result.add(path, f"expected a date-time, got {_type_name(value)}")
        return value
    try:
        return format_timestamp(parse_timestamp(text))
    except ValueError:
        result.add(path, f"{_quote(text)} is not a date-time; write it like 2024-01-31T00:00:00Z")
        return value


def _array(value: list[Json], schema: Schema, path: str, result: ValidationResult) -> list[Json]:
    items = [validate(item, schema["items"], f"{path}[{index}]", result) for index, item in enumerate(value)]
    # The only schemas with `maxContains` limit the primary items to one.
    if "maxContains" in schema and sum(isinstance(item, dict) and item.get("isPrimary") is True for item in items) > 1:
        result.add(path, "only one item can be primary")
    return items


def _object(value: dict[str, Json], schema: Schema, path: str, result: ValidationResult) -> dict[str, Json]:
    """Keep the fields of the schema that are not null: the API doesn't document null for nested fields."""
    if "properties" not in schema:
        return value
    fields: Schema = schema["properties"]
    parent = re.sub(r"\[\d+\]", "[]", path)
    result.ignored.update(f"{parent}.{name}" for name in value.keys() - fields.keys())
    for name in schema.get("required", ()):
        if value.get(name) is None:
            result.add(f"{path}.{name}", "required")
    return {
        name: validate(value[name], field, f"{path}.{name}", result)
        for name, field in fields.items()
        if value.get(name) is not None
    }


def decode_nested(value: Json) -> Json:
    """Decode a string that holds a JSON object or array: some taps send nested columns as strings."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return value
    return value


def _type_name(value: Json) -> str:
    return "null" if value is None else _with_article(JSON_TYPES.get(type(value), "another type"))


def _with_article(name: str) -> str:
    return name if name == "another type" else f"{'an' if name in {'array', 'object'} else 'a'} {name}"


def _quote(value: str) -> str:
    return repr(value if len(value) <= MAX_COMPARED_LENGTH else f"{value[:MAX_COMPARED_LENGTH]}…")
