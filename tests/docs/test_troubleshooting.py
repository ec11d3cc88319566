"""Every message that the code may show is explained in docs/troubleshooting.md, and every explanation has a message."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.documents import ROOT

PACKAGES = [ROOT / name for name in ("spott_client", "spott_singer", "tap_spott", "target_spott")]
HOLE = "<>"
"""Stands in a message for what differs."""
NO_MESSAGES = {
    "The schema is <>.",  # in a schema's description
    "documented in full",
    "documented in part",
    "<> of the rate limit",  # in a status line
    "<> h <> min",
    "<> min <> s",
    "about <> left",
    "from the beginning",  # in the line with which a run begins
    "<> is outside the years 1 to 9999",  # caught, and shown as "is not a date-time"
}
SAID_ELSEWHERE = {"title", "description"}
"""Arguments that describe a setting: `--about` shows them."""
NOT_WARNED_OF = {"info", "debug", "execute", "executemany"}
"""Calls whose texts tell of no trouble: the log of a run that goes well, and SQL."""


def messages(package: Path) -> set[str]:
    """Return all texts of a package that are sentences: what is raised and warned of is among them, by whatever way."""
    trees = [ast.parse(path.read_text()) for path in package.rglob("*.py")]
    found = {re.sub(f"({HOLE})+|%[.\\d]*[a-z]", HOLE, text).strip() for tree in trees for text in texts(tree)}
    return {text for text in found if is_sentence(text)} - NO_MESSAGES


def is_sentence(text: str) -> bool:
    words = text.split()
    return len(words) > 2 and sum(bool(re.search("[A-Za-z]{2}", word.replace(HOLE, ""))) for word in words) > 1


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts in a piece of code, but for docstrings, types and what describes settings."""
    children = list(ast.iter_child_nodes(node))
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Subscript():
            return
        case ast.keyword(arg=name) if name in SAID_ELSEWHERE:
            return
        case ast.Call(func=ast.Attribute(attr=name)) if name in NOT_WARNED_OF:
            return
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in parts)
            children = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
        case ast.Constant(value=str(text)):
            yield text
    for child in children:
        yield from texts(child)


def explained() -> list[str]:
    """Return the messages that the document explains."""
    listed = re.findall(r"^- (`+)(.+)\1$", (ROOT / "docs/troubleshooting.md").read_text(), re.MULTILINE)
    return [re.sub("<[^>]+>", HOLE, text).strip() for _, text in listed]


def test_each_message_is_explained() -> None:
    assert set().union(*map(messages, PACKAGES)) - set(explained()) == set()


def test_each_explanation_is_of_a_message() -> None:
    assert set(explained()) - set().union(*map(messages, PACKAGES)) == set()
    assert len(set(explained())) == len(explained())
