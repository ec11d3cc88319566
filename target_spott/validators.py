"""Validators of field values: each returns the value in the form to send, or adds an error.

A validator is called with a value, with its path for messages, and with the record's `ValidationResult`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any, NamedTuple, TypeAlias

import msgspec

from spott_client.timestamps import format_timestamp, parse_timestamp

Json: TypeAlias = Any
Validator: TypeAlias = Callable[[Json, str, "ValidationResult"], Json]

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
"""One @, no whitespace, and a domain of at least two labels."""

MAX_COMPARED_LENGTH = 100
"""Characters of a value that messages show and that are compared with allowed values."""


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
            start = value[:MAX_COMPARED_LENGTH].lower()
            closest = max(options, key=lambda option: SequenceMatcher(None, option.lower(), start).ratio())
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


def _type_name(value: Json) -> str:
    scalars = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    return {list: "an array", dict: "an object", **scalars}.get(type(value), "another type")


def _quote(value: str) -> str:
    return repr(value if len(value) <= MAX_COMPARED_LENGTH else f"{value[:MAX_COMPARED_LENGTH]}…")
