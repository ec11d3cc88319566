"""The project documents and workflows are correct: commands run, links resolve, permissions are few."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.documents import DOCUMENTS, ROOT, broken_links, run_bash, run_by_ci

WORKFLOWS = {path.stem: path.read_text() for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
PARSED: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in WORKFLOWS.items()}
JOBS: list[tuple[str, str, dict[str, Any]]] = [
    (workflow, name, job) for workflow, parsed in PARSED.items() for name, job in parsed["jobs"].items()
]
STEPS = [step for _, _, job in JOBS for step in job.get("steps", [])]
EACH_JOB = pytest.mark.parametrize("job", [pytest.param(job, id=f"{where}: {name}") for where, name, job in JOBS])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_named_files_exist() -> None:
    named = re.findall(r"`([\w.-]*/[\w./-]*|[\w.-]+\.(?:md|yml|toml))`", (ROOT / "CONTRIBUTING.md").read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "benchmarks/README.md"], ids=lambda document: document.name)
def test_links_resolve(document: Path) -> None:
    assert broken_links(document) == []


def test_changelog_follows_its_format() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    kinds = re.findall(r"^### (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_actions_are_pinned_by_commit_with_version() -> None:
    used = re.findall(r"uses: (.*)", "\n".join(WORKFLOWS.values()))
    pins = [use for use in used if not use.startswith("./")]
    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", pin)] == []
    assert len({pin.partition("@")[0] for pin in pins}) == len(set(pins)), "an action at two versions"
    assert all((ROOT / use.partition(" ")[0]).is_file() for use in used if use.startswith("./"))


@EACH_JOB
def test_job_has_minimal_permissions(job: dict[str, Any]) -> None:
    publishes = any("pypi-publish" in step.get("uses", "") for step in job.get("steps", []))
    assert job["permissions"] == ({"id-token": "write"} if publishes else {"contents": "read"})
    assert publishes == ("environment" in job)
    assert "uses" in job or job["timeout-minutes"] <= 30


def test_workflow_has_no_permissions_and_own_concurrency_group() -> None:
    assert [name for name, parsed in PARSED.items() if parsed["permissions"] != {}] == []
    groups = [parsed["concurrency"]["group"] for parsed in PARSED.values()]
    # A release calls the tests: with one group for both, it would wait for itself.
    assert len(set(groups)) == len(groups)


def test_checkout_does_not_persist_credentials() -> None:
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_workflow_tests_each_supported_python() -> None:
    named = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)]
    assert PARSED["test"]["jobs"]["test"]["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def commands_of_workflows() -> Iterator[str]:
    for step in STEPS:
        yield from step.get("run", "").splitlines()


def test_workflow_commands_work(clone: Path) -> None:
    here = {".venv/bin/pytest --quiet", "uv build"}  # by the README's second command; by test_package.py
    others = [command for command in commands_of_workflows() if command not in here | run_by_ci()]
    for command in others:
        match command.split():
            case ["uv", "sync", *_]:
                run_bash(f".venv/bin/{command} --dry-run", clone)
            case ["grep", *_]:
                tag = "GITHUB_REF_NAME=vUnreleased\n"
                assert "## [Unreleased]" in run_bash(tag + command.replace("] - ", "]"), ROOT)
            case _:
                pytest.fail(f"no test runs: {command}")


@pytest.mark.parametrize(
    "command",
    [
        "check-jsonschema@0.39.0 --builtin-schema vendor.github-workflows .github/workflows/*.yml",
        "check-jsonschema@0.39.0 --builtin-schema vendor.dependabot .github/dependabot.yml",
        "zizmor@1.32.0 --offline --quiet .github",
    ],
)
def test_workflows_pass_linters(command: str) -> None:
    run_bash(f"'{Path(sys.executable).with_name('uvx')}' {command}", ROOT)
