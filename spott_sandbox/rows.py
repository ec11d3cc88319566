"""Rows: a record and the metadata that the sandbox keeps about it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spott_sandbox.generate.shapes import Record


@dataclass(slots=True)
class Row:
    """A record as its list endpoint sends it, with metadata.

    Attributes:
        record: The record. Read it only if you need its fields: a `LazyRow` generates it on first access.
        watermark: The sync watermark in microseconds since 1970.
        number: The index among the records generated with it, from 0.
        group: The part of the stream that the record is in, if several endpoints make up the stream.
        json_cache: The JSON that endpoints sent for the row since its last change, by stream and version.
    """

    record: Record
    watermark: int
    number: int = field(default=0, kw_only=True)
    group: str = field(default="", kw_only=True)
    json_cache: dict[str, bytes] = field(default_factory=dict, kw_only=True)

    @property
    def id(self) -> str:
        """The record's ID."""
        return str(self.record["id"])


class LazyRow(Row):
    """A row that generates its record on first access, since most records of a large dataset are never read."""

    __slots__ = ("_id", "_make")

    def __init__(
        self, row_id: str, watermark: int, make: Callable[[], Record], *, number: int = 0, group: str = ""
    ) -> None:
        """Store the metadata, the ID (whatever field of the record has it) and the record's generator."""
        self._id = row_id
        self._make = make
        self.watermark = watermark
        self.number = number
        self.group = group
        self.json_cache = {}

    def __getattr__(self, name: str) -> Record:
        """Generate the record. Python calls this only while the attribute is not set."""
        if name != "record":
            raise AttributeError(name)
        self.record = self._make()
        return self.record

    @property
    def id(self) -> str:
        """The record's ID."""
        return self._id


@dataclass(slots=True)
class Contact(Row):
    """A client contact: the record of "Get client contacts", and fields that only other endpoints send."""

    candidate_id: str | None
    client_id: str
    emails: list[Record]
    phones: list[Record]


@dataclass(slots=True)
class Person(Row):
    """The candidate behind contacts: the object of "Get contacts by candidate ID", with the contacts' IDs."""

    contact_ids: list[str] = field(default_factory=list, kw_only=True)

    @property
    def id(self) -> str:
        """The candidate's ID."""
        return str(self.record["candidateId"])


@dataclass(slots=True)
class Client:
    """A client and its company, whose ID differs from the client's."""

    id: str
    company: Record
    locations: list[Record]
