"""JSON Lines files survive a crash, belong to one process, and report a problem with the name of their setting."""

import os
from pathlib import Path

import pytest

from spott_client.errors import ConfigError
from target_spott.jsonl import JsonLinesFile

SETTING = "outcomes_path"


def test_lines_are_appended_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    for number in range(2):
        file = JsonLinesFile(SETTING, str(path))
        assert [line["number"] for line in file.read()] == list(range(number))
        file.append({"number": number}, fsync=True)
        file.close()
    assert path.read_text() == '{"number":0}\n{"number":1}\n'
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_incomplete_last_line_is_truncated(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"number":0}\n{"number":')
    file = JsonLinesFile(SETTING, str(path))
    assert list(file.read()) == [{"number": 0}]
    file.append({"number": 1})
    file.close()
    assert path.read_text() == '{"number":0}\n{"number":1}\n'


def test_a_last_line_without_a_newline_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"number":0}')
    file = JsonLinesFile(SETTING, str(path))
    assert list(file.read()) == [{"number": 0}]
    file.append({"number": 1})
    file.close()
    assert path.read_text() == '{"number":0}\n{"number":1}\n'


def test_a_damaged_line_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"number":0}\nno JSON\n{"number":2}\n')
    file = JsonLinesFile(SETTING, str(path))
    with pytest.raises(ConfigError) as error:
        list(file.read())
    assert str(error.value) == f"outcomes_path: line 2 of {path} is not a JSON object; correct or move it"
    file.close()


def test_a_path_that_can_not_be_opened_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "missing/x.jsonl"
    with pytest.raises(ConfigError) as error:
        JsonLinesFile(SETTING, str(path))
    assert str(error.value) == f"outcomes_path: {path}: No such file or directory"


def test_a_file_is_locked_while_it_is_open(tmp_path: Path) -> None:
    path = str(tmp_path / "x.jsonl")
    first = JsonLinesFile(SETTING, path)
    with pytest.raises(ConfigError, match="outcomes_path: another target-spott process is writing to"):
        JsonLinesFile(SETTING, path)
    first.close()
    JsonLinesFile(SETTING, path).close()


def test_an_empty_file_is_deleted_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    JsonLinesFile(SETTING, str(path)).close()
    assert not path.exists()


def test_an_open_file_is_recognized(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    file = JsonLinesFile(SETTING, str(path))
    with path.open() as same, Path(os.devnull).open() as other:
        assert file.is_same_file(same.fileno())
        assert not file.is_same_file(other.fileno())
    file.close()
