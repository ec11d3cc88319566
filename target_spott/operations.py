"""What a record asks for: that a client contact is created or updated, and with which body."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from target_spott.fields import CREATE, REQUIRED, UPDATE
from target_spott.validators import Findings, decoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_spott.fields import Field
    from target_spott.validators import Problem

    Record: TypeAlias = dict[str, Any]

ID = re.compile(r"(?!\.+$)[\w.:=~-]{1,200}", re.ASCII)
"""What can stand in an address, and then in a log: no e-mail address, no name."""

ONLY_THE_TAP_WRITES = frozenset({"candidateId", "createdAt", "modifiedAt"})
"""Columns of tap-spott's `client_contacts` that no page takes: a record that has them all is a row as it was read."""

DELETED = "_sdc_deleted_at"
"""The column in which warehouses mark rows that were deleted at their source."""

USER, STAGE = "mainContact", "stage"
"""What tap-spott calls the objects that hold the ids of `mainContactId` and `stageId`."""


class InvalidError(Exception):
    """A record can't be sent.

    Attributes:
        problems: Why not.
    """

    def __init__(self, problems: list[Problem]) -> None:
        """Take the problems."""
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Source:
    """A record and where it came from.

    Attributes:
        stream: The stream's name.
        keys: The names of its key, as its SCHEMA message has them; perhaps none.
        record: The record.
    """

    stream: str
    keys: Sequence[str]
    record: Record

    @property
    def key(self) -> Record | None:
        """The values of the record's key, or of its id where the stream has no key; None where one is missing."""
        key = {name: self.record.get(name) for name in self.keys or ["id"]}
        return None if None in key.values() else key

    @property
    def reference(self) -> Record:
        """What the warehouse knows the record by: its key, else all of it."""
        return self.record if self.key is None else self.key


@dataclass(frozen=True)
class Change:
    """What is to be sent for a record.

    Attributes:
        source: The record.
        contact_id: Of the client contact to update; None to create one.
        client_id: Of the client that a new contact belongs to.
        body: As the page wants it.
    """

    source: Source
    contact_id: str | None
    client_id: str | None
    body: Record

    @cached_property
    def content(self) -> str:
        """A digest of what is to be sent, and where."""
        return _digest([self.client_id, self.contact_id, self.body])

    @cached_property
    def identity(self) -> str:
        """A digest that is the same whenever this contact is to be created: of the record's key, else the content."""
        key = self.source.key
        return self.content if key is None else _digest([self.source.stream, key])

    @property
    def order(self) -> str:
        """What changes have in common that must be sent one after the other."""
        return self.contact_id or self.identity


def read_change(source: Source) -> tuple[Change, set[str]]:
    """Return what a record asks for, and the names of its fields that can't be written.

    A record with an `id` updates this contact; one without, or with null for it, creates a contact.

    Raises:
        InvalidError: It can't be sent as it is.
    """
    record, findings = source.record, Findings()
    if record.get(DELETED) is not None:
        findings.add(
            DELETED, "Spott's API deletes nothing; to end a contact send its `endDate`, in a row not marked so"
        )
    creates = record.get("id") is None
    client_id = _id(record, "clientId", findings) if creates else None
    contact_id = None if creates else _id(record, "id", findings)
    body = _create_body(record, findings) if creates else _update_body(record, findings)
    if findings.problems:
        raise InvalidError(findings.problems)
    findings.ignored -= {"id", "clientId"} if creates else {"id"}
    return Change(source, contact_id, client_id, body), findings.ignored - set(source.keys)


def _update_body(record: Record, findings: Findings) -> Record:
    fields = {name: value for name, value in record.items() if name not in {USER, STAGE}}
    for name, inside in (("mainContactId", USER), ("stageId", STAGE)):
        if (value := _id_inside(record, inside, findings)) is not None:
            fields.setdefault(name, value)
    if record.keys() >= ONLY_THE_TAP_WRITES:
        # Nobody has asked to clear what Spott itself has sent as null.
        nulls = [name for name in UPDATE if name in fields and fields[name] is None and not UPDATE[name].nullable]
        findings.ignored |= {f"{name} (null)" for name in nulls}
        fields = {name: value for name, value in fields.items() if name not in nulls}
    return _body(fields, UPDATE, findings)


def _create_body(record: Record, findings: Findings) -> Record:
    fields = {name: value for name, value in record.items() if name not in {USER, STAGE, "mainContactId"}}
    for name, field in CREATE.items():
        # A row of a table can't leave a column out, and there is nothing yet that a null could clear.
        if fields.get(name, field) is None and not field.nullable:
            del fields[name]
    user = record.get("mainContactId") or _id_inside(record, USER, findings)
    if user is not None:
        fields[USER] = {"userId": user}
    stage = _id_inside(record, STAGE, findings)
    if stage is not None:
        fields.setdefault("stageId", stage)
    for name in REQUIRED:
        if name not in fields:
            findings.add(name, "this is required to create a contact")
    return _body(fields, CREATE, findings)


def _body(fields: Record, page: Mapping[str, Field], findings: Findings) -> Record:
    findings.ignored |= fields.keys() - page.keys()
    body = {}
    for name, field in page.items():
        if name not in fields:
            continue
        value = fields[name]
        if value is not None:
            body[name] = field.kind(value, name, findings)
        elif field.nullable:
            body[name] = None
        else:
            findings.add(name, "null is not allowed; leave the field out to leave it as it is")
    return body


def _id(record: Record, name: str, findings: Findings) -> str:
    value = record.get(name)
    if value is None:
        findings.add(name, "a record without `id` creates a contact, which needs the `clientId` it belongs to")
    elif not isinstance(value, str) or not ID.fullmatch(value):
        findings.add(name, "this is no id of Spott's: text without blanks, @ and slashes")
    return str(value)


def _id_inside(record: Record, name: str, findings: Findings) -> Any:  # noqa: ANN401 - the page's field judges it
    """Return the id in an object of tap-spott's; an object that is null or has none says nothing."""
    value = decoded(record.get(name))
    if value is None:
        return None
    if not isinstance(value, dict):
        findings.add(name, "an object with an `id` is wanted")
        return None
    return value.get("id") if value.get("id") is not None else value.get("userId")


def _digest(value: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(value, order="sorted"), digest_size=16).hexdigest()
