"""DOC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterable


VALUES = "customAttributeValues"
"""The column for the plain values of custom attributes."""

OTHER_FIELDS = "otherFields"
"""The column for what no documentation page shows, where a stream's documentation is known in part only."""


def _declared(column: dict[str, Any]) -> Container[str]:
    """Return the fields that a column declares; an open one holds what is sent as it is, `viewType` too."""
    fields: Container[str] = column.get("properties", {"viewType"} if column.get("additionalProperties") else ())
    return fields


def _item_columns(column: dict[str, Any]) -> Iterable[str]:
    """Return the columns of the objects in an array's column."""
    names: Iterable[str] = column.get("items", {}).get("properties", ())
    return names
