"""One load of an account: `meltano el` as a child process, and what its log says."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped] # CI checks this file in Dagster's environment, which has no stubs

from orchestrate.accounts import schema_of

ROOT = Path(__file__).resolve().parents[1]
MELTANO = str(Path(sys.executable).with_name("meltano"))
TAP, LOADER = "tap-spott", "target-postgres"


@dataclass(frozen=True)
class StreamResult:
    """The values of the tap's metric of one stream.

    Attributes:
        stream: The stream's name.
        seconds: Duration.
        records: Records read.
        requests: Requests sent, retries included.
        retries: Repeated requests.
        skipped: Records that no longer exist in Spott.
        throttled_seconds: Seconds in which the rate limit blocked all requests.
        bookmark: The bookmark at the end; None: the stream has none.
        status: `succeeded`, `failed` or `interrupted`.
        error: Error of the stream; None: none.
    """

    stream: str
    seconds: float
    records: int
    requests: int
    retries: int
    skipped: int
    throttled_seconds: float
    bookmark: str | None
    status: str
    error: str | None


class Load:
    """A running load. At the end of the block, none of its processes is left, nor the files of the run."""

    def __init__(
        self, account: str, settings: Mapping[str, str], run_id: str, streams: Sequence[str] | None, *, force: bool
    ) -> None:
        """Start the load.

        Args:
            account: Name of the account.
            settings: The account's settings as environment variables.
            run_id: UUID of the run.
            streams: Streams to load; None: those that the settings select.
            force: Ignore Meltano's lock, because the run that held it was killed.
        """
        self._metrics: list[dict[str, Any]] = []
        self._errors: dict[str, list[str]] = {TAP: [], LOADER: [], "meltano": []}
        self._events: set[str] = set()
        folder = ROOT / ".meltano/run/elt" / account / run_id
        environment = os.environ | settings
        environment["TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA"] = schema_of(account)
        environment["XDG_STATE_HOME"] = str(folder)  # Meltano writes a log file there
        if streams is not None:
            environment["TAP_SPOTT__SELECT"] = json.dumps([f"{stream}.*" for stream in streams])
        options = [f"--state-id={account}", f"--run-id={run_id}", *(["--force"] if force else [])]
        command = [MELTANO, "--log-format=json", "el", *options, TAP, LOADER]
        self._process = subprocess.Popen(  # noqa: S603 - a list of arguments, without a shell
            [sys.executable, "-I", ROOT / "orchestrate/supervise.py", folder, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            umask=0o077,  # Meltano writes the key to a file while the load runs
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def follow(self) -> Iterator[str]:
        """Yield each message of the log until the load ends."""
        for line in self._process.stderr or ():
            if line.startswith("{"):
                yield self._parse(json.loads(line))
            else:
                yield line.rstrip()
        self._process.wait()

    def stop_tap(self) -> None:
        """Send SIGTERM to the tap alone, so that the loader loads what it has and Meltano keeps the bookmarks."""
        if tap := self._find(TAP):
            with suppress(psutil.NoSuchProcess):
                tap.send_signal(signal.SIGTERM)
        elif not self._find(LOADER) and self._process.stdin:
            self._process.stdin.close()  # nothing is read yet, or all is loaded

    @property
    def succeeded(self) -> bool:
        """Whether the load has ended with exit status 0."""
        return self._process.poll() == 0

    @property
    def loaded(self) -> bool:
        """Whether the loader stored everything that the tap wrote, even if the tap failed."""
        return self.succeeded or ("Extraction failed" in self._events and "Loading failed" not in self._events)

    @property
    def error(self) -> str:
        """The messages of the program that failed first, one per line."""
        found = next((texts for texts in self._errors.values() if texts), [])
        return "\n".join(found) or f"meltano ended with status {self._process.poll()}; its log says why"

    def results(self) -> list[StreamResult]:
        """Return the result of each stream that the tap started."""
        return [
            StreamResult(**metric["tags"], seconds=metric["value"], error=self._error_of(metric["tags"]["stream"]))
            for metric in self._metrics
        ]

    def _find(self, program: str) -> psutil.Process | None:
        """Return the running process of a plugin."""
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self._process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if any(part.endswith(f"/{program}") for part in child.cmdline()):
                        return child
        return None

    def _error_of(self, stream: str) -> str | None:
        return next((text for text in self._errors[TAP] if text.startswith(f"{stream}: ")), None)

    def _parse(self, record: dict[str, Any]) -> str:
        """Keep metrics and errors of a log record, and return its message."""
        name, event = record.get("name", "meltano"), record["event"]
        self._events.add(event)
        metric = record.get("metric_info")
        if metric:
            if metric["metric"] == "sync_duration" and name == TAP:
                self._metrics.append(metric)
            return f"{name}: METRIC {json.dumps(metric)}"
        # Only the first line: the next ones of a database's error can hold values of a row.
        text = (record.get("plugin_exception", {}).get("message") or event).split("\n")[0]
        if record["level"] in {"error", "critical"} and text not in self._errors.setdefault(name, []):
            self._errors[name].append(text)
        return f"{name}: {record['level']}: {text}"
