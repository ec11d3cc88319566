"""The reporter of progress: metrics and the table at the end of a run."""

import json
import logging
from typing import Any

import pytest

from spott_singer.command import Terminated
from spott_singer.progress import ProgressReporter, Status, StatusLine

VALUES = {"stream": "people", "records": 1234, "throttled_seconds": 60.04, "seconds": 3661.96, "bookmark": None}
TAGS = {name: value for name, value in VALUES.items() if name != "seconds"}


class Reporter(ProgressReporter):
    """Reports the same values for two streams, or nothing."""

    def __init__(self, streams: int = 2) -> None:
        super().__init__(logging.getLogger("test"))
        self._streams = streams

    def status_line(self) -> StatusLine | None:
        return None

    def summary(self, status: Status) -> list[dict[str, Any]]:
        return [{**VALUES, "status": status} for _ in range(self._streams)]


def test_run_ends_with_metrics_and_a_table(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), Reporter():
        pass
    *metrics, heading, first, second = [record.getMessage() for record in caplog.records]
    expected = {
        "type": "timer",
        "metric": "sync_duration",
        "value": 3661.96,
        "tags": {
            "stream": "people",
            "records": 1234,
            "throttled_seconds": 60.04,
            "bookmark": None,
            "status": "succeeded",
        },
    }
    assert [json.loads(line.removeprefix("METRIC: ")) for line in metrics] == [expected, expected]
    assert heading == "stream  records  throttled  seconds  bookmark"
    assert first == second == "people    1,234       60.0  3,662.0  none"


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "failed"), (BrokenPipeError, "failed"), (Terminated(15), "interrupted")]
)
def test_metrics_have_the_status_of_the_run(
    error: BaseException, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(BaseException), Reporter():  # noqa: B017, PT011 - of any kind
        raise error
    assert f'"status":"{status}"' in caplog.messages[0]


def test_run_without_streams_has_no_table(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), Reporter(streams=0):
        pass
    assert caplog.messages == []
