"""Conform records to their schema, so that PostgreSQL and BigQuery accept them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from spott_client.models import Json
from spott_client.timestamps import parse_timestamp

Path: TypeAlias = tuple[str, ...]
"""The names of a field and of all fields around it, outermost first; `ITEM` stands for the items of a list."""

Converter: TypeAlias = Callable[[Json], Json]
Reject: TypeAlias = Callable[[], Json]
Unwanted: TypeAlias = dict[str, "Unwanted"]
"""Fields to remove: with an empty value the field itself, else the given fields of its value."""

ITEM = "[]"

MAX_FIELD_NAMES = 50
"""How many field names a warning lists, in case a server sends names without end."""

UTC_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
"""A timestamp that both warehouses accept as it is, if there is such a day."""

VALID_UTC_TIMESTAMP = (
    r"^(?!0000)[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z\Z"
)
"""As `UTC_TIMESTAMP`, on a day that each year has."""

BOOLEANS = {"true": True, "false": False, 1: True, 0: False}

TIMESTAMP: Any = Annotated[str, msgspec.Meta(pattern=VALID_UTC_TIMESTAMP)]
MAX_DEPTH = 4
"""Levels of an object without declared fields that conforms in one call; a deeper one might be too deep to encode."""


class _Field(NamedTuple):
    """A field of the schema: the type of values that conform already, and the converter of all others."""

    type: Any
    convert: Converter


class RecordConformer:
    """Conforms records to a schema: drops unknown fields, nulls values of the wrong type, converts times to UTC.

    For each object of the schema there is a msgspec type. An object that has this type conforms already, and stays.
    Deselected fields, and unknown fields seen before, are removed first, so that most records conform at once.

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
        self._unwanted: Unwanted = {}
        self._convert = self._object(schema, ()).convert

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record as the schema declares it, without deselected fields. The argument can change."""
        _remove(self._unwanted, record)
        conformed: dict[str, Any] = self._convert(record)
        return conformed

    def _field(self, schema: Mapping[str, Any], path: Path) -> _Field:
        types = schema.get("type", ())
        allowed = {types} if isinstance(types, str) else set(types)
        if "object" in allowed:
            return self._object(schema, path)
        if "array" in allowed:
            return self._array(schema.get("items", {}), path)
        if "string" in allowed:
            is_time = schema.get("format") == "date-time"
            return _Field(TIMESTAMP, _date_time(self._reject(path))) if is_time else _Field(str, _string)
        if allowed & {"number", "integer"}:
            return _Field(int | float, _number(self._reject(path)))
        if "boolean" in allowed:
            return _Field(bool, _boolean(self._reject(path)))
        return _Field(Any, lambda value: value)

    def _object(self, schema: Mapping[str, Any], path: Path) -> _Field:
        reject = self._reject(path)
        if "properties" not in schema:
            return _Field(dict[str, _json_type(MAX_DEPTH)], lambda value: _open_object(value, reject))  # type: ignore[misc] # known at run time
        fields: dict[str, _Field] = {}
        for name, field in schema["properties"].items():
            if self._is_selected((*path, name)):
                fields[name] = self._field(field, (*path, name))
            else:
                self._remove_from_now_on((*path, name))
        conforming = _object_type({name: field.type for name, field in fields.items()})
        converters = {name: field.convert for name, field in fields.items()}

        def convert(value: Json) -> Json:
            try:
                msgspec.convert(value, conforming)
            except msgspec.ValidationError:
                return convert_fields(value) if type(value) is dict else reject()
            return value

        def convert_fields(value: dict[str, Json]) -> dict[str, Json]:
            conformed: dict[str, Json] = {}
            for name, item in value.items():
                converter = converters.get(name)
                # Most values are valid strings, or null; a call for each would double the time.
                if converter is _string and type(item) is str:
                    conformed[name] = item
                elif converter is None:
                    self._drop((*path, name))
                else:
                    conformed[name] = None if item is None else converter(item)
            return conformed

        return _Field(conforming, convert)

    def _array(self, schema: Mapping[str, Any], path: Path) -> _Field:
        item_type, convert_item = self._field(schema, (*path, ITEM))
        reject = self._reject(path)

        def convert(value: Json) -> Json:
            if type(value) is not list:
                return reject()
            items = [convert_item(item) for item in value if item is not None]
            return [item for item in items if item is not None] if None in items else items

        return _Field(list[item_type], convert)  # type: ignore[valid-type] # known at run time

    def _is_selected(self, path: Path) -> bool:
        breadcrumb = tuple(step for name in path for step in ("properties", name))
        return self._mask is None or ITEM in path or self._mask[breadcrumb]

    def _drop(self, path: Path) -> None:
        """Record the path of an unknown field, and remove that field from all records that follow."""
        if len(self.unknown_fields) < MAX_FIELD_NAMES:
            self.unknown_fields.add(_format(path))
            self._remove_from_now_on(path)

    def _remove_from_now_on(self, path: Path) -> None:
        fields = self._unwanted
        for name in path:
            if name != ITEM:
                fields = fields.setdefault(name, {})

    def _reject(self, path: Path) -> Reject:
        """Return a function that records the path as invalid, and returns the null to use in place of the value."""

        def reject() -> None:
            if len(self.invalid_fields) < MAX_FIELD_NAMES:
                self.invalid_fields.add(_format(path))

        return reject


def _remove(unwanted: Unwanted, value: Json) -> None:
    """Remove fields from an object, or from each object in a list."""
    for item in value if type(value) is list else (value,):
        if type(item) is dict:
            for name, inner in unwanted.items():
                if not inner:
                    item.pop(name, None)
                elif name in item:
                    _remove(inner, item[name])


def _json_type(depth: int) -> Any:  # noqa: ANN401 - a type made here
    """Return the type of any JSON with at most this many levels of lists and objects."""
    plain: Any = str | int | float | bool | None
    if depth == 0:
        return plain
    item = _json_type(depth - 1)
    return plain | list[item] | dict[str, item]  # type: ignore[valid-type] # known at run time


def _object_type(types: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a class made here
    """Return the type of an object with these fields, each of which may be missing or null, and no others."""
    names = {f"field_{number}": name for number, name in enumerate(types)}
    fields = [(field, types[name] | None | UnsetType, UNSET) for field, name in names.items()]
    return msgspec.defstruct("Object", fields, rename=names, forbid_unknown_fields=True, gc=False)


def _format(path: Path) -> str:
    return ".".join(path).replace(f".{ITEM}", ITEM)


def _string(value: Json) -> str:
    return value if type(value) is str else msgspec.json.encode(value).decode()


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
        msgspec.json.encode(value)
    except RecursionError:  # nested some five hundred times
        return reject()
    return value
