"""docs/troubleshooting.md explains every message in the code, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.documents import ROOT

PACKAGES = [ROOT / name for name in ("spott_client", "spott_singer", "tap_spott", "target_spott")]
PLACEHOLDER = "<>"
"""Stands for the variable part of a message."""
OTHER_TEXTS = {
    "documented in full",
    "documented in part",
    "<> of the rate limit",  # in a status line
    "<> h <> min",
    "<> min <> s",
    "about <> left",
    "from the beginning",  # in the line with which a run begins
    "<> is outside the years 1 to 9999",  # caught, and shown as "is not a date-time"
}
DESCRIPTIONS = {"title", "description", "help"}
"""Arguments that describe a setting, for `--about`, or an option, for `--help`."""
IGNORED_CALLS = {"info", "debug", "execute", "executemany"}
"""Calls whose texts are no errors or warnings: logs of a successful run, and SQL."""


def messages(package: Path) -> set[str]:
    """Return all sentences in the code of a package, and so all messages of errors and warnings."""
    trees = [ast.parse(path.read_text()) for path in package.rglob("*.py")]
    found = {
        re.sub(f"({PLACEHOLDER})+|%[.\\d]*[a-z]", PLACEHOLDER, text).strip() for tree in trees for text in texts(tree)
    }
    return {text for text in found if is_sentence(text)} - OTHER_TEXTS


def is_sentence(text: str) -> bool:
    words = text.split()
    return len(words) > 2 and sum(bool(re.search("[A-Za-z]{2}", word.replace(PLACEHOLDER, ""))) for word in words) > 1


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts in a syntax tree, except docstrings, types and descriptions of settings."""
    children = list(ast.iter_child_nodes(node))
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Subscript():
            return
        case ast.AnnAssign(value=value):
            children = [value] if value else []
        case ast.keyword(arg=name) if name in DESCRIPTIONS:
            return
        case ast.Call(func=ast.Attribute(attr=name)) if name in IGNORED_CALLS:
            return
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in parts)
            children = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
        case ast.Constant(value=str(text)):
            yield text
    for child in children:
        yield from texts(child)


def explained() -> list[str]:
    """Return the messages that the page explains."""
    listed = re.findall(r"^- (`+)(.+)\1$", (ROOT / "docs/troubleshooting.md").read_text(), re.MULTILINE)
    return [re.sub("<[^>]+>", PLACEHOLDER, text).strip() for _, text in listed]


def test_each_message_is_explained() -> None:
    assert set().union(*map(messages, PACKAGES)) - set(explained()) == set()


def test_each_explained_message_exists() -> None:
    assert set(explained()) - set().union(*map(messages, PACKAGES)) == set()
    assert len(set(explained())) == len(explained())
