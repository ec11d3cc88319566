"""Pseudonymize or remove the personal data of records, as the setting `personal_data` says."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from spott_client.models import Json
from spott_client.timestamps import parse_timestamp
from spott_singer.pseudonyms import KINDS, pseudonym
from tap_spott.records.attributes import DEFINITION_ID
from tap_spott.records.transform import VALUES

Converter: TypeAlias = Callable[[Json], Json]
Annotation: TypeAlias = str | dict[str, Any]

ANNOTATION = "x-personal-data"
"""The keyword in the stream schemas: a kind, or for an open object the kinds of its documented fields."""

NONE, STAFF = "none", "staff_"
"""The kind of data that isn't personal, and the prefix of kinds of the agency's own people."""

COARSE_ADDRESS = frozenset({"city", "country"})
"""The fields of an address that pseudonymized records keep."""


@dataclass(frozen=True)
class PersonalDataPolicy:
    """What becomes of personal data.

    Attributes:
        mode: `pseudonymize` or `remove`.
        key: The key of the pseudonyms; empty for `remove`.
        includes_staff: Whether the policy applies to the agency's own people.
        public_attributes: Ids of the definitions whose custom attributes stay.
    """

    mode: str
    key: bytes
    includes_staff: bool
    public_attributes: frozenset[str]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self | None:
        """Return the policy that the settings ask for; None if they keep personal data."""
        mode = config.get("personal_data", "keep")
        if mode == "keep":
            return None
        return cls(
            mode=mode,
            key=config.get("pseudonym_key", "").encode() if mode == "pseudonymize" else b"",
            includes_staff=config.get("pseudonymize_staff", False),
            public_attributes=frozenset(config.get("public_attributes", ())),
        )

    @property
    def fingerprint(self) -> str:
        """Keyed hash of the policy, which doesn't disclose the key."""
        settings = json.dumps([self.mode, self.includes_staff, sorted(self.public_attributes)])
        return hmac.digest(self.key, f"fingerprint:{settings}".encode(), "sha256")[:16].hex()

    def converter(self, kind: str, field: str) -> Converter:
        """Return the function that converts a field's values of this kind."""
        of_staff = kind.startswith(STAFF)
        if kind == NONE or (of_staff and not self.includes_staff):
            return _plain
        kind = kind.removeprefix(STAFF)
        if self.mode == "remove":
            return _null
        if kind in KINDS:
            return lambda value: None if isinstance(value, dict | list) else pseudonym(self.key, kind, str(value))
        if kind == "birth_date":
            return _first_of_year
        return _plain if kind == "address" and field in COARSE_ADDRESS else _null


class RecordPseudonymizer:
    """Applies a policy to records of the API, before anything else reads them.

    Fields without an annotation become null. In open objects, which the schema doesn't describe, they are dropped.
    """

    def __init__(self, schema: Mapping[str, Any], policy: PersonalDataPolicy) -> None:
        """Take the stream's schema with annotations."""
        self._policy = policy
        self._convert = self._declared_object(schema)

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record without personal data. The argument stays as it is."""
        converted: dict[str, Any] = self._convert(record)
        return converted

    def _declared_object(self, schema: Mapping[str, Any]) -> Converter:
        fields = {name: self._declared_field(name, field) for name, field in schema["properties"].items()}
        return self._object(fields, keeps_unknown_names=True)  # RecordConformer drops them with a warning

    def _declared_field(self, name: str, schema: Mapping[str, Any]) -> Converter:
        if name == VALUES:
            return lambda value: value or None  # RecordTransformer has left out attributes that aren't public
        inner = schema.get("items", schema)
        return self._declared_object(inner) if "properties" in inner else self._annotated(name, schema[ANNOTATION])

    def _annotated(self, name: str, annotation: Annotation) -> Converter:
        if isinstance(annotation, str):
            return self._policy.converter(annotation, name)
        fields = {field: self._annotated(field, inner) for field, inner in annotation.items()}
        return self._object(fields, keeps_unknown_names=False)

    def _object(self, fields: Mapping[str, Converter], *, keeps_unknown_names: bool) -> Converter:
        """Return the converter of an object, or of a list of objects."""
        public = self._policy.public_attributes if DEFINITION_ID in fields else frozenset()

        def convert(value: Json) -> Json:
            if type(value) is list:
                return [convert_object(item) for item in value if type(item) is dict]
            return convert_object(value) if type(value) is dict else None

        def convert_object(value: dict[str, Json]) -> Json:
            if public and str(value.get(DEFINITION_ID)) in public:
                return value
            converted: dict[str, Json] = {}
            for name, item in value.items():
                converter = fields.get(name)
                if converter is None:
                    if keeps_unknown_names:
                        converted[name] = None
                elif item is None or (converter is _plain and type(item) is str):  # most values: save a call for each
                    converted[name] = item
                else:
                    converted[name] = converter(item)
            return converted

        return convert


def kinds_of(schema: Mapping[str, Any]) -> set[str]:
    """Return the kinds of personal data in a property of an annotated schema, or in the whole schema."""
    kinds = _annotated_kinds(schema.get(ANNOTATION, NONE))
    fields = schema.get("items", schema).get("properties", {})
    return kinds.union(*map(kinds_of, fields.values())) - {NONE}


def _annotated_kinds(annotation: Annotation) -> set[str]:
    if isinstance(annotation, str):
        return {annotation}
    return set[str]().union(*map(_annotated_kinds, annotation.values()))


def without_annotations(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without annotations, at any depth."""
    return {
        name: without_annotations(value) if type(value) is dict else value
        for name, value in schema.items()
        if name != ANNOTATION
    }


def _null(_: Json) -> None:
    """Return None, which stands for a value that was removed."""


def _plain(value: Json) -> Json:
    """Return a value without nested objects and lists, whose content is unclassified."""
    if type(value) is list:
        return [item for item in value if not isinstance(item, dict | list)]
    return None if type(value) is dict else value


def _first_of_year(value: Json) -> str | None:
    """Return the first day of a date's year; None if it is no date."""
    try:
        return f"{parse_timestamp(value).year:04}-01-01T00:00:00Z"
    except (AttributeError, TypeError, ValueError):
        return None
