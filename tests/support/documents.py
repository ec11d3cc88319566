"""Reads the papers, and does what they show the way their readers would."""

import re
import subprocess
from pathlib import Path

from demo import settings_of_pip
from tests.support.tap import clean_environment

ROOT = Path(__file__).parents[2]


def shown(paper: Path, *languages: str) -> list[str]:
    """Return what a paper shows in these languages, a text for each fence."""
    return re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", paper.read_text(), re.MULTILINE | re.DOTALL)


def bash(commands: str, folder: Path, env: dict[str, str] | None = None) -> str:
    """Run commands, none of which may fail, and return what they print.

    Args:
        commands: A line each.
        folder: Where.
        env: The whole environment; without it, that of the tests, without settings of the tap.
    """
    ran = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=env or settings_of_pip() | clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{commands}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def broken_links(paper: Path) -> list[str]:
    """Return the links of a paper that lead to no file of the project, or to no heading in it."""
    return [link for link in re.findall(r"\]\((?!https:)([^)]+)\)", paper.read_text()) if not leads(paper, link)]


def leads(paper: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = paper.parent / path if path else paper
    if not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
    return anchor in [re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings]
