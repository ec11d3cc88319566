"""Reverse ETL: rows changed with SQL reach Spott by the job `reverse-etl`, also after kills."""

import json
import os
import sys
from pathlib import Path

from demo.reverse_etl import LEAVERS
from spott_sandbox import Sandbox
from tests.support.documents import code_blocks, run_bash
from tests.support.meltano import ROOT, Project, do, job_settings, kill_everything, pipeline
from tests.support.postgres import Database
from tests.support.tap import select, settings, sync
from tests.support.target import client_id, contact, created, environment, ids, json_lines, load, messages

PAGE = ROOT / "docs/reverse-etl.md"

WHOLE_ROWS = """\
CREATE SCHEMA reverse_etl;
CREATE VIEW reverse_etl.client_contacts AS SELECT * FROM tap_spott.client_contacts"""
CHANGES = """\
UPDATE tap_spott.client_contacts AS contact SET
  role = 'Role of ' || id,
  department = CASE WHEN active THEN 'Changed' END,
  "startDate" = '2020-02-29T10:00:00',
  "endDate" = '2024-12-31T12:34:56.789',
  stage = jsonb_build_object('id', (SELECT max(stage ->> 'id') FROM tap_spott.client_contacts))
WHERE left(md5(id), 1) < '8'"""
VALUES = """\
SELECT id, "candidateId", "firstName", "lastName", role, department, "startDate", "endDate", active,
  stage ->> 'id' AS stage, "mainContact" ->> 'id' AS "mainContact"
FROM tap_spott.client_contacts ORDER BY id"""


def test_rows_changed_with_sql_are_equal_after_the_next_sync(postgres: str, project: Project, tmp_path: Path) -> None:
    database = Database(postgres, "round_trip")
    with Sandbox(contacts=60, seed=5) as sandbox:
        database.load(sync(settings(sandbox), catalog=select("client_contacts")), tmp_path)
        original = database.query(VALUES)
        database.execute(WHOLE_ROWS)
        database.execute(CHANGES)
        changed = database.query(VALUES)
        assert 15 < sum(before != after for before, after in zip(original, changed, strict=True)) < 45
        pipeline_, *_ = code_blocks(PAGE, "sh")
        do(project.folder, pipeline_, **job_settings(sandbox, database))
        outcomes = json_lines(project.folder / "outcomes.jsonl")
        assert [each["operation"] for each in outcomes] == ["would update"] * 60 + ["updated"] * 60
        # Load into new tables, so that each value comes from Spott.
        database.execute("DROP VIEW reverse_etl.client_contacts; DROP SCHEMA tap_spott CASCADE")
        database.load(sync(settings(sandbox), catalog=select("client_contacts")), tmp_path)
        assert database.query(VALUES) == changed


def test_killed_and_repeated_run_loses_no_update_and_creates_no_contact_twice(
    postgres: str, project: Project, tmp_path: Path
) -> None:
    database = Database(postgres, "killed_reverse_etl")
    with Sandbox(contacts=100, seed=8) as sandbox:
        database.load(sync(settings(sandbox), catalog=select("client_contacts")), tmp_path)
        database.execute(WHOLE_ROWS)
        database.execute("UPDATE tap_spott.client_contacts SET role = 'Role of ' || id")
        database.execute(
            f"""CREATE TABLE reverse_etl.people AS SELECT '{client_id(sandbox)}' AS "clientId", 'New' AS "firstName",
            'Number ' || n AS "lastName", NULL::text AS role FROM generate_series(1, 60) AS n"""  # noqa: S608 - our own
        )
        streams = {"TARGET_SPOTT_CONTACT_STREAMS": json.dumps(["reverse_etl-client_contacts", "reverse_etl-people"])}
        sandbox.settings(latency=0.03)
        # During the creates. tests/integration/test_target_faults.py kills runs at other times too.
        assert project.load_and_kill(sandbox, database, kill_everything, 120, "reverse-etl", **streams) == -9
        assert created(sandbox)
        sandbox.settings(latency=0)
        # For five minutes Meltano takes a killed run for a running one.
        project.run(*pipeline(database, "--force", job="reverse-etl"), **job_settings(sandbox, database), **streams)
        contacts = {item["id"]: item["record"] for item in sandbox.records("client_contacts")}
        names = created(sandbox)
        assert sum(each["role"] == f"Role of {key}" for key, each in contacts.items()) == 100
    outcomes = json_lines(project.folder / "outcomes.jsonl")
    last = {each["record"]["lastName"]: each["operation"] for each in outcomes if "lastName" in each["record"]}
    assert len(last) == 60
    assert len(set(names)) == len(names)
    assert {name for name, operation in last.items() if operation != "unknown"} <= set(names)


def test_rejects_are_corrected_and_sent_again_as_the_page_shows(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    rejected = load(sandbox, tmp_path, messages([{"id": contact_id, "role": "Chief", "lastName": ""}]))
    assert rejected.counts == {"rejected": 1}
    rename, send = code_blocks(PAGE, "sh")[-1].splitlines()
    run_bash(rename, tmp_path)
    corrected = tmp_path / "corrected.jsonl"
    corrected.write_text(corrected.read_text().replace('"lastName":""', '"lastName":"Corrected"'))
    connection = {"TARGET_SPOTT_API_KEY": sandbox.api_key, "TARGET_SPOTT_API_URL": sandbox.url}
    run_bash(send, tmp_path, environment(PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}", **connection))
    assert contact(sandbox, contact_id)["lastName"] == "Corrected"


def test_documents_show_the_query_and_output_of_the_demo() -> None:
    assert code_blocks(PAGE, "sql") == [LEAVERS]
    assert "python3 -m demo reverse-etl" in (ROOT / "README.md").read_text()
    assert "Spott has the end dates that the query found; nothing else changed." in PAGE.read_text()
