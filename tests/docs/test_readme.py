"""The README's words are true: its tables are what the code says."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.load import WHO_WORKS_WHERE
from tap_spott.endpoints import DetailEndpoint, FilterSupport, ListEndpoint
from tap_spott.streams.base import DetailStream, ListStream
from tap_spott.streams.definitions import STREAMS
from tests.support.documents import broken_links
from tests.support.tap import clean_environment

README = Path(__file__).parents[2] / "README.md"
SDK_SETTINGS = {"stream_maps", "stream_map_config", "faker_config"}


def settings_table(program: str) -> str:
    """Return the table of a program's settings as the README has to show it."""
    command = [str(Path(sys.executable).with_name(program)), "--about", "--format=json"]
    described = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    properties = described["settings"]["properties"]
    own = {name: s for name, s in properties.items() if name not in SDK_SETTINGS and not name.startswith("flattening")}
    rows = [
        f"| `{name}` | {default(program, name, setting)} | {setting['description']} |" for name, setting in own.items()
    ]
    return "\n".join(["| Setting | Default | |", "|---|---|---|", *rows])


def default(program: str, name: str, setting: dict[str, Any]) -> str:
    """Return how the table shows a setting's default."""
    if name == "api_key":
        return "required"
    if name == "user_agent":
        return f"`{program}/<version>`"
    return f"`{json.dumps(setting['default'])}`".replace('"', "") if "default" in setting else "none"


@pytest.mark.parametrize(("paper", "program"), [("README.md", "tap-spott"), ("docs/reverse-etl.md", "target-spott")])
def test_the_settings_are_those_of_the_code(paper: str, program: str) -> None:
    text = (README.parent / paper).read_text()
    shown = re.search(r"<!-- settings[^\n]*-->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert shown
    assert shown[1] == settings_table(program)


def test_the_query_is_the_one_that_the_demonstration_shows() -> None:
    assert f"\n{WHO_WORKS_WHERE}\n" in README.read_text()


def test_each_promise_has_its_tests() -> None:
    promised = set(re.findall(r"^\| (\d+) \| \*\*", README.read_text(), re.MULTILINE))
    tests = (README.parent / "tests/integration/test_guarantees.py").read_text()
    assert (
        promised == set(re.findall(r"^def test_guarantee_(\d+)_", tests, re.MULTILINE)) == set(map(str, range(1, 11)))
    )


def test_every_link_leads_somewhere() -> None:
    assert broken_links(README) == []


def test_the_cost_is_what_the_benchmark_has_measured() -> None:
    benchmarks = (README.parent / "benchmarks/README.md").read_text()
    measured = re.search(r"<!-- cost -->\n(.*?)\n\n(.*?)\n<!-- end -->", benchmarks, re.DOTALL)
    shown = re.search(r"<!-- cost:[^\n]*-->\n(.*?)\n<!-- end -->", README.read_text(), re.DOTALL)
    assert measured
    assert shown
    assert shown[1] == measured[2]


STREAMS_HEAD = "| Stream | Endpoint | Key | Bookmark | Filters | By default | Shape | What it holds |"


def streams_table() -> str:
    """Return the table of streams as the README has to show it."""
    return "\n".join([STREAMS_HEAD, "|---|---|---|---|---|---|---|---|", *map(stream_row, STREAMS)])


def stream_row(stream: type[ListStream | DetailStream]) -> str:
    endpoints = [stream.detail] if issubclass(stream, DetailStream) else stream.lists
    cells = [
        f"`{stream.name}`",
        "<br>".join(f"GET {endpoint.path.replace('{}', '{' + id_name(endpoint) + '}')}" for endpoint in endpoints),
        ", ".join(f"`{key}`" for key in stream.primary_keys),
        f"`{stream.replication_key}`" if stream.replication_key else "none: read in full",
        ", ".join(filters(endpoints[0])) or "none",
        "on" if stream.selected_by_default else "off",
        stream.confidence,
        str(stream.__doc__).rstrip("."),
    ]
    return f"| {' | '.join(cells)} |"


def id_name(endpoint: ListEndpoint | DetailEndpoint) -> str:
    return "candidateId" if isinstance(endpoint, DetailEndpoint) and endpoint.id_column == "candidateId" else "id"


def filters(endpoint: ListEndpoint | DetailEndpoint) -> Iterator[str]:
    if isinstance(endpoint, DetailEndpoint):
        yield "one request a record"
        return
    if endpoint.supports_modified_since:
        yield "`modifiedSince`"
    if endpoint.modified_until is not FilterSupport.NONE:
        yield "`modifiedUntil`" + (", if it is heeded" if endpoint.modified_until is FilterSupport.UNKNOWN else "")
    if endpoint.company_filter:
        yield f"`{endpoint.company_filter}`"


def test_the_streams_are_those_of_the_code() -> None:
    shown = re.search(r"<!-- streams:[^\n]*-->\n(.*?)\n<!-- end -->", README.read_text(), re.DOTALL)
    assert shown
    assert shown[1] == streams_table()


def test_a_run_looks_as_it_is_shown() -> None:
    text = re.sub(r"\s+", " ", README.read_text())
    command = re.search(r"`(spott-sandbox[^`]+) > output.jsonl` with `TAP_SPOTT_REQUESTS_PER_MINUTE=(\d+)`", text)
    shown = re.search(r"<!-- a run:[^\n]*-->\n```\n(.*?)\n```\n<!-- end -->", README.read_text(), re.DOTALL)
    assert command
    assert shown
    program, *arguments = shlex.split(command[1])
    bin_ = Path(sys.executable).parent
    process = subprocess.run(
        [bin_ / program, *arguments],
        env={**clean_environment(), "PATH": str(bin_), "TAP_SPOTT_REQUESTS_PER_MINUTE": command[2]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    said = [line.split(" | ") for line in process.stderr.splitlines()]
    lines = [line[3] for line in said if line[2].strip() == "tap-spott"]
    reading = next(at for at, line in enumerate(lines) if line.startswith("Reading"))
    assert set(shapes(shown[1].splitlines())) <= set(shapes(lines[reading:]))


def shapes(lines: list[str]) -> list[str]:
    """Return the lines without what differs between two runs: numbers, times, and which stream is found under way."""
    plain = [re.sub(r"\d[\d,.:TZ-]*", "0", re.sub(r" +", " ", re.sub(r"\d+ min ", "", line))) for line in lines]
    return [re.sub(r"^\w+: 0 records.*", "0 records", line) for line in plain]
