"""The dbt package matches the schemas of the tap, and its page matches the properties of the marts."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import dbt_models
from tests.support.documents import ROOT, code_blocks, marked

PAGE = ROOT / "docs/transform.md"
FOLDER = ROOT / "transform/dbt_spott/models/marts"
MARTS = yaml.safe_load((FOLDER / "_marts.yml").read_text())["models"]


def described(mart: dict[str, Any]) -> str:
    """Return the paragraph and the table that describe a mart."""
    rows = [f"| `{each['name']}` | {each['data_type']} | {each['description']} |" for each in mart["columns"]]
    paragraph = textwrap.fill(" ".join(mart["description"].split()), 140)
    return "\n".join([paragraph, "", "| Column | Type | |", "|---|---|---|", *rows])


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart["name"])
def test_page_describes_each_mart(mart: dict[str, Any]) -> None:
    assert marked(PAGE, mart["name"]) == described(mart)
    properties = {name for column in mart["columns"] for name in column}
    assert properties <= {"name", "data_type", "description", "data_tests"}, "a comma ends an unquoted description"


def test_each_mart_has_a_unit_test() -> None:
    unit_tests = yaml.safe_load((FOLDER / "_unit_tests.yml").read_text())["unit_tests"]
    assert {each["model"] for each in unit_tests} == {mart["name"] for mart in MARTS}


@pytest.mark.parametrize(("path", "text"), dbt_models.files().items(), ids=lambda value: getattr(value, "name", ""))
def test_staging_models_match_the_schemas(path: Path, text: str) -> None:
    assert path.read_text() == text


def test_default_streams_are_those_of_the_tap() -> None:
    project = yaml.safe_load((ROOT / "transform/dbt_spott/dbt_project.yml").read_text())
    tap, *_ = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["extractors"]
    assert sorted(f"{stream}.*" for stream in project["vars"]["spott_streams"]) == sorted(tap["select"])


def test_pages_name_each_variable() -> None:
    project = yaml.safe_load((ROOT / "transform/dbt_spott/dbt_project.yml").read_text())
    for page in (PAGE, ROOT / "transform/dbt_spott/README.md"):
        assert set(re.findall(r"^\| `(spott_\w+)` \|", page.read_text(), re.MULTILINE)) == project["vars"].keys()
    (example,) = [block for block in code_blocks(PAGE, "yaml") if block.startswith("vars:")]
    assert yaml.safe_load(example)["vars"].keys() == project["vars"].keys()
