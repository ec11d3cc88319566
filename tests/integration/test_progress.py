"""The progress of a run: log lines, the bar at a terminal, metrics, and the summary at the end."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pyte
import pytest

from spott_sandbox import Sandbox
from tests.support.logs import metrics
from tests.support.tap import CORE, TAP, arguments, clean_environment, select, settings, sync, sync_in_subprocess
from tests.support.target import ids, load, messages

STATUS = (
    r"client_contact_details: \d+% done, about (\d+ min )?\d+ s left, \d[\d,]* records, "
    r"\d+ records/s, \d[\d,]* requests, \d+% of the rate limit"
)
SIZE = (150, 400)
"""Rows and columns of the terminal: all lines of a run fit, none wrapped."""
LOADER = """
import sys, time
for number, _ in enumerate(sys.stdin):
    if number % 10 == 0:
        sys.stderr.write(f"loader: line {number} of its own\\n")
"""
"""Reads messages, and meanwhile writes to the terminal that the tap draws on."""
JSON_LOG_CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "singer_sdk.logging.StructuredFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"level": "INFO", "handlers": ["console"]},
}
"""What Meltano writes to SINGER_SDK_LOG_CONFIG for a plugin with structured logging."""


def summary(stderr: str) -> list[dict[str, str]]:
    """Return the rows of the summary."""
    lines = [line.split("| ")[-1] for line in stderr.splitlines()]
    heading = next(number for number, line in enumerate(lines) if line.startswith("stream  "))
    columns = lines[heading].split()
    rows = [line.split() for line in lines[heading + 1 :]]
    return [dict(zip(columns, row, strict=True)) for row in rows if len(row) == len(columns)]


def test_plan_names_streams_and_their_start(sandbox: Sandbox) -> None:
    first = sync(settings(sandbox))
    everything = "from the beginning client_contacts, opportunities, client_contact_details\n"
    assert f"Reading {sandbox.url}: {everything}" in first.stderr
    again = sync(settings(sandbox, lookback_seconds=0), first.state)
    for stream, state in first.state["bookmarks"].items():
        assert re.search(f"since {state['replication_key_value']} [^;]*{stream}[,;\n]", again.stderr)


def test_log_of_a_quiet_run_is_the_plan_metrics_and_the_summary(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox))
    loggers = [line.split(" | ")[2].strip() for line in output.stderr.splitlines() if "| WARNING " not in line]
    assert loggers == ["tap-spott", *["singer_sdk.metrics"] * len(CORE), *["tap-spott"] * (1 + len(CORE))]


def test_debug_level_shows_the_lines_of_the_sdk(sandbox: Sandbox) -> None:
    output = sync_in_subprocess(settings(sandbox), env={"TAP_SPOTT_LOGLEVEL": "DEBUG"})
    assert "Skipping deselected stream 'clients'." in output.stderr
    assert '"metric":"record_count"' in output.stderr


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_metrics_match_the_output_and_the_requests(log_format: str, sandbox: Sandbox, tmp_path: Path) -> None:
    config_file = tmp_path / "logging.yaml"
    config_file.write_text(json.dumps(JSON_LOG_CONFIG))
    sandbox.settings(faults={"500": 0.1})
    env = {"SINGER_SDK_LOG_CONFIG": str(config_file)} if log_format == "json" else {}
    output = sync_in_subprocess(settings(sandbox, max_retries=20, concurrency=32), env=env)
    found = metrics(output.stderr)
    assert [(point["type"], point["metric"]) for point in found] == [("timer", "sync_duration")] * len(CORE)
    tags = {point["tags"]["stream"]: point["tags"] for point in found}
    assert list(tags) == list(CORE)
    for stream, values in tags.items():
        assert values["status"] == "succeeded"
        assert values["records"] == len(output.records(stream))
        assert values["bookmark"] == output.state["bookmarks"][stream]["replication_key_value"]
        assert 0 <= values["retries"] < values["requests"]
    assert sum(values["requests"] for values in tags.values()) == len(sandbox.requests())
    assert any(values["retries"] for values in tags.values())
    if log_format == "plain":
        rows = {row["stream"]: row for row in summary(output.stderr)}
        for point in found:
            row = rows[point["tags"]["stream"]]
            assert float(row["seconds"]) == pytest.approx(point["value"], abs=0.051)
            for column in ("records", "requests", "retries", "skipped", "bookmark"):
                assert row[column] == str(point["tags"][column])


def test_failed_stream_has_a_metric_and_the_others_succeed(sandbox: Sandbox) -> None:
    sandbox.settings(forbidden=["/clients/contacts"])
    output = sync(settings(sandbox), catalog=select("client_contacts", "opportunities"))
    statuses = {point["tags"]["stream"]: point["tags"]["status"] for point in metrics(output.stderr)}
    assert statuses == {"client_contacts": "failed", "opportunities": "succeeded"}


def test_failed_run_has_its_summary_before_the_error(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, api_key="of somebody else"))
    assert output.status == 1
    assert re.search(r"client_contacts +0 +1 +0 +0 +0\.0 +\d+\.\d  none", output.stderr)
    assert [point["tags"]["status"] for point in metrics(output.stderr)] == ["failed"]


def test_sigterm_leaves_metrics_of_started_streams(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=0.1)
    command = [TAP, *arguments(tmp_path, settings(sandbox), catalog=select(*CORE))]
    # In bytes: the rest of the output can begin within a character.
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
        assert tap.stdout
        while b'"stream":"client_contact_details","record"' not in (line := tap.stdout.readline()):
            assert line, "it has ended before"
        tap.send_signal(signal.SIGTERM)
        _, stderr = tap.communicate()
    (contacts, _, details) = [point["tags"] for point in metrics(stderr.decode())]
    assert (contacts["stream"], contacts["status"]) == ("client_contacts", "succeeded")
    assert (details["stream"], details["status"]) == ("client_contact_details", "interrupted")
    assert details["requests"] > 0


def test_bar_shows_the_status_below_the_log(tmp_path: Path) -> None:
    status, terminal = run_at_terminal("{tap} > messages", tmp_path)
    assert status == 0
    assert any(re.fullmatch(rf"█.*\| {STATUS}", line) for line in terminal.seen), terminal.seen[-5:]
    assert "| WARNING " in terminal.text, "nothing was logged while the bar was drawn"
    assert [row for row in terminal.rows if not re.match(r"\d{4}-\d\d-\d\d ", row)] == []


def test_bar_leaves_the_lines_of_other_programs(tmp_path: Path) -> None:
    loader = shlex.join([sys.executable, "-c", LOADER])
    status, terminal = run_at_terminal(f"{{tap}} | tee messages | {loader}", tmp_path)
    assert status == 0
    count = len((tmp_path / "messages").read_text().splitlines())
    written = [f"loader: line {number} of its own" for number in range(0, count, 10)]
    assert len(written) > 5
    assert [line for line in written if line not in terminal.text] == []
    assert any("of the rate limit" in row and "loader:" in row for row in terminal.rows), "the bar was never drawn"
    assert terminal.text.count("METRIC: ") == len(CORE)


@pytest.mark.parametrize(
    ("env", "output"),
    [({"TERM": "dumb"}, "> messages"), ({"TAP_SPOTT_LOGLEVEL": "WARNING"}, "> messages"), ({}, "")],
    ids=["dumb terminal", "only warnings", "messages at the terminal"],
)
def test_terminal_without_a_bar(env: dict[str, str], output: str, tmp_path: Path) -> None:
    status, terminal = run_at_terminal(f"{{tap}} {output}", tmp_path, contacts=5, **env)
    assert status == 0
    assert not re.search(rb"\r(?!\n)|\x1b", terminal.bytes)


class Terminal:
    """A terminal's screen, as an emulator draws it from the bytes written to it.

    Attributes:
        bytes: All bytes written.
        seen: The line that the cursor was in, after each arrival of bytes.
    """

    def __init__(self) -> None:
        self.bytes = b""
        self.seen: list[str] = []
        rows, columns = SIZE
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def write(self, data: bytes) -> None:
        self.bytes += data
        self._stream.feed(data)
        self.seen.append(self._screen.display[self._screen.cursor.y].rstrip())

    @property
    def text(self) -> str:
        """What stands there, lines that are longer than a row put together again."""
        return "".join(self._screen.display)

    @property
    def rows(self) -> list[str]:
        """The rows in which something stands."""
        return [row.rstrip() for row in self._screen.display if row.strip()]


def run_at_terminal(command: str, folder: Path, contacts: int = 60, **env: str) -> tuple[int, Terminal]:
    """Run a shell command at a terminal, with the tap for `{tap}`, and return its status and the terminal."""
    main, side = pty.openpty()
    termios.tcsetwinsize(side, SIZE)
    terminal = Terminal()
    with Sandbox(contacts=contacts, latency=0.05) as sandbox:
        config = settings(sandbox, concurrency=2)
        tap = shlex.join([TAP, *arguments(folder, config, catalog=select(*CORE))])
        with subprocess.Popen(
            ["/bin/bash", "-o", "pipefail", "-c", command.replace("{tap}", tap)],
            env={**clean_environment(), "TERM": "xterm", "NO_COLOR": "1", **env},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=side,
            stderr=side,
        ) as process:
            os.close(side)
            while data := read_from(main):
                terminal.write(data)
    os.close(main)
    return process.returncode, terminal


def read_from(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says when nobody is left at the other side
        return b""


def test_target_reports_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    records = [{"id": each, "role": "Somebody"} for each in ids(sandbox, 40)]
    result = load(sandbox, tmp_path, messages([*records, {"role": 5}]))
    lines = [line.split("| ")[-1] for line in result.stderr.splitlines()]
    plan, _, _, heading, row, end = lines
    assert plan == f"Writing client_contacts to {sandbox.url}, from the streams client_contacts"
    assert end.startswith("0 created, 40 updated, 0 unchanged, 1 rejected, 0 unknown.")
    counts = {"created": 0, "updated": 40, "unchanged": 0, "rejected": 1, "unknown": 0, "requests": 40, "retries": 0}
    cells = dict(zip(heading.split(), row.split(), strict=True))
    seconds = float(cells.pop("seconds"))
    assert cells == {
        name: str(value) for name, value in {"sink": "client_contacts", **counts, "throttled": 0.0}.items()
    }
    (metric,) = metrics(result.stderr)
    assert metric["value"] == pytest.approx(seconds, abs=0.051)
    assert metric["tags"] == {"sink": "client_contacts", **counts, "throttled_seconds": 0.0, "status": "failed"}
