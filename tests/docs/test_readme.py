"""The README is short, and leads on."""

from tests.support.documents import ROOT, broken_links, code_blocks

README = ROOT / "README.md"
MAX_BYTES = 10_000


def test_readme_is_short() -> None:
    assert len(README.read_bytes()) <= MAX_BYTES


def test_readme_links_resolve() -> None:
    assert broken_links(README) == []


def test_readme_links_each_page_once() -> None:
    text = README.read_text()
    pages = [str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md")]
    assert {page: text.count(f"]({page})") for page in pages} == dict.fromkeys(pages, 1)


def test_sandbox_command_is_the_one_of_its_page() -> None:
    (command,) = [block for block in code_blocks(README, "sh") if block.startswith("spott-sandbox")]
    assert command in code_blocks(ROOT / "docs/sandbox.md", "sh")  # where test_sandbox.py runs it
