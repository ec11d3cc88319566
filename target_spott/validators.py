"""Kinds of values that fields of Spott's pages take: each brings a value into the form to send, or says what is wrong.

A kind is a function of the value, of the path by which messages call it, and of the findings that it adds to.
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
    Kind: TypeAlias = Callable[[Json, str, "Findings"], Json]

EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
"""An address as forms take it: one @, no blanks, and a domain of several parts."""

MOST_COMPARED = 100
"""Characters of a wrong value to compare with the right ones."""

MOST_NAMES = 50
"""Of fields to remember for a warning, in case records hold names without end."""


class Problem(NamedTuple):
    """What is wrong with a field: where, for logs, and in what way, which may quote the value."""

    path: str
    reason: str

    def __str__(self) -> str:
        """Return both."""
        return f"{self.path}: {self.reason}"


class Findings:
    """What was found in a record: problems, and the names of fields that can't be written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.problems: list[Problem] = []
        self.ignored: set[str] = set()

    def add(self, path: str, reason: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(path, reason))


class Ignored:
    """The names of the fields that a run has ignored, for one warning at its end."""

    def __init__(self, documented: Iterable[str]) -> None:
        """Take the names of the fields that can be written, to tell slips of the pen."""
        self._documented = list(documented)
        self._names: set[str] = set()

    def add(self, names: Iterable[str]) -> None:
        """Remember names, as many as a warning can show."""
        for name in names:
            if len(self._names) < MOST_NAMES:
                self._names.add(name)

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._names)

    def __str__(self) -> str:
        """Return them as the warning shows them."""
        return ", ".join(map(self._shown, sorted(self._names)))

    def _shown(self, name: str) -> str:
        near = get_close_matches(name.lower(), {known.lower() for known in self._documented}, 1, 0.9)
        meant = next((known for known in self._documented if [known.lower()] == near), None)
        plain = name.encode("unicode_escape").decode()
        return f"{plain} (did you mean {meant}?)" if meant and meant != name else plain


def text(value: Json, path: str, findings: Findings) -> Json:
    """Take text."""
    if not isinstance(value, str):
        findings.add(path, f"text is wanted, not {_kind_of(value)}")
    return value


def some_text(value: Json, path: str, findings: Findings) -> Json:
    """Take text of at least one character."""
    if value == "":
        findings.add(path, "at least one character is wanted")
    return text(value, path, findings)


def email(value: Json, path: str, findings: Findings) -> Json:
    """Take an e-mail address."""
    if isinstance(value, str) and not EMAIL.fullmatch(value):
        findings.add(path, f"{_quoted(value)} is no e-mail address")
    return text(value, path, findings)


def truth(value: Json, path: str, findings: Findings) -> Json:
    """Take true or false."""
    if not isinstance(value, bool):
        findings.add(path, f"true or false is wanted, not {_kind_of(value)}")
    return value


def number(value: Json, path: str, findings: Findings) -> Json:
    """Take a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        findings.add(path, f"a number is wanted, not {_kind_of(value)}")
    return value


def time(value: Json, path: str, findings: Findings) -> Json:
    """Take a date or a date-time, UTC unless it says otherwise, and bring it to the pattern of the page of updates."""
    written = value.isoformat() if isinstance(value, date) else value  # a stream map may have made one
    if not isinstance(written, str):
        findings.add(path, f"a date-time is wanted, not {_kind_of(value)}")
        return value
    try:
        return format_timestamp(parse_timestamp(written))
    except ValueError:
        findings.add(path, f"{_quoted(written)} is no date-time; it looks like 2024-01-31T00:00:00Z")
        return value


def anything(value: Json, path: str, findings: Findings) -> Json:
    """Take an object that the page leaves open."""
    value = decoded(value)
    if not isinstance(value, dict):
        findings.add(path, f"an object is wanted, not {_kind_of(value)}")
    return value


def one_of(options: Collection[str]) -> Kind:
    """Take one of the values that the page lists."""

    def take(value: Json, path: str, findings: Findings) -> Json:
        if not isinstance(value, str):
            findings.add(path, f"text is wanted, not {_kind_of(value)}")
        elif value not in options:
            near = nearest(value, options)
            findings.add(path, f"{_quoted(value)} is not allowed; the nearest allowed value is {near!r}")
        return value

    return take


def list_of(item: Kind, *, one_primary: bool = False) -> Kind:
    """Take a list, of whose items one at most may be primary."""

    def take(value: Json, path: str, findings: Findings) -> Json:
        value = decoded(value)
        if not isinstance(value, list):
            findings.add(path, f"a list is wanted, not {_kind_of(value)}")
            return value
        items = [item(each, f"{path}[{place}]", findings) for place, each in enumerate(value)]
        if one_primary and sum(isinstance(each, dict) and each.get("isPrimary") is True for each in items) > 1:
            findings.add(path, "only one may be primary")
        return items

    return take


def object_of(fields: Mapping[str, Kind], required: Sequence[str] = ()) -> Kind:
    """Take an object of these fields; others are ignored, and so are nulls: no page says what they would mean here."""

    def take(value: Json, path: str, findings: Findings) -> Json:
        value = decoded(value)
        if not isinstance(value, dict):
            findings.add(path, f"an object is wanted, not {_kind_of(value)}")
            return value
        name_of = re.sub(r"\[\d+\]", "[]", path)
        findings.ignored.update(f"{name_of}.{name}" for name in value.keys() - fields.keys())
        for name in required:
            if value.get(name) is None:
                findings.add(f"{path}.{name}", "this is required")
        return {
            name: kind(value[name], f"{path}.{name}", findings)
            for name, kind in fields.items()
            if value.get(name) is not None
        }

    return take


def decoded(value: Json) -> Json:
    """Return what a string holds that is a JSON object or list: some taps send nested columns as text."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            return value
    return value


def nearest(value: str, options: Iterable[str]) -> str:
    """Return the option that is most like a value."""
    start = value[:MOST_COMPARED].lower()
    return max(options, key=lambda option: SequenceMatcher(None, option.lower(), start).ratio())


def _kind_of(value: Json) -> str:
    names = {type(None): "null", bool: "true/false", int: "a number", float: "a number", str: "text"}
    return {dict: "an object", list: "a list", **names}.get(type(value), "this")


def _quoted(value: str) -> str:
    return repr(value if len(value) <= MOST_COMPARED else f"{value[:MOST_COMPARED]}…")
