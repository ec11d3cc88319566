"""Reads the project's documents and runs their commands."""

import re
import subprocess
from pathlib import Path

from demo.install import pip_settings_for_uv
from tests.support.tap import clean_environment

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
"""The documents for contributors."""


JOINS: list[tuple[str, str, str, str]] = re.findall(
    r'^  (\w+) \S+ (\w+) : "(\S+) = (\S+)"$', (ROOT / "docs/data-model.md").read_text(), re.MULTILINE
)
"""The joins of docs/data-model.md: two tables, and the paths to compare, such as `links.candidates[].id`."""


def code_blocks(document: Path, *languages: str) -> list[str]:
    """Return the text of each fenced block of a document in these languages."""
    return re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)


def command_with(text: str) -> str:
    """Return the README's block of commands that contains a text."""
    (commands,) = [commands for commands in code_blocks(ROOT / "README.md", "sh") if text in commands]
    return commands


def marked(document: Path, name: str) -> str:
    """Return the text of a document between `<!-- name... -->` and `<!-- end -->`."""
    found = re.search(rf"<!-- {name}\b[^\n]*-->\n(.*?)\n<!-- end -->", document.read_text(), re.DOTALL)
    assert found, f"{document}: no marks for {name}"
    return found[1]


def run_by_ci() -> set[str]:
    """Return the commands of `.ci/run`, and `.ci/run`."""
    return {".ci/run", *map(str.strip, (ROOT / ".ci/run").read_text().splitlines())}


def run_bash(commands: str, folder: Path, env: dict[str, str] | None = None) -> str:
    """Run shell commands in a folder and return their standard output. Fail the test if one of them fails.

    Args:
        commands: One command a line.
        folder: The working directory.
        env: The environment; by default the tests' own, without the tap's settings.
    """
    completed = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=env or pip_settings_for_uv() | clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, f"{commands}\n{completed.stdout}{completed.stderr}"
    return completed.stdout


def broken_links(document: Path) -> list[str]:
    """Return the links and images of a document whose file or heading doesn't exist in the project."""
    text = document.read_text()
    links = re.findall(r"\]\((?!https:)([^)]+)\)", text) + re.findall(r'(?:src|srcset|href)="(?!https:)([^"]+)"', text)
    return [link for link in links if not _resolves(document, link)]


def _resolves(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    if not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
    return anchor in [re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings]
