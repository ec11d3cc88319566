"""Validate the catalog of a run, which may have been edited by hand."""

from collections.abc import Collection, Iterator
from typing import Any

from jsonschema import Draft7Validator
from singer_sdk import SchemaDirectory
from singer_sdk.singerlib import Catalog, CatalogEntry

from spott_client.errors import ConfigError

SCHEMA_VALIDATOR = Draft7Validator(Draft7Validator.META_SCHEMA)  # three times as fast as the newest draft
REPLICATION_METHODS = {None, "FULL_TABLE", "INCREMENTAL"}
CREATE_AGAIN = "create the catalog again with tap-spott --discover"


def check_catalog(catalog: Any, schemas: SchemaDirectory, streams: Collection[str]) -> Any:  # noqa: ANN401 - any JSON
    """Return the catalog if it is valid.

    Args:
        catalog: The content of the catalog file; None and the SDK's `Catalog` are not checked.
        schemas: The schemas of the tap's streams.
        streams: The names of the tap's streams; entries of other streams are not checked.

    Raises:
        ConfigError: It is not a Singer catalog, or one of its streams is invalid.
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
    """Return the error for a catalog that the SDK can't read."""
    return ConfigError("--catalog: not a Singer catalog; create one with tap-spott --discover")


def _problems(entry: CatalogEntry, own_schema: object) -> Iterator[str]:
    name = entry.tap_stream_id
    if (entry.stream or name) != name:
        yield f"{name}: `stream` differs from `tap_stream_id`; make them equal, and rename tables with stream_maps"
    method = entry.replication_method or getattr(entry.metadata.root, "forced_replication_method", None)
    if method not in REPLICATION_METHODS:
        yield f"{name}: unsupported replication method {method!r:.50}; use INCREMENTAL or FULL_TABLE"
    schema = entry.schema.to_dict()
    has_properties = isinstance(schema.get("properties"), dict)
    if schema != own_schema and not (has_properties and SCHEMA_VALIDATOR.is_valid(schema)):
        yield f"{name}: not a JSON schema with properties; {CREATE_AGAIN}"
    for key in entry.key_properties or ():
        if key not in schema.get("properties", {}):
            yield f"{name}: key property {key!r:.50} is missing in the schema; {CREATE_AGAIN}"
