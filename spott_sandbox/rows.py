"""What the sandbox knows of a record beside the record itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spott_sandbox.generate.shapes import Record


@dataclass(slots=True)
class Row:
    """A record exactly as its list sends it.

    Attributes:
        record: The record. Read it only where its fields matter: a `LateRow` draws it then.
        watermark: Its sync watermark in microseconds since 1970.
        number: Its place among those that were drawn with it, from 0.
        group: The part of its stream that it is in, for streams read from several endpoints.
        sent: What endpoints have sent of it since it changed last, as JSON, by a name for the shape.
    """

    record: Record
    watermark: int
    number: int = field(default=0, kw_only=True)
    group: str = field(default="", kw_only=True)
    sent: dict[str, bytes] = field(default_factory=dict, kw_only=True)

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.record["id"])


class LateRow(Row):
    """A row whose record is drawn when it is first looked at: most of a large world never is."""

    __slots__ = ("_draw", "_id")

    def __init__(
        self, row_id: str, watermark: int, draw: Callable[[], Record], *, number: int = 0, group: str = ""
    ) -> None:
        """Know everything of a record but the record, and its id, whatever the record calls it."""
        self._id = row_id
        self._draw = draw
        self.watermark = watermark
        self.number = number
        self.group = group
        self.sent = {}

    def __getattr__(self, name: str) -> Record:
        """Draw the record; Python comes here only while it is not set."""
        if name != "record":
            raise AttributeError(name)
        self.record = self._draw()
        return self.record

    @property
    def id(self) -> str:
        """The record's id."""
        return self._id


@dataclass(slots=True)
class Contact(Row):
    """A client contact: what "Get client contacts" sends, and what only the other pages show."""

    candidate_id: str | None
    client_id: str
    emails: list[Record]
    phones: list[Record]


@dataclass(slots=True)
class Person(Row):
    """The candidate behind contacts: "Get contacts by candidate ID" without them; they are named by id."""

    contact_ids: list[str] = field(default_factory=list, kw_only=True)

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.record["candidateId"])


@dataclass(slots=True)
class Client:
    """A company that is a client. Its id is not the company's."""

    id: str
    company: Record
    locations: list[Record]
