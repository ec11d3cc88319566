"""The outcome log knows every create that was sent, in this run or an earlier one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from target_spott.operations import Operation, SourceRecord
from target_spott.outcomes import Created, OutcomeLog


def create(key: str = "p1", role: str = "CFO") -> Operation:
    body = {"firstName": "A", "lastName": "B", "role": role}
    return Operation(SourceRecord("people", ["personId"], {"personId": key} | body), None, "k1", body)


def begin(log: OutcomeLog) -> None:
    log.begin(create())


def finish(log: OutcomeLog) -> None:
    log.begin(create())
    log.write("created", create(), "c1")


def reject(log: OutcomeLog) -> None:
    log.begin(create())
    log.write("rejected", create())


def try_dry_run(log: OutcomeLog) -> None:
    log.write("would create", create(), request="POST /clients/contacts/k1", body={})


@pytest.mark.parametrize(
    ("write", "known"),
    [
        (begin, Created(create().fingerprint, None)),
        (finish, Created(create().fingerprint, "c1")),
        (reject, None),
        (try_dry_run, None),
    ],
)
def test_a_create_is_known_in_this_run_and_the_next(
    tmp_path: Path, write: Callable[[OutcomeLog], None], known: Created | None
) -> None:
    path = str(tmp_path / "outcomes.jsonl")
    log = OutcomeLog(path)
    write(log)
    assert log.created(create()) == known
    log.close()
    log = OutcomeLog(path)
    assert log.created(create()) == known
    assert log.created(create(key="p2")) is None
    log.close()


def test_a_create_is_recognized_by_its_key_and_its_values_by_the_fingerprint() -> None:
    assert create(role="CEO").idempotency_key == create().idempotency_key
    assert create(role="CEO").fingerprint != create().fingerprint
    assert create(key="p2").idempotency_key != create().idempotency_key


def test_a_create_is_on_disk_before_it_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = OutcomeLog(str(tmp_path / "outcomes.jsonl"))
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    log.begin(create())
    assert len(synced) == 1
    log.write("created", create(), "c1")
    assert len(synced) == 1, "an outcome that is lost is looked for in Spott; waiting for the disk would be slow"
    log.close()
