"""Turn a record as Spott sends it into a record with the columns of its stream."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from tap_spott.records.attributes import Record, unwrap, values_by_label

VALUES = "customAttributeValues"
"""The column with the plain values of custom attributes."""

OTHER_FIELDS = "otherFields"
"""The column with the fields that no documentation page shows, in streams whose documentation is incomplete."""


class RecordTransformer:
    """Unwraps attributes and adds the columns `customAttributeValues` and `otherFields`, where a schema has them."""

    def __init__(self, schema: Mapping[str, Any], public_attributes: Container[str] | None = None) -> None:
        """Take the stream's schema, and the ids of the definitions whose values to list; None: of all."""
        self._public_attributes = public_attributes
        columns = schema["properties"]
        self._columns = columns.keys()
        self._declared = {name: _declared_fields(column) for name, column in columns.items()}
        self._lists_with_values = {name for name, column in columns.items() if VALUES in _item_fields(column)}

    def transform(self, record: Record) -> Record:
        """Return the record, which is changed in place."""
        unwrap(record, self._declared)
        if VALUES in self._columns:
            record[VALUES] = values_by_label(record.get("customAttributes"), self._public_attributes)
        for name in self._lists_with_values:
            items = record.get(name)
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict):
                    item[VALUES] = values_by_label(item.get("customAttributes"), self._public_attributes)
        if OTHER_FIELDS in self._columns:
            others = {name: record.pop(name) for name in list(record) if name not in self._columns}
            record[OTHER_FIELDS] = others or None
        return record


def _declared_fields(column: dict[str, Any]) -> Container[str]:
    """Return the fields that a column declares; an open object keeps everything as sent, `viewType` too."""
    fields: Container[str] = column.get("properties", {"viewType"} if column.get("additionalProperties") else ())
    return fields


def _item_fields(column: dict[str, Any]) -> Iterable[str]:
    """Return the fields of the objects in a list column."""
    names: Iterable[str] = column.get("items", {}).get("properties", ())
    return names
