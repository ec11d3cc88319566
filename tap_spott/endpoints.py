"""What the documentation says of endpoints: where they are, what they filter by, how they page."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class FilterSupport(Enum):
    """Whether a list takes `modifiedUntil`."""

    DOCUMENTED = auto()
    DOUBTFUL = auto()
    """Only others' code shows it: the list is asked before anything depends on it."""
    NONE = auto()


@dataclass(frozen=True, kw_only=True)
class ListEndpoint:
    """A list.

    Attributes:
        path: As the documentation page has it.
        since: Whether it takes `modifiedSince`.
        until: Whether it takes `modifiedUntil`.
        numbered: Whether its pages have numbers; else each names the next by a cursor.
        rows: What the answer calls the records.
        parameters: Sent with each request.
        company_filter: The parameter that bounds it to some companies, if it has one.
        columns: What this list adds to its records, where several lists make one stream.
        older: The same list in older documentation, for accounts that do not have this one.
    """

    path: str
    since: bool = False
    until: FilterSupport = FilterSupport.NONE
    numbered: bool = False
    rows: str = "items"
    parameters: Mapping[str, str] = field(default_factory=dict)
    company_filter: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    older: ListEndpoint | None = None


@dataclass(frozen=True, kw_only=True)
class DetailEndpoint:
    """A single object for each record of a list.

    Attributes:
        path: With braces where the record's id goes.
        noun: What the record is, for messages.
        id_column: The list's column that has this id.
        proof: A field that the object always has, to tell it from anything else.
        rows: Instead, where the answer is a list: what it calls the records.
    """

    path: str
    noun: str
    id_column: str = "id"
    proof: str = "id"
    rows: str | None = None
