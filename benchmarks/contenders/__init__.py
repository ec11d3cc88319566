"""Who is measured: how each is installed, run, and what it leaves behind.

The programs lie beside this file and run in environments of their own; nothing here imports them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent
ROOT = PROGRAMS.parents[1]
CONTACTS = "client_contacts"
DETAILS = "client_contact_details"

Command = Callable[[Path, Path, list[str]], list[str | Path]]
"""Takes the environment's folder of programs, an empty folder for what is written, and the streams to read."""


@dataclass(frozen=True)
class Contender:
    """One way to read Spott.

    Attributes:
        name: In the tables.
        environment: Contenders of the same environment share it.
        requirements: What pip installs there.
        package: The one whose version the tables name.
        command: What is run.
        catalog: Whether the command takes a Singer catalog, which `--discover` makes beforehand.
        outputs: Where the records are, as a pattern within the folder for what is written.
        writes: The same in words.
    """

    name: str
    environment: str
    requirements: tuple[str, ...]
    package: str
    command: Command
    catalog: bool = False
    outputs: str = "stdout"
    writes: str = "Singer messages"


def _tap_spott(scripts: Path, _: Path, __: list[str]) -> list[str | Path]:
    return [scripts / "tap-spott", "--config=ENV"]


def _plain_sdk(scripts: Path, _: Path, __: list[str]) -> list[str | Path]:
    return [scripts / "python", PROGRAMS / "plain_sdk.py", "--config=ENV"]


def _airbyte(scripts: Path, _: Path, streams: list[str]) -> list[str | Path]:
    return [scripts / "python", PROGRAMS / "airbyte_manifest.py", *streams]


def _dlt_run(scripts: Path, output: Path, streams: list[str]) -> list[str | Path]:
    return [scripts / "python", PROGRAMS / "dlt_rest_api.py", "run", output, *streams]


def _dlt_extract(scripts: Path, output: Path, streams: list[str]) -> list[str | Path]:
    return [scripts / "python", PROGRAMS / "dlt_rest_api.py", "extract", output, *streams]


def _bare(scripts: Path, _: Path, __: list[str]) -> list[str | Path]:
    return [scripts / "python", PROGRAMS / "bare_requests.py"]


_DLT = ("dlt>=1.31,<2",)

TAP_SPOTT = Contender("tap-spott", "tap_spott", (f"{ROOT}[sandbox]",), "tap-spott", _tap_spott, catalog=True)
PLAIN_SDK = Contender("plain SDK tap", "plain_sdk", ("singer-sdk~=0.54.9",), "singer-sdk", _plain_sdk, catalog=True)
AIRBYTE = Contender(
    "Airbyte manifest", "airbyte", ("airbyte-cdk>=7.39,<8",), "airbyte-cdk", _airbyte, writes="Airbyte messages"
)
DLT_RUN = Contender(
    "dlt, whole run",
    "dlt",
    _DLT,
    "dlt",
    _dlt_run,
    outputs="loaded/spott/client_contact*/*.jsonl",
    writes="JSON lines of a filesystem destination",
)
DLT_EXTRACT = Contender(
    "dlt, extract only",
    "dlt",
    _DLT,
    "dlt",
    _dlt_extract,
    outputs="pipelines/spott/normalize/extracted/*/new_jobs/client_contact*",
    writes="dlt's intermediate files",
)
BARE = Contender(
    "bare requests + orjson", "bare", ("requests>=2.34,<3", "orjson>=3.13,<4"), "requests", _bare, writes="JSON lines"
)
