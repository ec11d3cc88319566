"""Records as loaders take them: what the schema declares, and nothing that PostgreSQL or BigQuery would choke on."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from spott_client.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Json: TypeAlias = Any
    Breadcrumb: TypeAlias = tuple[str, ...]
    Convert = Callable[[Json], Json]
    Unfit = Callable[[], Json]


MAX_FIELD_NAMES = 50
"""Of fields to remember for a warning, in case a server sends names without end."""

PLAIN_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
"""A time that both warehouses take as it is."""

ESCAPED_NUL = b"\\u0000"
"""How JSON writes the character that PostgreSQL refuses."""

TRUTH = {"true": True, "false": False, 1: True, 0: False}


class RecordConformer:
    """Makes records fit a schema: unknown fields are dropped, values that do not fit become null, times are in UTC.

    What was dropped is remembered by name, never by value, for one warning at the end. Deselected fields go unnoticed.
    """

    def __init__(self, schema: Mapping[str, Any], selected: Mapping[tuple[str, ...], bool] | None = None) -> None:
        """Take the schema (the stream's own, or the catalog's), and which of its fields are selected; None: all.

        `selected` is the SDK's mask, by breadcrumb. As there, it does not reach into arrays.
        """
        self.unknown: set[str] = set()
        self.unfit: set[str] = set()
        self._selected = selected
        self._fit = self._object(schema, "", ())

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record as the schema declares it; the one given stays as it is."""
        fitted: dict[str, Any] = self._fit(record)
        return fitted

    def _field(self, schema: Mapping[str, Any], path: str, breadcrumb: Breadcrumb | None) -> Convert | None:
        """Return how to convert a field, None if it is deselected; without breadcrumb it can't be."""
        if breadcrumb is not None and self._selected is not None and not self._selected[breadcrumb]:
            return None
        return self._converter(schema, path, breadcrumb)

    def _converter(self, schema: Mapping[str, Any], path: str, breadcrumb: Breadcrumb | None) -> Convert:
        types = schema.get("type", ())
        wanted = {types} if isinstance(types, str) else set(types)
        if "object" in wanted:
            return self._object(schema, path, breadcrumb)
        if "array" in wanted:
            return self._array(schema.get("items", {}), path)
        if "string" in wanted:
            is_time = schema.get("format") == "date-time"
            return _date_time(self._remember(self.unfit, path)) if is_time else _text
        if wanted & {"number", "integer"}:
            return _number(self._remember(self.unfit, path))
        if "boolean" in wanted:
            return _boolean(self._remember(self.unfit, path))
        return _free_form

    def _object(self, schema: Mapping[str, Any], path: str, breadcrumb: Breadcrumb | None) -> Convert:
        unfit = self._remember(self.unfit, path)
        if "properties" not in schema:
            return lambda value: _free_object(value, unfit)
        prefix = f"{path}." if path else ""
        fields = {
            name: self._field(field, prefix + name, _below(breadcrumb, name))
            for name, field in schema["properties"].items()
        }

        def convert(value: Json) -> Json:
            if type(value) is not dict:
                return unfit()
            fitted: dict[str, Json] = {}
            for name, item in value.items():
                field = fields.get(name, _unknown)
                # Most values are text that is right as it is, or null; a call for each would double the time.
                if field is _text and type(item) is str and "\0" not in item:
                    fitted[name] = item
                elif field is _unknown:
                    if len(self.unknown) < MAX_FIELD_NAMES:
                        self.unknown.add(prefix + name)
                elif field is not None:
                    fitted[name] = None if item is None else field(item)
            return fitted

        return convert

    def _array(self, schema: Mapping[str, Any], path: str) -> Convert:
        item = self._converter(schema, f"{path}[]", None)
        unfit = self._remember(self.unfit, path)

        def convert(value: Json) -> Json:
            if type(value) is not list:
                return unfit()
            fitted = [item(element) for element in value if element is not None]
            return [element for element in fitted if element is not None] if None in fitted else fitted

        return convert

    def _remember(self, names: set[str], path: str) -> Unfit:
        """Return what remembers the path among the names, and gives null to use in place of the value."""

        def remember() -> Json:
            if len(names) < MAX_FIELD_NAMES:
                names.add(path)

        return remember


def _below(breadcrumb: Breadcrumb | None, name: str) -> Breadcrumb | None:
    return None if breadcrumb is None else (*breadcrumb, "properties", name)


def _unknown(_: Json) -> None:
    """Stand for a field that is in no schema."""


def _text(value: Json) -> str:
    text = value if type(value) is str else msgspec.json.encode(value).decode()
    return text.replace("\0", "") if "\0" in text else text


def _date_time(unfit: Unfit) -> Convert:
    def convert(value: Json) -> Json:
        if value == "":
            return None
        try:
            if PLAIN_UTC.fullmatch(value):
                datetime.fromisoformat(value)  # is there such a day?
                return value
            return parse_timestamp(value).replace(tzinfo=None).isoformat() + "Z"
        except (TypeError, ValueError):
            return unfit()

    return convert


def _number(unfit: Unfit) -> Convert:
    def convert(value: Json) -> Json:
        if type(value) is int or type(value) is float:
            return value
        try:
            return msgspec.json.decode(value, type=int | float)
        except (msgspec.MsgspecError, TypeError):
            return unfit()

    return convert


def _boolean(unfit: Unfit) -> Convert:
    def convert(value: Json) -> Json:
        if value is True or value is False:
            return value
        truth = TRUTH.get(value) if isinstance(value, str | int | float) else None
        return unfit() if truth is None else truth

    return convert


def _free_object(value: Json, unfit: Unfit) -> Json:
    try:
        if type(value) is not dict:
            return unfit()
        return _free_form(value) if ESCAPED_NUL in msgspec.json.encode(value) else value
    except RecursionError:  # nested some five hundred times
        return unfit()


def _free_form(value: Json) -> Json:
    """Leave JSON as it is, but for the NUL characters that PostgreSQL refuses even there."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {name.replace("\0", ""): _free_form(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_free_form(item) for item in value]
    return value
