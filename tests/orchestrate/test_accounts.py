"""Account files that are missing or invalid are reported without their values."""

import subprocess
from pathlib import Path

import pytest

from demo.fleet import BIN
from demo.install import ROOT


def run_python(code: str, accounts: Path) -> subprocess.CompletedProcess[str]:
    """Run code in Dagster's environment, with a folder of account files."""
    environment = {"SPOTT_ACCOUNTS": str(accounts)}
    return subprocess.run(
        [BIN / "python", "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"North": "TAP_SPOTT_API_KEY=one"}, "North.env: not a valid name"),
        ({"north": "TAP_SPOTT_API_URL=one"}, "north.env: TAP_SPOTT_API_KEY is missing"),
        ({"north": "TAP_SPOTT_API_KEY="}, "north.env: TAP_SPOTT_API_KEY is missing"),
        (
            {"north": "TAP_SPOTT_API_KEY=one\nMELTANO_DATABASE_URI=one"},
            "north.env: 1 variables don't begin with TAP_SPOTT_",
        ),
        ({"north": "TAP_SPOTT_API_KEY=one", "east": "TAP_SPOTT_API_KEY=one"}, "east, north: at least two"),
        (None, "no such folder"),
    ],
)
def test_invalid_file_is_an_error_without_values(tmp_path: Path, files: dict[str, str] | None, message: str) -> None:
    folder = tmp_path / "accounts"
    for name, text in (files or {}).items():
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.env").write_text(text)
    ended = run_python("from orchestrate.accounts import list_accounts; print(list_accounts())", folder)
    error = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1
    assert message in error
    assert "one" not in error.replace(str(folder), "").replace("one of", "")


@pytest.mark.usefixtures("fleet")
def test_dollar_signs_of_a_key_are_kept(tmp_path: Path) -> None:
    (tmp_path / "north.env").write_text("TAP_SPOTT_API_KEY='a${HOME}b'\n")
    shown = run_python("from orchestrate.accounts import read_account; print(read_account('north'))", tmp_path)
    assert shown.stdout == "{'TAP_SPOTT_API_KEY': 'a${HOME}b'}\n"
