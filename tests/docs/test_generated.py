"""Tables and pictures in the documents are what the code and the benchmark say."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.chart import CHART, chart
from demo.load import WHO_WORKS_WHERE
from tap_spott.endpoints import DetailEndpoint, FilterSupport, ListEndpoint
from tap_spott.records.personal_data import kinds_of
from tap_spott.streams.base import ANNOTATED_SCHEMAS, DetailStream, ListStream
from tap_spott.streams.definitions import STREAMS
from tests.support.documents import ROOT, marked

README, DOCS = ROOT / "README.md", ROOT / "docs"
SDK_SETTINGS = {"stream_maps", "stream_map_config", "faker_config"}


def settings_table(program: str) -> str:
    """Return the table of a program's settings, from its `--about`."""
    command = [str(Path(sys.executable).with_name(program)), "--about", "--format=json"]
    about = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    properties = about["settings"]["properties"]
    own = {name: s for name, s in properties.items() if name not in SDK_SETTINGS and not name.startswith("flattening")}
    rows = [
        f"| `{name}` | {default(program, name, setting)} | {setting['description']} |" for name, setting in own.items()
    ]
    return "\n".join(["| Setting | Default | |", "|---|---|---|", *rows])


def default(program: str, name: str, setting: dict[str, Any]) -> str:
    """Return a setting's default for the table."""
    if name == "api_key":
        return "required"
    if name == "user_agent":
        return f"`{program}/<version>`"
    return f"`{json.dumps(setting['default'])}`".replace('"', "") if "default" in setting else "none"


@pytest.mark.parametrize(
    ("document", "program"),
    [("README.md", "tap-spott"), ("docs/reverse-etl.md", "target-spott")],
    ids=["tap-spott", "target-spott"],
)
def test_settings_tables_match_the_settings(document: str, program: str) -> None:
    assert marked(ROOT / document, "settings") == settings_table(program)


def test_readme_lists_each_stream() -> None:
    head = ["| Stream | Replication key | Default |", "|---|---|---|"]
    rows = [f"| `{stream.name}` | {replication_key(stream)} | {default_selection(stream)} |" for stream in STREAMS]
    assert marked(README, "streams") == "\n".join(head + rows)


def test_streams_page_describes_each_stream() -> None:
    names = "Stream, Endpoint, Primary key, Replication method, Replication key, Filters, Default, Schema, Content"
    head = [f"| {names.replace(', ', ' | ')} |", "|---|" + names.count(",") * "---|"]
    assert marked(DOCS / "streams.md", "streams") == "\n".join(head + [stream_row(stream) for stream in STREAMS])


def stream_row(stream: type[ListStream | DetailStream]) -> str:
    endpoints = [stream.endpoint] if issubclass(stream, DetailStream) else stream.endpoints
    cells = [
        f"`{stream.name}`",
        "<br>".join(f"GET {endpoint.path.replace('{}', '{' + id_name(endpoint) + '}')}" for endpoint in endpoints),
        ", ".join(f"`{key}`" for key in stream.primary_keys),
        "incremental" if stream.replication_key else "full table",
        f"`{stream.replication_key}`" if stream.replication_key else "none",
        ", ".join(filters(endpoints[0])) or "none",
        default_selection(stream),
        stream.confidence,
        str(stream.__doc__).rstrip("."),
    ]
    return f"| {' | '.join(cells)} |"


def replication_key(stream: type[ListStream | DetailStream]) -> str:
    return f"`{stream.replication_key}`" if stream.replication_key else "none: full table"


def default_selection(stream: type[ListStream | DetailStream]) -> str:
    return "on" if stream.selected_by_default else "off"


def id_name(endpoint: ListEndpoint | DetailEndpoint) -> str:
    return "candidateId" if isinstance(endpoint, DetailEndpoint) and endpoint.id_column == "candidateId" else "id"


def filters(endpoint: ListEndpoint | DetailEndpoint) -> Iterator[str]:
    if isinstance(endpoint, DetailEndpoint):
        yield "one request per record"
        return
    if endpoint.supports_modified_since:
        yield "`modifiedSince`"
    if endpoint.modified_until is not FilterSupport.NONE:
        yield "`modifiedUntil`" + (" (probed)" if endpoint.modified_until is FilterSupport.UNKNOWN else "")
    if endpoint.company_filter:
        yield f"`{endpoint.company_filter}`"


