"""What the sandbox knows of a record beside the record itself."""

from dataclasses import dataclass, field

from spott_sandbox.generate.shapes import Record


@dataclass(slots=True)
class Row:
    """A record of a list endpoint, exactly as sent, and its sync watermark in microseconds since 1970."""

    record: Record
    watermark: int
    encoded: bytes | None = field(default=None, kw_only=True)

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.record["id"])


@dataclass(slots=True)
class Contact(Row):
    """A client contact: what "Get client contacts" sends, and what only the other pages show."""

    candidate_id: str | None
    client_id: str
    emails: list[Record]
    phones: list[Record]


@dataclass(slots=True)
class Candidate:
    """A person. `overview` is "Get contacts by candidate ID" without the contacts, which are named by id."""

    overview: Record
    contact_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Client:
    """A company that is a client. Its id is not the company's."""

    id: str
    company: Record
    locations: list[Record]
