"""The catalog that a run is given, checked: it may have been edited by hand."""

from __future__ import annotations

from typing import Any

from singer_sdk.singerlib import Catalog

from tap_spott.errors import SettingError

METHODS = {None, "FULL_TABLE", "INCREMENTAL"}


def check_catalog(catalog: Any) -> Any:  # noqa: ANN401 - whatever the SDK takes
    """Return the catalog, if the SDK can work with it.

    Raises:
        SettingError: It is no Singer catalog, or asks for a replication method that there is not.
    """
    if not isinstance(catalog, dict):
        return catalog
    try:
        parsed = Catalog.from_dict(catalog)
        methods = {
            name: entry.replication_method or getattr(entry.metadata.root, "forced_replication_method", None)
            for name, entry in parsed.items()
        }
        [entry.schema.to_dict()["properties"] for entry in parsed.values()]
    except (AttributeError, KeyError, TypeError, ValueError):
        methods = None
    if not methods:
        msg = "--catalog: this is no Singer catalog; make one with tap-spott --discover"
        raise SettingError(msg)
    for name, method in methods.items():
        if method not in METHODS:
            msg = f"--catalog: {name} can't be read by replication method {method!r}; use INCREMENTAL or FULL_TABLE"
            raise SettingError(msg)
    return catalog
