"""Settings, states and catalogs of any shape end with one clear line or a correct run, never with a traceback."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_sandbox import Sandbox
from tap_spott.tap import TapSpott
from tests.support.logs import logged
from tests.support.oracle import assert_equal_to_source
from tests.support.tap import CORE, STREAMS, Warehouse, arguments, select, settings, sync

NOWHERE = {"api_key": "sk-live-5f0c9d1e", "api_url": "http://127.0.0.1:9", "max_retries": 0}
CATALOG = {"streams": [stream for stream in select(*CORE)["streams"] if stream["tap_stream_id"] in CORE]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SETTINGS = sorted(TapSpott.config_jsonschema["properties"])
FIXED = {"api_url", "max_retries"}
BOOKMARK = st.fixed_dictionaries(
    {},
    optional={
        "replication_key_value": JSON | st.datetimes().map(str),
        "replication_key": JSON | st.just("modifiedAt"),
        "partitions": JSON,
        "progress_markers": JSON,
        "starting_replication_value": JSON,
    },
)


def assert_one_clear_line(config: Any, state: Any = None, catalog: Any = None) -> None:  # noqa: ANN401 - any JSON
    """Run the command in this process, and assert that it ends with status 1 and one line without a traceback."""
    with tempfile.TemporaryDirectory() as folder, logged("tap-spott") as lines, pytest.raises(SystemExit) as end:
        TapSpott.cli.main(arguments(Path(folder), config, state, catalog), prog_name="tap-spott")
    assert end.value.code == 1
    assert lines
    assert "Unexpected" not in lines[-1], lines[-1]
    assert "\n" not in lines[-1]
    assert "sk-live" not in "".join(lines)


@given(st.dictionaries(st.sampled_from(SETTINGS) | st.text(), JSON, max_size=4))
def test_settings_of_any_shape_end_with_one_clear_line(changes: dict[str, Any]) -> None:
    # The URL stays one without a server, so that runs are short.
    assert_one_clear_line(NOWHERE | {name: value for name, value in changes.items() if name not in FIXED})


@given(
    JSON | st.fixed_dictionaries({"bookmarks": st.dictionaries(st.sampled_from(STREAMS) | st.text(), BOOKMARK | JSON)})
)
def test_states_of_any_shape_end_with_one_clear_line(state: Any) -> None:  # noqa: ANN401 - any JSON
    assert_one_clear_line(NOWHERE, state if state is not None else {})


def damage(catalog: Any, data: st.DataObject) -> None:  # noqa: ANN401 - any JSON
    """Replace a random value in a catalog."""
    place = catalog
    for _ in range(data.draw(st.integers(0, 8), label="depth")):
        inside = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(inside), label="in")
        if not isinstance(place[key], dict | list) or not place[key]:
            break
        place = place[key]
    inside = list(place) if isinstance(place, dict) else list(range(len(place)))
    key = data.draw(st.sampled_from(inside), label="of")
    place[key] = data.draw(JSON, label="becomes")


@given(st.data())
def test_damaged_catalogs_cause_no_unexpected_error(data: st.DataObject) -> None:
    catalog = json.loads(json.dumps(CATALOG))
    damage(catalog, data)
    with tempfile.TemporaryDirectory() as folder, logged("tap-spott") as lines, pytest.raises(SystemExit) as end:
        TapSpott.cli.main(arguments(Path(folder), NOWHERE, None, catalog), prog_name="tap-spott")
    assert end.value.code in {0, 1}
    assert not [line for line in lines if "Unexpected" in line]


def test_deselected_keys_are_emitted(small: Sandbox) -> None:
    catalog = select(*STREAMS)
    for stream in catalog["streams"]:
        keys = [*stream["key_properties"], stream.get("replication_key")]
        for part in stream["metadata"]:
            if part["breadcrumb"] in [["properties", key] for key in keys]:
                part["metadata"]["selected"] = False
    warehouse = Warehouse()
    warehouse.load(sync(settings(small), catalog=catalog))
    assert_equal_to_source(warehouse, small, *STREAMS)


def test_bookmarks_of_another_tap_are_kept(sandbox: Sandbox) -> None:
    other = {"bookmarks": {"invoices": {"replication_key_value": 7}}}
    first = sync(settings(sandbox), other)
    assert first.state["bookmarks"]["invoices"] == {"replication_key_value": 7}
    assert first.status == 0
