"""Progress of a load: status line, summary and status."""

from collections import Counter

import pytest

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_singer.progress import Status
from target_spott.progress import LoadProgress


def test_status_line_counts_records_by_outcome() -> None:
    stats = RequestStats()
    progress = LoadProgress(Counter(updated=1200, rejected=1), stats, RateLimiter(10))
    stats.add(requests=1234)
    text, fraction = progress.status_line()
    assert text.startswith("client_contacts: 1,200 updated, 1 rejected, 1,201 records, ")
    assert text.endswith(" records/s, 1,234 requests, 0% of the rate limit")
    assert fraction is None, "the number of records to come is unknown"


@pytest.mark.parametrize(
    ("counts", "run_status", "expected"),
    [
        ({"created": 1}, Status.SUCCEEDED, "succeeded"),
        ({"created": 1, "rejected": 1}, Status.SUCCEEDED, "failed"),
        ({"unknown": 1}, Status.SUCCEEDED, "failed"),
        ({"rejected": 1}, Status.INTERRUPTED, "interrupted"),
    ],
)
def test_load_with_rejected_or_unknown_records_has_failed(
    counts: dict[str, int], run_status: Status, expected: str
) -> None:
    (values,) = LoadProgress(Counter(counts), RequestStats(), RateLimiter(10)).summary(run_status)
    assert values["status"] == expected
    assert [values[name] for name in counts] == list(counts.values())
