"""Turn a record into an operation: create or update a client contact, with the request body."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import msgspec

from spott_client.models import Json
from spott_singer.pseudonyms import PREFIX
from target_spott.fields import CREATE_FIELDS, REQUIRED_FIELDS, UPDATE_FIELDS
from target_spott.validators import FieldError, Schema, ValidationResult, decode_nested, is_nullable, validate

Record: TypeAlias = dict[str, Any]

ID_PATTERN = re.compile(r"(?!\.+$)[\w.:=~-]{1,200}", re.ASCII)
"""Ids that are safe in a URL path and in logs: they can't hold an email address or a full name."""

TAP_ONLY_COLUMNS = frozenset({"candidateId", "createdAt", "modifiedAt"})
"""Read-only columns of tap-spott's `client_contacts`: a record that has all of them is an unchanged row of the tap."""

DELETED_AT = "_sdc_deleted_at"
"""Column in which Singer targets mark rows that were deleted at the source."""

USER_OBJECT, STAGE_OBJECT = "mainContact", "stage"
"""Columns of tap-spott whose objects hold the ids for `mainContactId` and `stageId`."""


class InvalidRecordError(Exception):
    """A record fails validation.

    Attributes:
        errors: One error per invalid field.
    """

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


@dataclass(frozen=True)
class SourceRecord:
    """A record and its stream.

    Attributes:
        stream: Name of the stream.
        keys: Names of the stream's key properties; may be empty.
        record: The record.
    """

    stream: str
    keys: Sequence[str]
    record: Record

    @property
    def key(self) -> Record | None:
        """Key values of the record (`id` if the stream has no key), or None if any is null or missing."""
        key = {name: self.record.get(name) for name in self.keys or ["id"]}
        return None if None in key.values() else key

    @property
    def reference(self) -> Record:
        """What identifies the record in the outcomes file: its key, or else the whole record."""
        return self.record if self.key is None else self.key


@dataclass(frozen=True)
class Operation:
    """One request to send for a record.

    Attributes:
        source: The record.
        contact_id: Id of the client contact to update; None to create one.
        client_id: Id of the client that a new contact belongs to; None for updates.
        body: The request body.
    """

    source: SourceRecord
    contact_id: str | None
    client_id: str | None
    body: Record

    @property
    def creates(self) -> bool:
        """Whether the operation creates a contact."""
        return self.contact_id is None

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the path's ids and of the body."""
        return _hash([self.client_id, self.contact_id, self.body])

    @cached_property
    def idempotency_key(self) -> str:
        """Hash by which a later run recognizes the same create: of the record's key, else the fingerprint."""
        key = self.source.key
        return self.fingerprint if key is None else _hash([self.source.stream, key])

    @property
    def ordering_key(self) -> str:
        """Operations with the same ordering key are sent one after the other."""
        return self.contact_id or self.idempotency_key


def operation_for(source: SourceRecord) -> tuple[Operation, set[str]]:
    """Return a record's operation, and the names of the record's fields that the API doesn't accept.

    A record with an `id` updates that contact; a record without `id`, or with null, creates a contact.

    Raises:
        InvalidRecordError: The record fails validation.
    """
    record, result = source.record, ValidationResult()
    if record.get(DELETED_AT) is not None:
        result.add(DELETED_AT, "the row is marked as deleted, but Spott's API can't delete contacts; send `endDate`")
    for name, value in record.items():
        if PREFIX in f"{name} {value}".lower():
            result.add(name, "contains a pseudonym of tap-spott, not the person's data; send the real value")
    creates = record.get("id") is None
    client_id = _validate_id(record, "clientId", result) if creates else None
    contact_id = None if creates else _validate_id(record, "id", result)
    body = _create_body(record, result) if creates else _update_body(record, result)
    if result.errors:
        raise InvalidRecordError(result.errors)
    result.ignored -= {"id", "clientId"} if creates else {"id"}
    return Operation(source, contact_id, client_id, body), result.ignored - set(source.keys)


def _update_body(record: Record, result: ValidationResult) -> Record:
    fields = {name: value for name, value in record.items() if name not in {USER_OBJECT, STAGE_OBJECT}}
    for name, column in (("mainContactId", USER_OBJECT), ("stageId", STAGE_OBJECT)):
        if (value := _nested_id(record, column, result)) is not None:
            fields.setdefault(name, value)
    if record.keys() >= TAP_ONLY_COLUMNS:
        # In an unchanged row of the tap, a null is the value in Spott, not a request to clear the field.
        for name, field in UPDATE_FIELDS.items():
            if fields.get(name, field) is None and not is_nullable(field):
                del fields[name]
                result.ignored.add(f"{name} (null)")
    return _validate_body(fields, UPDATE_FIELDS, result)


def _create_body(record: Record, result: ValidationResult) -> Record:
    fields = {name: value for name, value in record.items() if name not in {USER_OBJECT, STAGE_OBJECT, "mainContactId"}}
    for name, field in CREATE_FIELDS.items():
        # A table's row has every column, and a new contact has no value that null could clear.
        if fields.get(name, field) is None and not is_nullable(field):
            del fields[name]
    user = record.get("mainContactId") or _nested_id(record, USER_OBJECT, result)
    if user is not None:
        fields[USER_OBJECT] = {"userId": user}
    stage = _nested_id(record, STAGE_OBJECT, result)
    if stage is not None:
        fields.setdefault("stageId", stage)
    for name in REQUIRED_FIELDS:
        if name not in fields:
            result.add(name, "required to create a contact")
    return _validate_body(fields, CREATE_FIELDS, result)


def _validate_body(fields: Record, documented: Schema, result: ValidationResult) -> Record:
    result.ignored |= fields.keys() - documented.keys()
    body = {}
    for name, field in documented.items():
        if name not in fields:
            continue
        value = fields[name]
        if value is not None:
            body[name] = validate(value, field, name, result)
        elif is_nullable(field):
            body[name] = None
        else:
            result.add(name, "null is not allowed; omit the field to keep its value in Spott")
    return body


def _validate_id(record: Record, name: str, result: ValidationResult) -> str:
    value = record.get(name)
    if value is None:
        result.add(name, "required to create a contact; the record has no `id`, so it can't update one")
    elif not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
        result.add(name, "not an id of Spott; send a string without spaces, @ or slashes")
    return str(value)


def _nested_id(record: Record, column: str, result: ValidationResult) -> Json:
    """Return the id in an object of tap-spott; None if the object is null or has no id."""
    value = decode_nested(record.get(column))
    if value is None:
        return None
    if not isinstance(value, dict):
        result.add(column, "expected an object with an `id`")
        return None
    return value.get("id") if value.get("id") is not None else value.get("userId")


def _hash(value: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(value, order="sorted"), digest_size=16).hexdigest()
