"""Attributes as columns: without the wrapper in which Spott sends them, and custom ones by their label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    Record = dict[str, Any]


def unwrap(record: Record, declared: Mapping[str, Container[str]]) -> None:
    """Take attributes out of their view wrapper: `{"viewType": "opportunityName", "name": "X"}` becomes `"X"`.

    A wrapper is told by a value of the attribute's own name, or by `viewType`; other values are left.

    Args:
        record: What Spott sent; it is changed.
        declared: The fields that each column declares. One that declares its own name has a wrapper that holds more
            than the value: of that only `viewType` goes. One that declares `viewType` has no wrapper.
    """
    for name, value in record.items():
        fields = declared.get(name, ())
        if type(value) is not dict or "viewType" in fields:
            continue
        if name in value and name not in fields:
            record[name] = value[name]
        elif name in value or "viewType" in value:
            record[name] = _without_view_type(value)


def _without_view_type(wrapper: Record) -> Record | None:
    return {name: value for name, value in wrapper.items() if name != "viewType"} or None


def values_by_label(attributes: object) -> Record | None:
    """Return the plain values of custom attributes by label; None where there is no list of them.

    Where attributes share a label, all but the first have their definition's id behind it, in parentheses.
    """
    if not isinstance(attributes, list):
        return None
    values: Record = {}
    for attribute in attributes:
        if isinstance(attribute, dict):
            values[_name(attribute, values)] = _plain(attribute.get("value"))
    return values


def _name(attribute: Record, taken: Record) -> str:
    definition = str(attribute.get("attributeDefinitionId"))
    label = str(attribute.get("label") or definition)
    if label not in taken:
        return label
    named = f"{label} ({definition})"
    return named if named not in taken else f"{named} {len(taken)}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON may be anything
    """Take a value out of its object if it is all that this holds beside its kind.

    The documentation shows `{"viewType": "customText", "text": ...}` and the same with `customImage` and `imageUrl`;
    of further kinds it only says that there are some. So names do not matter here; what can't be told stays whole.
    """
    if not isinstance(value, dict):
        return value
    held = [item for name, item in value.items() if name != "viewType"]
    return held[0] if len(held) == 1 and _is_plain(held[0]) else value


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict)
