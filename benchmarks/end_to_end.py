"""Load contacts into PostgreSQL: the loader alone from a file, and the tap and the loader in a pipe."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.contenders import CONTACTS, LOADER, PROGRAMS, TAP_SPOTT
from benchmarks.environments import prepare, scripts
from benchmarks.report import describe_environment, format_table
from benchmarks.runs import catalog
from benchmarks.sandbox import sandbox
from benchmarks.suite import Sizes

COPY = {"use_copy": True}
UNVALIDATED = COPY | {"validate_records": False}
ALL, SCALARS = "all", "scalars"


@dataclass(eq=False)  # each is a key of its own
class Variant:
    """A combination to measure: the columns that the tap writes, and the settings of target-postgres."""

    name: str
    settings: Mapping[str, bool | int]
    columns: str = ALL


VARIANTS = (
    Variant("defaults of target-postgres", {}),
    Variant("`use_copy`", COPY),
    Variant("`use_copy`, not `validate_records`", UNVALIDATED),
    Variant("the same, `batch_size_rows: 1000`", UNVALIDATED | {"batch_size_rows": 1_000}),
    Variant("the same, `batch_size_rows: 50000`", UNVALIDATED | {"batch_size_rows": 50_000}),
    Variant("`use_copy`, not `validate_records`", UNVALIDATED, SCALARS),
)


def end_to_end(sizes: Sizes) -> str:
    """Return the table of seconds by settings and columns."""
    prepare(LOADER)
    measured: dict[Variant, list[list[float]]] = {variant: [] for variant in VARIANTS}
    with sandbox(sizes.load_contacts) as server, TemporaryDirectory() as folder:
        environment = os.environ | server.environment | {"TAP_SPOTT_REQUESTS_PER_MINUTE": "100000"}
        taps = {columns: _tap(Path(folder), environment, columns) for columns in (ALL, SCALARS)}
        _run(f"{taps[ALL]} > /dev/null", environment)  # the sandbox encodes each record on its first request
        for _ in range(sizes.rounds):
            for variant, rounds in measured.items():
                rounds.append(_measure(variant, taps[variant.columns], Path(folder), environment, sizes.load_contacts))
                print(variant.name, variant.columns, *(f"{seconds:.1f}" for seconds in rounds[-1]), flush=True)
    rows = [
        [variant.name, variant.columns, *(f"{statistics.median(each):.1f}" for each in zip(*rounds, strict=True))]
        for variant, rounds in measured.items()
    ]
    header = ["settings of the loader", "columns", "tap alone", "loader alone", "loader, again", "tap and loader"]
    title = f"{sizes.load_contacts:,} contacts. {describe_environment([TAP_SPOTT, LOADER], sizes.rounds)}"
    return f"{title}\n\n{format_table(header, rows)}"


def _measure(variant: Variant, tap: str, folder: Path, environment: Mapping[str, str], contacts: int) -> list[float]:
    """Return the seconds of the tap, of a first and a second load of its output, and of a load in a pipe.

    Raises:
        RuntimeError: A table lacks rows.
    """
    with _postgres() as server:
        url = _read_line(server)
        alone, piped = (_loader(folder, url, schema, variant.settings) for schema in ("alone", "piped"))
        output = folder / "output.jsonl"
        commands = (f"{tap} > {output}", f"{alone} < {output}", f"{alone} < {output}", f"{tap} | {piped}")
        seconds = [_run(command, environment) for command in commands]
        for schema in ("alone", "piped"):
            print(f"SELECT count(*) FROM {schema}.{CONTACTS}", file=server.stdin, flush=True)  # noqa: S608 - both names are constants
            if (rows := _read_line(server)) != str(contacts):
                message = f"{variant.name}: {rows} of {contacts} rows in {schema}"
                raise RuntimeError(message)
    return seconds


def _run(command: str, environment: Mapping[str, str]) -> float:
    """Run a command in a shell, without its log, and return the seconds that it takes."""
    started = time.monotonic()
    shell = ["/bin/bash", "-euo", "pipefail", "-c", command]
    subprocess.run(shell, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def _tap(folder: Path, environment: Mapping[str, str], columns: str) -> str:
    """Return the command of tap-spott for the contacts and these columns."""
    command = f"{scripts(TAP_SPOTT) / 'tap-spott'} --config=ENV"
    selection = catalog(command.split(), environment, [CONTACTS])
    if columns == SCALARS:
        (stream,) = (stream for stream in selection["streams"] if stream["tap_stream_id"] == CONTACTS)
        nested = {name for name, column in stream["schema"]["properties"].items() if _is_nested(column)}
        for part in stream["metadata"]:
            if part["breadcrumb"] and part["breadcrumb"][1] in nested:
                part["metadata"]["selected"] = False
    path = folder / f"{columns}.json"
    path.write_text(json.dumps(selection), "utf-8")
    return f"{command} --catalog={path}"


def _is_nested(schema: Mapping[str, Any]) -> bool:
    return not {"array", "object"}.isdisjoint(schema["type"])


def _loader(folder: Path, url: str, schema: str, settings: Mapping[str, bool | int]) -> str:
    """Return the command of target-postgres with these settings."""
    path = folder / f"{schema}.json"
    url = url.replace("postgresql://", "postgresql+psycopg://")
    path.write_text(json.dumps({"sqlalchemy_url": url, "default_target_schema": schema, **settings}), "utf-8")
    (program,) = LOADER.command(scripts(LOADER), folder, [])
    return f"{program} --config={path}"


@contextmanager
def _postgres() -> Iterator[subprocess.Popen[str]]:
    """Run a new PostgreSQL, which prints its URL and then the result of each query."""
    command = [scripts(LOADER) / "python", PROGRAMS / "postgres_server.py"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield server


def _read_line(server: subprocess.Popen[str]) -> str:
    return server.stdout.readline().strip() if server.stdout else ""
