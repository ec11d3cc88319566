"""Validators of field values: each returns the value in the form to send, or adds an error.

A validator is called with a value, with its path for messages, and with the record's `ValidationResult`.
"""

from __future__ import annotations

import math
import re
from datetime import date
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from spott_client.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    Json: TypeAlias = Any
    Validator: TypeAlias = Callable[[Json, str, "ValidationResult"], Json]

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
"""One @, no whitespace, and a domain of at least two labels."""

MAX_COMPARED_LENGTH = 100
"""Characters of a value that messages show and that are compared with allowed values."""

MAX_IGNORED_FIELDS = 50
"""Field names kept for the warning; records may have any number of them."""

TYPE_NAMES = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class FieldError(NamedTuple):
    """Why a field is invalid. The path may be logged; the reason may quote personal data."""

    path: str
    reason: str

    def __str__(self) -> str:
        """Return path and reason."""
        return f"{self.path}: {self.reason}"


class ValidationResult:
    """The errors of a record, and the names of its fields that the API doesn't accept."""

    def __init__(self) -> None:
        """Start without errors."""
        self.errors: list[FieldError] = []
        self.ignored: set[str] = set()

    def add(self, path: str, reason: str) -> None:
        """Add an error."""
        self.errors.append(FieldError(path, reason))


class IgnoredFields:
    """The names of all fields that a run ignored, for one warning at its end."""

    def __init__(self, documented: Iterable[str]) -> None:
        """Take the names of the writable fields, which the warning suggests for misspelled names."""
        self._documented = list(documented)
        self._names: set[str] = set()

    def add(self, names: Iterable[str]) -> None:
        """Add names, up to `MAX_IGNORED_FIELDS`."""
        for name in names:
            if len(self._names) < MAX_IGNORED_FIELDS:
                self._names.add(name)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._names)

    def __str__(self) -> str:
        """Return the names, sorted, with suggestions."""
        return ", ".join(map(self._with_suggestion, sorted(self._names)))

    def _with_suggestion(self, name: str) -> str:
        close = get_close_matches(name.lower(), {known.lower() for known in self._documented}, 1, 0.9)
        meant = next((known for known in self._documented if [known.lower()] == close), None)
        plain = name.encode("unicode_escape").decode()
        return f"{plain} (did you mean {meant}?)" if meant and meant != name else plain


def string(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept a string."""
    if not isinstance(value, str):
        result.add(path, f"expected a string, got {_type_name(value)}")
    return value


def non_empty_string(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept a string of at least one character."""
    if value == "":
        result.add(path, "must not be empty")
    return string(value, path, result)


def email(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept an email address."""
    if isinstance(value, str) and not EMAIL.fullmatch(value):
        result.add(path, f"{_quote(value)} is not an email address")
    return string(value, path, result)


def boolean(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept true or false."""
    if not isinstance(value, bool):
        result.add(path, f"expected a boolean, got {_type_name(value)}")
    return value


def number(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        result.add(path, f"expected a number, got {_type_name(value)}")
    return value


def timestamp(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept a date or a date-time, in UTC by default, and return it in the pattern of "Update client contact"."""
    text = value.isoformat() if isinstance(value, date) else value  # stream maps can make date objects
    if not isinstance(text, str):
        result.add(path, f"expected a date-time, got {_type_name(value)}")
        return value
    try:
        return format_timestamp(parse_timestamp(text))
    except ValueError:
        result.add(path, f"{_quote(text)} is not a date-time; write it like 2024-01-31T00:00:00Z")
        return value


def json_object(value: Json, path: str, result: ValidationResult) -> Json:
    """Accept an object with any fields."""
    value = decode_nested(value)
    if not isinstance(value, dict):
        result.add(path, f"expected an object, got {_type_name(value)}")
    return value


def one_of(options: Collection[str]) -> Validator:
    """Return a validator that accepts one of the documented values."""

    def validate(value: Json, path: str, result: ValidationResult) -> Json:
        if isinstance(value, str) and value not in options:
            closest = _closest(value, options)
            result.add(path, f"{_quote(value)} is not allowed; the closest allowed value is {closest!r}")
        return string(value, path, result)

    return validate


def list_of(item: Validator, *, one_primary: bool = False) -> Validator:
    """Return a validator that accepts an array, of which at most one item may have `isPrimary` if so required."""

    def validate(value: Json, path: str, result: ValidationResult) -> Json:
        value = decode_nested(value)
        if not isinstance(value, list):
            result.add(path, f"expected an array, got {_type_name(value)}")
            return value
        items = [item(each, f"{path}[{index}]", result) for index, each in enumerate(value)]
        if one_primary and sum(isinstance(each, dict) and each.get("isPrimary") is True for each in items) > 1:
            result.add(path, "only one item can be primary")
        return items

    return validate


def object_of(fields: Mapping[str, Validator], required: Sequence[str] = ()) -> Validator:
    """Return a validator that accepts an object and keeps only the given fields.

    It drops nulls too: the API doesn't document null for nested fields.
    """

    def validate(value: Json, path: str, result: ValidationResult) -> Json:
        value = json_object(value, path, result)
        if not isinstance(value, dict):
            return value
        parent = re.sub(r"\[\d+\]", "[]", path)
        result.ignored.update(f"{parent}.{name}" for name in value.keys() - fields.keys())
        for name in required:
            if value.get(name) is None:
                result.add(f"{path}.{name}", "required")
        return {
            name: validator(value[name], f"{path}.{name}", result)
            for name, validator in fields.items()
            if value.get(name) is not None
        }

    return validate


def decode_nested(value: Json) -> Json:
    """Decode a string that holds a JSON object or array: some taps send nested columns as strings."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return value
    return value


def _closest(value: str, options: Iterable[str]) -> str:
    start = value[:MAX_COMPARED_LENGTH].lower()
    return max(options, key=lambda option: SequenceMatcher(None, option.lower(), start).ratio())


def _type_name(value: Json) -> str:
    return TYPE_NAMES.get(type(value), "another type")


def _quote(value: str) -> str:
    return repr(value if len(value) <= MAX_COMPARED_LENGTH else f"{value[:MAX_COMPARED_LENGTH]}…")
