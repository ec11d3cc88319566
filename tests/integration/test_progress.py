"""What a person sees of a run: lines in a log, a live display at a terminal, a table at the end."""

import os
import pty
import re
import subprocess
import tempfile
import termios
from pathlib import Path

import pytest

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_sandbox import Sandbox
from tap_spott.progress import StreamProgress
from tests.support.tap import TAP, arguments, clean_environment, settings, sync
from tests.support.target import ids, load, messages

ERASE = b"\x1b[1A\x1b[2K"
LINE = (
    r"client_contact_details: \d[\d,]* records, \d+ a second, \d[\d,]* requests, "
    r"\d+% of the quota used, \d+% done, about (\d+ min )?\d+ s left"
)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_before_work_a_line_says_where_what_and_from_when(sandbox: Sandbox) -> None:
    first = sync(settings(sandbox))
    everything = "from the beginning client_contacts, client_contact_details, opportunities\n"
    assert f"Reading {sandbox.url}: {everything}" in first.stderr
    again = sync(settings(sandbox, lookback_seconds=0), first.state)
    for stream, state in first.state["bookmarks"].items():
        assert re.search(f"since {state['replication_key_value']} [^;]*{stream}[,;\n]", again.stderr)


def test_at_the_end_a_table_sums_up_each_stream(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"500": 0.1})
    output = sync(settings(sandbox, max_retries=20))
    heading = next(n for n, line in enumerate(output.stderr.splitlines()) if line.endswith("seconds  bookmark"))
    rows = [line.split("| ")[-1].split() for line in output.stderr.splitlines()[heading + 1 :]]
    assert [row[0] for row in rows] == ["client_contacts", "client_contact_details", "opportunities"]
    for name, records, requests, retries, skipped, _, _, bookmark in rows:
        assert int(records) == len(output.records(name))
        assert skipped == "0"
        assert int(retries) < int(requests)
        assert bookmark == output.state["bookmarks"][name]["replication_key_value"]
    asked = sum(int(row[2]) for row in rows)
    assert asked == len(sandbox.requests())
    assert any(row[3] != "0" for row in rows)


def test_a_failed_run_has_its_table_before_the_error(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, api_key="of somebody else"))
    assert output.status == 1
    assert re.search(r"client_contacts +0 +1 +0 +0 +0\.0 +\d+\.\d  none", output.stderr)


def test_every_ten_seconds_a_line_a_stream_with_what_is_left() -> None:
    with Sandbox(contacts=40, latency=0.35) as sandbox:
        output = sync(settings(sandbox, concurrency=1, page_size=50, requests_per_minute=1000))
    lines = re.findall(rf"{LINE}$", output.stderr, re.MULTILINE)
    assert lines
    assert output.stderr.count(" of the quota used") == len(lines)


def test_what_is_left_follows_from_what_there_is_and_from_the_quota() -> None:
    stats = RequestStats()
    progress = StreamProgress("people", stats, RateLimiter(10))
    stats.add(requests=10)
    progress.records, progress.expected = 50, lambda: 200
    assert progress.line().endswith(" 10 requests, 0% of the quota used, 25% done, about 2 min 0 s left")


def test_a_terminal_shows_the_same_live() -> None:
    seen = seen_at_a_terminal(TERM="xterm")
    assert re.search(rf"{LINE}\r\n".encode(), seen)
    shown, left = seen.rsplit(ERASE, 1)
    assert ERASE in shown
    assert b"bookmark" in left


@pytest.mark.parametrize(
    "env",
    [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "xterm", "TAP_SPOTT_LOGLEVEL": "WARNING"}],
    ids=["no color", "dumb", "only warnings"],
)
def test_a_terminal_is_left_alone_where_that_is_wished(env: dict[str, str]) -> None:
    assert b"\x1b" not in seen_at_a_terminal(**env)


def seen_at_a_terminal(**env: str) -> bytes:
    """Return what a terminal sees of a run of some seconds whose output goes elsewhere."""
    terminal, tap_side = pty.openpty()
    termios.tcsetwinsize(tap_side, (24, 160))
    with Sandbox(contacts=60, latency=0.05) as sandbox, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [TAP, *arguments(Path(folder), settings(sandbox, concurrency=2))],
            env={**clean_environment(), **env},
            stdout=subprocess.DEVNULL,
            stderr=tap_side,
        )
        os.close(tap_side)
        seen = b"".join(iter(lambda: read_from(terminal), b""))
        assert process.wait() == 0, seen.decode()
    os.close(terminal)
    return seen


def test_target_reports_the_same_progress(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=0.3)
    records = [{"id": each, "role": "Somebody"} for each in ids(sandbox, 40)]
    result = load(sandbox, tmp_path, messages([*records, {"role": 5}]), concurrency=1, requests_per_minute=1000)
    said = [line.split("| ")[-1] for line in result.stderr.splitlines() if "| target-spott " in line]
    assert f"Writing client_contacts to {sandbox.url}, from the streams client_contacts" in said
    on_its_way = (
        r"client_contacts: (\d+) records, \d a second, \d+ requests, \d% of the quota used, (\d+) updated, 1 rejected"
    )
    (told, *_) = filter(None, (re.fullmatch(on_its_way, line) for line in said))
    assert int(told[2]) - int(told[1]) in {-1, 0}, "one may have been updated meanwhile"
    heading, row = said[-3:-1]
    summed_up = dict(zip(heading.split(), row.split(), strict=True))
    assert summed_up | {"seconds": ""} == {
        "sink": "client_contacts",
        "created": "0",
        "updated": "40",
        "unchanged": "0",
        "rejected": "1",
        "unknown": "0",
        "requests": "40",
        "retries": "0",
        "waited": "0.0",
        "seconds": "",
    }
    assert said[-1].startswith("0 created, 40 updated, 0 unchanged, 1 rejected, 0 unknown.")


def read_from(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says when nobody is left at the other side
        return b""
