"""Records that break the documentation's word, as records of real systems do."""

import re
from collections.abc import Callable
from typing import Any

from spott_sandbox.generate.shapes import Record

_Dirt = Callable[[Record, tuple[str, ...]], Record]
_DATE = re.compile(r"\d{4}-\d\d-\d\dT")


def soiled(record: Record, field: tuple[str, ...], way: int) -> Record:
    """Return a record made dirty.

    Args:
        record: Any record.
        field: Where it has a text: keys from the outside in.
        way: Which of the `WAYS`, from 0.
    """
    return _WAYS[way](record, field)


def _text(text: str) -> _Dirt:
    """Return what puts a text in place of a record's own."""

    def dirt(record: Record, field: tuple[str, ...]) -> Record:
        key, *inner = field
        return {**record, key: dirt(record.get(key) or {}, tuple(inner)) if inner else text}

    return dirt


def _everywhere(change: Callable[[Any], Any]) -> _Dirt:
    """Return what changes each value in a record, wherever it is."""
    return lambda record, _: {key: _changed(value, change) for key, value in record.items()}


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _changed(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return change([_changed(inner, change) for inner in value])
    return change(value)


def _dates(text: str) -> _Dirt:
    return _everywhere(lambda value: text if isinstance(value, str) and _DATE.match(value) else value)


def _whole_numbers(kind: type[float | str]) -> _Dirt:
    return _everywhere(lambda value: kind(value) if type(value) is int else value)


_WAYS: tuple[_Dirt, ...] = (
    _text("be\0fore and after"),
    _text("long text, 長い " * 5100),
    _text("cut emoji \ud83d"),
    _dates(""),
    _dates("2021-03-04T05:06:07"),
    _dates("31/12/2020, soon"),
    _whole_numbers(float),
    _whole_numbers(str),
    _everywhere(lambda value: [None, *value] if isinstance(value, list) else value),
)
WAYS = len(_WAYS)
"""In how many ways a record can be dirty: `--dirty` adds a record of each to each list."""
