"""Records that violate the documentation, as records of real systems do."""

import re
from collections.abc import Callable
from typing import Any

from spott_sandbox.generate.shapes import Record

_Corruption = Callable[[Record, tuple[str, ...]], Record]
_DATE = re.compile(r"\d{4}-\d\d-\d\dT")


def make_dirty(record: Record, text_path: tuple[str, ...], variant: int) -> Record:
    """Return a record that violates the documentation.

    Args:
        record: Any record.
        text_path: Where the record has a text: keys from the outside in.
        variant: How the record violates the documentation: an index from 0 to `VARIANT_COUNT - 1`.
    """
    return _VARIANTS[variant](record, text_path)


def _replace_text(text: str) -> _Corruption:
    def corrupt(record: Record, text_path: tuple[str, ...]) -> Record:
        key, *inner = text_path
        return {**record, key: corrupt(record.get(key) or {}, tuple(inner)) if inner else text}

    return corrupt


def _replace_values(replace: Callable[[Any], Any]) -> _Corruption:
    """Replace every value of a record, at any depth."""
    return lambda record, _: {key: _replaced(value, replace) for key, value in record.items()}


def _replaced(value: Any, replace: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _replaced(inner, replace) for key, inner in value.items()}
    if isinstance(value, list):
        return replace([_replaced(inner, replace) for inner in value])
    return replace(value)


def _replace_dates(text: str) -> _Corruption:
    return _replace_values(lambda value: text if isinstance(value, str) and _DATE.match(value) else value)


def _convert_integers(kind: type[float | str]) -> _Corruption:
    return _replace_values(lambda value: kind(value) if type(value) is int else value)


_VARIANTS: tuple[_Corruption, ...] = (
    _replace_text("be\0fore and after"),
    _replace_text("long text, 長い " * 5100),
    _replace_text("cut emoji \ud83d"),
    _replace_dates(""),
    _replace_dates("2021-03-04T05:06:07"),
    _replace_dates("31/12/2020, soon"),
    _convert_integers(float),
    _convert_integers(str),
    _replace_values(lambda value: [None, *value] if isinstance(value, list) else value),
)
VARIANT_COUNT = len(_VARIANTS)
"""Number of ways to violate the documentation. `--dirty` adds one record of each to every list."""
