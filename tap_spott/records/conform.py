"""Conforms records to their schema, so that PostgreSQL and BigQuery accept them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from spott_client.timestamps import parse_timestamp

Json: TypeAlias = Any
Breadcrumb: TypeAlias = tuple[str, ...]
Converter: TypeAlias = Callable[[Json], Json]
Reject: TypeAlias = Callable[[], Json]

MAX_FIELD_NAMES = 50
"""How many field names a warning lists, in case a server sends names without end."""

UTC_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
"""A timestamp that both warehouses accept as it is."""

ESCAPED_NUL = b"\\u0000"
"""The character that PostgreSQL refuses, as JSON encodes it."""

BOOLEANS = {"true": True, "false": False, 1: True, 0: False}


class RecordConformer:
    """Conforms records to a schema: drops unknown fields, nulls values of the wrong type, converts times to UTC.

    Attributes:
        unknown_fields: Paths of the fields that were dropped because the schema doesn't have them.
        invalid_fields: Paths of the fields whose value had the wrong type.
    """

    def __init__(self, schema: Mapping[str, Any], mask: Mapping[tuple[str, ...], bool] | None = None) -> None:
        """Take the stream's schema, or the catalog's, and the SDK's selection mask by breadcrumb; None: select all.

        As in the SDK, the mask doesn't reach into arrays.
        """
        self.unknown_fields: set[str] = set()
        self.invalid_fields: set[str] = set()
        self._mask = mask
        self._convert = self._object(schema, "", ())

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record as the schema declares it, without deselected fields. The argument stays as it is."""
        conformed: dict[str, Any] = self._convert(record)
        return conformed

    def _field(self, schema: Mapping[str, Any], path: str, breadcrumb: Breadcrumb | None) -> Converter | None:
        """Return a field's converter; None if it is deselected. Without a breadcrumb, a field can't be deselected."""
        if breadcrumb is not None and self._mask is not None and not self._mask[breadcrumb]:
            return None
        return self._converter(schema, path, breadcrumb)

    def _converter(self, schema: Mapping[str, Any], path: str, breadcrumb: Breadcrumb | None) -> Converter:
        types = schema.get("type", ())
        allowed = {types} if isinstance(types, str) else set(types)
        if "object" in allowed:
            return self._object(schema, path, breadcrumb)
        if "array" in allowed:
            return self._array(schema.get("items", {}), path)
        if "string" in allowed:
            return _date_time(self._reject(path)) if schema.get("format") == "date-time" else _string
        if allowed & {"number", "integer"}:
            return _number(self._reject(path))
        if "boolean" in allowed:
            return _boolean(self._reject(path))
        return _without_nul

    def _object(self, schema: Mapping[str, Any], path: str, breadcrumb: Breadcrumb | None) -> Converter:
        reject = self._reject(path)
        if "properties" not in schema:
            return lambda value: _open_object(value, reject)
        prefix = f"{path}." if path else ""
        fields = {
            name: self._field(field, prefix + name, _below(breadcrumb, name))
            for name, field in schema["properties"].items()
        }

        def convert(value: Json) -> Json:
            if type(value) is not dict:
                return reject()
            conformed: dict[str, Json] = {}
            for name, item in value.items():
                field = fields.get(name, _unknown)
                # Most values are valid strings, or null; a call for each would double the time.
                if field is _string and type(item) is str and "\0" not in item:
                    conformed[name] = item
                elif field is _unknown:
                    _add(prefix + name, self.unknown_fields)
                elif field is not None:
                    conformed[name] = None if item is None else field(item)
            return conformed

        return convert

    def _array(self, schema: Mapping[str, Any], path: str) -> Converter:
        convert_item = self._converter(schema, f"{path}[]", None)
        reject = self._reject(path)

        def convert(value: Json) -> Json:
            if type(value) is not list:
                return reject()
            items = [convert_item(item) for item in value if item is not None]
            return [item for item in items if item is not None] if None in items else items

        return convert

    def _reject(self, path: str) -> Reject:
        """Return a function that records the path as invalid, and returns the null to use in place of the value."""
        return lambda: _add(path, self.invalid_fields)


def _add(path: str, paths: set[str]) -> None:
    if len(paths) < MAX_FIELD_NAMES:
        paths.add(path)


def _below(breadcrumb: Breadcrumb | None, name: str) -> Breadcrumb | None:
    return None if breadcrumb is None else (*breadcrumb, "properties", name)


def _unknown(_: Json) -> None:
    """Stand for a field that the schema doesn't have."""


def _string(value: Json) -> str:
    text = value if type(value) is str else msgspec.json.encode(value).decode()
    return text.replace("\0", "") if "\0" in text else text


def _date_time(reject: Reject) -> Converter:
    def convert(value: Json) -> Json:
        if value == "":
            return None
        try:
            if UTC_TIMESTAMP.fullmatch(value):
                datetime.fromisoformat(value)  # raises if there is no such day
                return value
            return parse_timestamp(value).replace(tzinfo=None).isoformat() + "Z"
        except (TypeError, ValueError):
            return reject()

    return convert


def _number(reject: Reject) -> Converter:
    def convert(value: Json) -> Json:
        if type(value) is int or type(value) is float:
            return value
        try:
            return msgspec.json.decode(value, type=int | float)
        except (msgspec.MsgspecError, TypeError):
            return reject()

    return convert


def _boolean(reject: Reject) -> Converter:
    def convert(value: Json) -> Json:
        if value is True or value is False:
            return value
        boolean = BOOLEANS.get(value) if isinstance(value, str | int | float) else None
        return reject() if boolean is None else boolean

    return convert


def _open_object(value: Json, reject: Reject) -> Json:
    try:
        if type(value) is not dict:
            return reject()
        return _without_nul(value) if ESCAPED_NUL in msgspec.json.encode(value) else value
    except RecursionError:  # nested some five hundred times
        return reject()


def _without_nul(value: Json) -> Json:
    """Return any JSON without NUL characters, which PostgreSQL refuses."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {name.replace("\0", ""): _without_nul(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    return value