def personal_data_table() -> str:
    """Return the table of the kinds of personal data in each column."""
    head = ["| Stream | People and addresses | The agency's staff | Free text |", "|---|---|---|---|"]
    return "\n".join(head + [personal_data_row(stream.name) for stream in STREAMS])


def personal_data_row(stream: str) -> str:
    columns = {name: kinds_of(column) for name, column in ANNOTATED_SCHEMAS.get_schema(stream)["properties"].items()}
    people, staff, free_text = [], [], []
    for name, kinds in columns.items():
        of_staff = sorted(kind.removeprefix("staff_") for kind in kinds if kind.startswith("staff_"))
        of_people = sorted(kind for kind in kinds if not kind.startswith("staff_") and kind != "free_text")
        people += [f"`{name}`: {', '.join(of_people)}"] if of_people else []
        staff += [f"`{name}`: {', '.join(of_staff)}"] if of_staff else []
        free_text += [f"`{name}`"] if "free_text" in kinds else []
    cells = ["<br>".join(people) or "none", "<br>".join(staff) or "none", ", ".join(free_text) or "none"]
    return f"| `{stream}` | {' | '.join(cells)} |".replace("_or_profile_url", " or profile URL").replace(
        "birth_date", "birth date"
    )


def test_privacy_page_lists_each_column_with_personal_data() -> None:
    assert marked(DOCS / "privacy.md", "personal-data") == personal_data_table()


@pytest.mark.parametrize("benchmark", ["cost", "end-to-end"])
def test_tables_of_performance_match_the_benchmark(benchmark: str) -> None:
    _, _, measured = marked(ROOT / "benchmarks/README.md", benchmark).partition("\n\n")
    without_baseline = [row for row in measured.splitlines() if "tap-spott" not in row]
    assert marked(DOCS / "performance.md", benchmark).splitlines() == without_baseline


def test_benchmark_chart_matches_the_benchmark() -> None:
    assert CHART.read_text() == chart(), "run: python3 -m benchmarks.chart"


@pytest.mark.parametrize("picture", sorted((DOCS / "images").glob("*.svg")), ids=lambda picture: picture.name)
def test_pictures_have_a_dark_mode(picture: Path) -> None:
    light, dark_mode, dark = picture.read_text().partition("@media (prefers-color-scheme: dark)")
    assert dark_mode
    styled = re.findall(r"^(\S+) \{.*(?:fill|stroke): #", light, re.MULTILINE)
    assert styled
    assert [selector for selector in styled if f"\n{selector} {{" not in dark] == []
    ET.fromstring(light + dark_mode + dark)  # noqa: S314 - our own file


def test_example_query_is_the_demos() -> None:
    assert f"\n{WHO_WORKS_WHERE}\n" in (DOCS / "warehouses.md").read_text()


def test_each_guarantee_has_tests() -> None:
    listed = re.findall(r"^\| (\d+) \| \*\*", (DOCS / "guarantees.md").read_text(), re.MULTILINE)
    tests = (ROOT / "tests/integration/test_guarantees.py").read_text()
    tested = set(re.findall(r"^def test_guarantee_(\d+)_", tests, re.MULTILINE))
    assert listed == [str(number) for number in range(1, 11)]
    assert tested == set(listed)


def test_architecture_page_lists_each_module() -> None:
    page = (DOCS / "architecture.md").read_text()
    packages = ("spott_client", "spott_singer", "tap_spott", "target_spott", "orchestrate", "spott_sandbox")
    paths = [path for package in packages for path in (ROOT / package).rglob("*.py") if path.name != "__init__.py"]
    modules = {str(path.relative_to(ROOT)) for path in paths if ".venv" not in path.parts}
    listed = re.findall(r"^\| `(\S+\.py)` \| \S", page, re.MULTILINE)
    assert sorted(listed) == sorted(modules)
    named = re.findall(r"`([\w/]+\.py)`", page)
    assert [name for name in named if not any(f"/{module}".endswith(f"/{name}") for module in modules)] == []
