"""Links of the pages in docs/ resolve, and tests run their code blocks."""

import re
from pathlib import Path

import pytest

from tests.support.documents import ROOT, broken_links

PAGES = sorted((ROOT / "docs").glob("*.md"))
OPERATIONS, ORCHESTRATION, PRIVACY, DATA_MODEL, REVERSE_ETL, SANDBOX, TRANSFORM, WAREHOUSES = (
    ROOT / f"docs/{name}.md"
    for name in (
        "operations",
        "orchestration",
        "privacy",
        "data-model",
        "reverse-etl",
        "sandbox",
        "transform",
        "warehouses",
    )
)
TESTED = {
    OPERATIONS: {"sh", "yaml"},
    ORCHESTRATION: {"sh", "sql"},
    PRIVACY: {"console", "sh", "sql", "yaml"},
    DATA_MODEL: {"mermaid", "sql"},
    REVERSE_ETL: {"sh", "sql"},
    SANDBOX: {"sh", "python"},
    TRANSFORM: {"sh", "sql", "yaml"},
    WAREHOUSES: {"sql"},
}
"""Languages of the code blocks that tests run: in `tests/docs`, `tests/e2e` and `tests/orchestrate`."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_links_resolve_and_code_blocks_are_tested(page: Path) -> None:
    assert broken_links(page) == []
    languages = set(re.findall(r"^```(.+)$", page.read_text(), re.MULTILINE))
    assert languages <= TESTED.get(page, set())
