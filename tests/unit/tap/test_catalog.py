"""A catalog is taken as it is, or refused with a line that says what to mend."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from spott_client.errors import ConfigError
from tap_spott.catalog import check_catalog
from tap_spott.streams.base import SCHEMAS
from tap_spott.streams.definitions import STREAMS
from tests.support.tap import discovered, root

CATALOG = json.loads(discovered())
STREAM_NAMES = [stream.name for stream in STREAMS]
Entry = dict[str, Any]


def changed(change: Callable[[Entry], object]) -> dict[str, Any]:
    """Return the catalog with a change to its first stream."""
    catalog: dict[str, Any] = copy.deepcopy(CATALOG)
    change(catalog["streams"][0])
    return catalog


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="as discovered"),
        pytest.param(lambda entry: entry.pop("replication_method"), id="no method"),
        pytest.param(lambda entry: entry.update(replication_method="FULL_TABLE"), id="full table"),
        pytest.param(lambda entry: entry.pop("stream"), id="no second name"),
        pytest.param(lambda entry: entry.pop("key_properties"), id="no keys"),
        pytest.param(lambda entry: entry["schema"]["properties"].pop("firstName"), id="fewer columns"),
        pytest.param(lambda entry: entry.update(tap_stream_id="invoices", schema={}), id="another tap's stream"),
    ],
)
def test_what_can_be_worked_with_is_taken_as_it_is(change: Callable[[Entry], object]) -> None:
    catalog = changed(change)
    before = copy.deepcopy(catalog)
    assert check_catalog(catalog, SCHEMAS, STREAM_NAMES) is catalog
    assert catalog == before


FIRST = CATALOG["streams"][0]["tap_stream_id"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(
            lambda entry: entry.update(stream="people"), f"the stream {FIRST} is called otherwise", id="another name"
        ),
        pytest.param(
            lambda entry: entry.update(replication_method="LOG_BASED"),
            f"{FIRST} can't be read by the replication method 'LOG_BASED'; use INCREMENTAL or FULL_TABLE",
            id="method",
        ),
        pytest.param(
            lambda entry: (entry.pop("replication_method"), root(entry).update({"forced-replication-method": "ALL"})),
            f"{FIRST} can't be read by the replication method 'ALL'",
            id="method in the metadata",
        ),
        pytest.param(lambda entry: entry.update(schema={}), f"the schema of {FIRST} is no JSON schema", id="no schema"),
        pytest.param(
            lambda entry: entry["schema"]["properties"].update(firstName={"type": "txt"}),
            f"the schema of {FIRST} is no JSON schema with properties",
            id="unknown type",
        ),
        pytest.param(
            lambda entry: entry.update(key_properties=["number"]), f"the key 'number' of {FIRST} is not in", id="key"
        ),
    ],
)
def test_what_can_not_be_worked_with_is_named(change: Callable[[Entry], object], problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_catalog(changed(change), SCHEMAS, STREAM_NAMES)
    assert str(error.value).startswith(f"--catalog: {problem}")


@pytest.mark.parametrize("catalog", [{}, {"streams": None}, {"streams": [1]}, {"streams": [{}]}, {"streams": {"a": 1}}])
def test_what_is_no_catalog_is_refused(catalog: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="--catalog: this is no Singer catalog; make one with tap-spott --discover"):
        check_catalog(catalog, SCHEMAS, STREAM_NAMES)
