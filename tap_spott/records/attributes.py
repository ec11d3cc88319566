"""Unwrap the attributes of records, and list custom attributes by label."""

from collections.abc import Container, Mapping
from typing import Any

from spott_client.models import Json

Record = dict[str, Any]

DEFINITION_ID = "attributeDefinitionId"
"""The field of a custom attribute with the id of its definition."""


def unwrap(record: Record, declared: Mapping[str, Container[str]]) -> None:
    """Remove the view wrapper of attributes: `{"viewType": "opportunityName", "name": "X"}` becomes `"X"`.

    A wrapper has a field with the attribute's own name, or the field `viewType`. Other values stay as they are.

    Args:
        record: The record, which is changed in place.
        declared: The fields that each column declares. If a column declares its own name, the wrapper holds more than
            the value, so only `viewType` is removed. If it declares `viewType`, its value isn't wrapped.
    """
    for name, value in record.items():
        if type(value) is not dict or "viewType" in (fields := declared.get(name, ())):
            continue
        if name in value and name not in fields:
            record[name] = value[name]
        elif name in value or "viewType" in value:
            record[name] = {field: item for field, item in value.items() if field != "viewType"} or None


def values_by_label(attributes: object, public: Container[str] | None = None) -> Record | None:
    """Return the plain values of custom attributes by label; None if there is no list of attributes.

    If `public` has ids of definitions, only their attributes count.

    If attributes share a label, all but the first have the id of their definition appended, in parentheses.
    """
    if not isinstance(attributes, list):
        return None
    values: Record = {}
    for attribute in attributes:
        if type(attribute) is dict and (public is None or str(attribute.get(DEFINITION_ID)) in public):
            values[_unique_label(attribute, values)] = _plain_value(attribute.get("value"))
    return values


def _unique_label(attribute: Record, taken: Record) -> str:
    label = str(attribute.get("label") or attribute.get(DEFINITION_ID))
    if label not in taken:
        return label
    with_id = f"{label} ({attribute.get(DEFINITION_ID)})"
    return with_id if with_id not in taken else f"{with_id} {len(taken)}"


def _plain_value(value: Json) -> Json:
    """Return the only field of a value's object besides `viewType`; the whole object if there are more fields.

    The documentation shows `{"viewType": "customText", "text": ...}` and `customImage` with `imageUrl`, and says that
    there are more view types. So the field's name is not checked.
    """
    if type(value) is not dict:
        return value
    fields = [item for name, item in value.items() if name != "viewType"]
    return fields[0] if len(fields) == 1 and _is_plain(fields[0]) else value


def _is_plain(value: object) -> bool:
    if type(value) is list:
        return all(type(item) is not dict and type(item) is not list for item in value)
    return type(value) is not dict
