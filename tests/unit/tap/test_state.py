"""Validation of the state: bookmarks are kept, and an invalid state is an error that names the problem."""

import logging
from typing import Any

import pytest

from spott_client.errors import ConfigError
from tap_spott.state import check_state

KEYS = {"client_contacts": "modifiedAt", "opportunities": "syncedAt"}
TIME = "2024-01-31T10:20:30.000500Z"
BOOKMARK = {"replication_key": "modifiedAt", "replication_key_value": TIME}


@pytest.mark.parametrize(
    ("state", "bookmarks"),
    [
        pytest.param({}, {}, id="empty"),
        pytest.param({"bookmarks": {}}, {}, id="no bookmarks"),
        pytest.param({"bookmarks": None}, {}, id="null for bookmarks"),
        pytest.param({"version": 2, "bookmarks": {}, "completed": {}}, {}, id="other keys"),
        pytest.param({"bookmarks": {"client_contacts": {}}}, {"client_contacts": {}}, id="stream without bookmark"),
        pytest.param({"bookmarks": {"client_contacts": BOOKMARK}}, {"client_contacts": BOOKMARK}, id="bookmark"),
        pytest.param(
            {"bookmarks": {"client_contacts": {"replication_key_value": TIME}}},
            {"client_contacts": BOOKMARK},
            id="bookmark without replication key",
        ),
        pytest.param(
            {"bookmarks": {"client_contacts": BOOKMARK | {"replication_key_value": None}}},
            {"client_contacts": {}},
            id="null for the bookmark",
        ),
        pytest.param(
            {
                "bookmarks": {
                    "client_contacts": BOOKMARK
                    | {"replication_key_signpost": TIME, "progress_markers": {"x": 1}, "partitions": [], "starting": 1}
                }
            },
            {"client_contacts": BOOKMARK},
            id="markers of an earlier run",
        ),
        pytest.param(
            {"bookmarks": {"client_contacts": BOOKMARK | {"replication_key_value": "2024-01-31"}}},
            {"client_contacts": BOOKMARK | {"replication_key_value": "2024-01-31"}},
            id="date alone",
        ),
        pytest.param(
            {"bookmarks": {"placements": {"replication_key_value": 17, "partitions": []}}},
            {"placements": {"replication_key_value": 17, "partitions": []}},
            id="stream of another tap",
        ),
    ],
)
def test_only_bookmarks_are_kept(state: Any, bookmarks: dict[str, Any]) -> None:  # noqa: ANN401 - any JSON
    assert check_state(state, KEYS) == {"bookmarks": bookmarks}


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="array"),
        pytest.param("{}", id="string"),
        pytest.param(17, id="number"),
        pytest.param({"bookmarks": ["client_contacts"]}, id="array of bookmarks"),
        pytest.param({"bookmarks": TIME}, id="string for bookmarks"),
        pytest.param({"bookmarks": {"client_contacts": TIME}}, id="string for a bookmark"),
        pytest.param({"bookmarks": {"client_contacts": None}}, id="null for a stream"),
        pytest.param({"bookmarks": {"placements": [1]}}, id="array for another stream"),
    ],
)
def test_invalid_state_is_an_error(state: Any) -> None:  # noqa: ANN401 - any JSON
    with pytest.raises(ConfigError, match=r"^state: not a Singer state; it must look like"):
        check_state(state, KEYS)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("yesterday", id="word"),
        pytest.param("", id="empty"),
        pytest.param("2024-02-30T00:00:00Z", id="no such day"),
        pytest.param(1706696430, id="number"),
        pytest.param(0, id="zero"),
        pytest.param(False, id="boolean"),
        pytest.param([TIME], id="array"),
        pytest.param({"at": TIME}, id="object"),
    ],
)
def test_invalid_bookmark_is_an_error_that_names_the_stream(value: Any) -> None:  # noqa: ANN401 - any JSON
    state = {"bookmarks": {"opportunities": {"replication_key_value": value}}}
    with pytest.raises(ConfigError, match=r"^state: the bookmark of opportunities is not a date-time; correct"):
        check_state(state, KEYS)


def test_bookmark_of_another_replication_key_is_ignored_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    state = {"bookmarks": {"client_contacts": BOOKMARK, "opportunities": BOOKMARK}}
    with caplog.at_level(logging.WARNING):
        checked = check_state(state, KEYS)
    assert checked == {"bookmarks": {"client_contacts": BOOKMARK, "opportunities": {}}}
    assert [record.getMessage() for record in caplog.records] == [
        "opportunities: the bookmark is not of the replication key syncedAt; reading from the start"
    ]


def test_input_is_not_modified() -> None:
    state = {"bookmarks": {"client_contacts": BOOKMARK | {"partitions": []}}, "other": 1}
    check_state(state, KEYS)
    assert state == {"bookmarks": {"client_contacts": BOOKMARK | {"partitions": []}}, "other": 1}
