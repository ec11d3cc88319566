"""After a failure, a session takes no further record."""

from pathlib import Path
from typing import Any

import pytest

from spott_client.errors import SpottError
from target_spott.operations import InvalidRecordError, SourceRecord
from target_spott.session import LoadSession
from target_spott.target import TargetSpott


class Host:
    """Ignores states and interrupts."""

    def emit_state(self, state: Any) -> None:  # noqa: ANN401 - a state is any JSON value
        pass

    def interrupt(self, error: BaseException) -> None:
        pass


def test_a_failed_session_neither_writes_nor_rejects_records(tmp_path: Path) -> None:
    defaults = TargetSpott.config_jsonschema["properties"].items()
    config = {name: setting["default"] for name, setting in defaults if "default" in setting}
    paths = {f"{name}_path": str(tmp_path / f"{name}.jsonl") for name in ("outcomes", "rejects")}
    session = LoadSession(config | paths | {"api_key": "sk-x", "api_url": "http://127.0.0.1:9"}, Host())
    source = SourceRecord("client_contacts", ["id"], {"id": "c1", "role": "CFO"})
    session.dispatcher.fail(SpottError("first"))
    with pytest.raises(SpottError, match="first"):
        session.submit(source)
    with pytest.raises(SpottError, match="first"):
        session.reject(source, InvalidRecordError([]))
    session.close()
    assert list(tmp_path.iterdir()) == []
