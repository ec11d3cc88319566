"""The catalog that a run is given, checked: it may have been edited by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator
from singer_sdk.singerlib import Catalog

from spott_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from singer_sdk import SchemaDirectory
    from singer_sdk.singerlib import CatalogEntry

# Not the SDK's own, by the newest draft, which takes three times as long.
SCHEMAS = Draft7Validator(Draft7Validator.META_SCHEMA)
METHODS = {None, "FULL_TABLE", "INCREMENTAL"}


def check_catalog(catalog: Any, schemas: SchemaDirectory, streams: Collection[str]) -> Any:  # noqa: ANN401 - any JSON
    """Return the catalog, if the SDK can work with it.

    Args:
        catalog: What was read from the catalog file; None and the SDK's own type pass unchecked.
        schemas: The schemas of the tap's streams.
        streams: The names of the tap's streams; entries of other streams are not checked.

    Raises:
        ConfigError: It is no Singer catalog, or asks for what there is not.
    """
    if not isinstance(catalog, dict):
        return catalog
    try:
        entries = [entry for name, entry in Catalog.from_dict(catalog).items() if name in streams]
        problems = [
            problem for entry in entries for problem in _problems(entry, schemas.get_schema(entry.tap_stream_id))
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise not_a_catalog() from None
    if "streams" not in catalog:
        raise not_a_catalog()
    if problems:
        msg = f"--catalog: {problems[0]}"
        raise ConfigError(msg)
    return catalog


def not_a_catalog() -> ConfigError:
    """Return the error for what the SDK can't work with."""
    return ConfigError("--catalog: this is no Singer catalog; make one with tap-spott --discover")


def _problems(entry: CatalogEntry, own_schema: object) -> Iterator[str]:
    name = entry.tap_stream_id
    if (entry.stream or name) != name:
        yield f"the stream {name} is called otherwise in its entry; use the setting stream_maps to rename it"
    method = entry.replication_method or getattr(entry.metadata.root, "forced_replication_method", None)
    if method not in METHODS:
        yield f"{name} can't be read by the replication method {method!r:.50}; use INCREMENTAL or FULL_TABLE"
    schema = entry.schema.to_dict()
    if schema != own_schema and not _is_schema_of_objects(schema):
        yield f"the schema of {name} is no JSON schema with properties"
    for key in entry.key_properties or ():
        if key not in schema.get("properties", {}):
            yield f"the key {key!r:.50} of {name} is not in its schema"


def _is_schema_of_objects(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("properties"), dict) and SCHEMAS.is_valid(schema)
