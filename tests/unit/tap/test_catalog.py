"""Validation of the catalog: a valid one is not modified, and an invalid one is an error that names the problem."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from spott_client.errors import ConfigError
from tap_spott.catalog import check_catalog
from tap_spott.streams.base import SCHEMAS
from tap_spott.streams.definitions import STREAMS
from tap_spott.tap import TapSpott
from tests.support.tap import root

CATALOG = TapSpott(config={}, validate_config=False).catalog_dict
STREAM_NAMES = [stream.name for stream in STREAMS]
Entry = dict[str, Any]


def changed(change: Callable[[Entry], object]) -> dict[str, Any]:
    """Return the discovered catalog with a change to its first stream."""
    catalog: dict[str, Any] = copy.deepcopy(CATALOG)
    change(catalog["streams"][0])
    return catalog


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="as discovered"),
        pytest.param(lambda entry: entry.pop("replication_method"), id="no replication method"),
        pytest.param(lambda entry: entry.update(replication_method="FULL_TABLE"), id="full table"),
        pytest.param(lambda entry: entry.pop("stream"), id="no stream name"),
        pytest.param(lambda entry: entry.pop("key_properties"), id="no key properties"),
        pytest.param(lambda entry: entry["schema"]["properties"].pop("firstName"), id="fewer columns"),
        pytest.param(lambda entry: entry.update(tap_stream_id="invoices", schema={}), id="stream of another tap"),
    ],
)
def test_valid_catalog_is_returned_unmodified(change: Callable[[Entry], object]) -> None:
    catalog = changed(change)
    before = copy.deepcopy(catalog)
    assert check_catalog(catalog, SCHEMAS, STREAM_NAMES) is catalog
    assert catalog == before


FIRST = CATALOG["streams"][0]["tap_stream_id"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(
            lambda entry: entry.update(stream="people"),
            f"{FIRST}: `stream` differs from `tap_stream_id`; make them equal",
            id="different names",
        ),
        pytest.param(
            lambda entry: entry.update(replication_method="LOG_BASED"),
            f"{FIRST}: unsupported replication method 'LOG_BASED'; use INCREMENTAL or FULL_TABLE",
            id="replication method",
        ),
        pytest.param(
            lambda entry: (entry.pop("replication_method"), root(entry).update({"forced-replication-method": "ALL"})),
            f"{FIRST}: unsupported replication method 'ALL'",
            id="replication method in the metadata",
        ),
        pytest.param(lambda entry: entry.update(schema={}), f"{FIRST}: not a JSON schema", id="no schema"),
        pytest.param(
            lambda entry: entry["schema"]["properties"].update(firstName={"type": "txt"}),
            f"{FIRST}: not a JSON schema with properties; create",
            id="unknown type",
        ),
        pytest.param(
            lambda entry: entry.update(key_properties=["number"]),
            f"{FIRST}: key property 'number' is missing",
            id="key",
        ),
    ],
)
def test_invalid_stream_is_an_error_that_names_it(change: Callable[[Entry], object], problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_catalog(changed(change), SCHEMAS, STREAM_NAMES)
    assert str(error.value).startswith(f"--catalog: {problem}")


@pytest.mark.parametrize("catalog", [{}, {"streams": None}, {"streams": [1]}, {"streams": [{}]}, {"streams": {"a": 1}}])
def test_invalid_catalog_is_an_error(catalog: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="--catalog: not a Singer catalog; create one with tap-spott --discover"):
        check_catalog(catalog, SCHEMAS, STREAM_NAMES)
