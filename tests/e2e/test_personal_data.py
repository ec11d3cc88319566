"""Pseudonymized tables, which Meltano loads into PostgreSQL, join as before."""

import json
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from tests.support.documents import JOINS, ROOT, code_blocks
from tests.support.meltano import Project
from tests.support.postgres import Database
from tests.support.tap import STREAMS, select, settings, sync

PSEUDONYMIZE = {
    "TAP_SPOTT__SELECT": json.dumps(["*.*"]),
    "TAP_SPOTT_PERSONAL_DATA": "pseudonymize",
    "TAP_SPOTT_PSEUDONYM_KEY": 32 * "k",
}
OTHER_KEY = PSEUDONYMIZE | {"TAP_SPOTT_PSEUDONYM_KEY": 32 * "l"}
NAMES = 'SELECT DISTINCT "firstName" AS name FROM tap_spott.client_contacts WHERE "firstName" IS NOT NULL'


def test_pseudonymized_tables_join_as_before(postgres: str, project: Project, tmp_path: Path) -> None:
    kept, pseudonymized = Database(postgres, "kept"), Database(postgres, "pseudonymized")
    with Sandbox(contacts=100, seed=5) as sandbox:
        kept.load(sync(settings(sandbox), catalog=select(*STREAMS)), tmp_path)
        project.load(sandbox, pseudonymized, **PSEUDONYMIZE)
        for join in JOINS:
            assert pseudonymized.joined_rows(*join) == kept.joined_rows(*join) > 0, join
        for by_email in code_blocks(ROOT / "docs/privacy.md", "sql"):
            assert pseudonymized.query(by_email) == kept.query(by_email) != [{"count": 0}]
        tokens = {row["name"] for row in pseudonymized.query(NAMES)}
        assert all(token.startswith("spott_pseudonym_name_") for token in tokens)
        assert len(tokens) == len(kept.query(NAMES))

        with pytest.raises(AssertionError, match="client_contacts was read with another personal_data"):
            project.load(sandbox, pseudonymized, **OTHER_KEY)
        project.load(sandbox, pseudonymized, "--full-refresh", **OTHER_KEY)
        assert tokens.isdisjoint(row["name"] for row in pseudonymized.query(NAMES))
