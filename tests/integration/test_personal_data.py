"""Nothing personal leaves the tap in the modes `pseudonymize` and `remove`, and a run with other settings fails."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from spott_sandbox import Sandbox
from spott_sandbox.generate import shapes, words
from tests.support.tap import CORE, STREAMS, Output, run, select, settings, sync

KEY = "k3y-of-the-pseudonyms-" + 16 * "x"
MODES: dict[str, dict[str, object]] = {
    "pseudonymize": {"personal_data": "pseudonymize", "pseudonym_key": KEY},
    "pseudonymize staff": {"personal_data": "pseudonymize", "pseudonym_key": KEY, "pseudonymize_staff": True},
    "remove staff": {"personal_data": "remove", "pseudonymize_staff": True},
}

PEOPLE = {*words.FIRST_NAMES, *words.LAST_NAMES, *words.NATIONALITIES, *words.LANGUAGES, *words.FLUENCIES}
FREE_TEXTS = {
    *(*words.ROLES, *words.DEPARTMENTS, *words.SENTENCES, *words.TASKS, *words.REASONS, *words.LIST_NAMES),
    *(
        *words.MEETINGS,
        *words.SKILLS,
        *words.REGIONS,
        *shapes.CUSTOM_LABELS,
        *(name for name, _ in words.FILES if name),
    ),
}
STAFF = {*words.USER_NAMES, *words.FORMER_USERS}
PATTERNS = (
    *(r"[\w.]+@example\.com", r"\+44 20 7946 0\d{3}", r"https://images\.example\.com/(?:people/)?\d+\.\w+"),
    *(r"https://meet\.example\.com/\d+", r"https://(?:linkedin\.com/in|x\.com|instagram\.com)/example-\d+"),
    *(rf"\d+ (?:{'|'.join(words.STREETS)})", r"filled\.count\.soap", r"Question \d+", r"Lyra"),
)
"""Email addresses, phone numbers, pictures, links, streets, and fields that no documentation page shows."""
STAFF_PATTERNS = (r"user\d+@agency\.example", r"https://images\.example\.com/users/\d+\.png")
ALSO_PUBLIC = {"Intake", "-", "Constellation"}
"""Texts that are also the name of a stage or of a country, or a part of a view type."""
LONG = 5
"""Characters from which a text can't be a part of an unrelated word."""


@pytest.fixture(scope="module")
def dirty() -> Iterator[Sandbox]:
    with Sandbox(contacts=30, seed=3, dirty=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def sent(dirty: Sandbox) -> str:
    """Return all that the sandbox sends, as JSON."""
    return json.dumps([dirty.records(stream) for stream in STREAMS], ensure_ascii=False)


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield all texts in a value, and all names of fields."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def forms(text: str) -> set[str]:
    """Return a text in lower case: as it is, and escaped as in JSON."""
    lower = text.lower()
    return {lower, json.dumps(lower)[1:-1], json.dumps(lower, ensure_ascii=False)[1:-1]}


def found(texts: set[str], output: Output) -> set[str]:
    """Return the texts in the records, states and log: long ones in any place, short ones as a whole value."""
    messages = [message for message in output.messages if message["type"] != "SCHEMA"]
    written = json.dumps(messages, ensure_ascii=False).lower() + output.stderr.lower()
    values = {value.lower().strip() for message in messages for value in strings(message)}
    whole = {text for text in texts if text.strip().lower() in values - {""}}
    return whole | {text for text in texts if len(text) >= LONG and any(form in written for form in forms(text))}


@pytest.mark.parametrize("mode", MODES)
def test_no_personal_data_is_in_the_output(dirty: Sandbox, sent: str, mode: str) -> None:
    includes_staff = "staff" in mode
    texts = PEOPLE | FREE_TEXTS | (STAFF if includes_staff else set())
    for pattern in (*PATTERNS, *(STAFF_PATTERNS if includes_staff else ())):
        matches = set(re.findall(pattern, sent))
        assert matches, pattern
        texts |= matches
    output = sync(settings(dirty, **MODES[mode]), catalog=select(*STREAMS))
    assert output.status == 0, output.stderr
    assert found(texts, output) <= ALSO_PUBLIC
    assert all(output.records(stream) for stream in STREAMS)
    users = {user["name"] for user in output.records("users")}
    assert includes_staff or users & set(words.USER_NAMES)
    if "remove" not in mode:
        tokens = set(re.findall("spott_pseudonym_([a-z]+)", json.dumps(output.messages)))
        assert tokens == {"name", "email", "phone"}


def test_the_search_finds_what_keep_writes(dirty: Sandbox) -> None:
    output = sync(settings(dirty), catalog=select(*STREAMS))
    assert len(found(PEOPLE | FREE_TEXTS | STAFF, output)) > 100


def test_schemas_are_the_same_in_each_mode(small: Sandbox) -> None:
    kept, *others = [
        [message for message in sync(settings(small, **mode)).messages if message["type"] == "SCHEMA"]
        for mode in ({}, *MODES.values())
    ]
    assert others == [kept] * len(MODES)


def test_stream_maps_see_pseudonyms_only(sandbox: Sandbox) -> None:
    maps = {"client_contacts": {"copy": "firstName", "firstName": "'A ' + (firstName or '')"}}
    output = sync(settings(sandbox, **MODES["pseudonymize"], stream_maps=maps), catalog=select("client_contacts"))
    records = output.records("client_contacts")
    copies = {record["copy"] for record in records if record["copy"]}
    assert copies
    assert all(re.fullmatch("spott_pseudonym_name_[0-9a-f]{32}", copy) for copy in copies)
    assert all(record["firstName"] == "A " + (record["copy"] or "") for record in records)


def test_equal_settings_continue_from_the_state_and_repeat_the_tokens(sandbox: Sandbox) -> None:
    config = settings(sandbox, **MODES["pseudonymize"], public_attributes=["b", "a"])
    first = sync(config, catalog=select(*CORE, "tasks"))
    assert KEY not in json.dumps(first.messages) + first.stderr
    touched = sandbox.touch(count=3)["ids"]
    second = sync(config | {"public_attributes": ["a", "b"]}, first.state, select(*CORE, "tasks", "lists"))
    assert second.status == 0, second.stderr
    names = {record["id"]: record["firstName"] for record in first.records("client_contacts")}
    again = {record["id"]: record["firstName"] for record in second.records("client_contacts")}
    assert set(touched) <= again.keys() < names.keys()
    assert {contact: names[contact] for contact in again} == again


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({}, MODES["pseudonymize"], id="keep, then pseudonymize"),
        pytest.param({}, MODES["remove staff"], id="keep, then remove"),
        pytest.param(MODES["pseudonymize"], {}, id="pseudonymize, then keep"),
        pytest.param(MODES["pseudonymize"], MODES["remove staff"], id="pseudonymize, then remove"),
        pytest.param(MODES["pseudonymize"], MODES["pseudonymize"] | {"pseudonym_key": KEY + "x"}, id="key"),
        pytest.param(MODES["pseudonymize"], MODES["pseudonymize staff"], id="staff"),
        pytest.param(MODES["pseudonymize"], MODES["pseudonymize"] | {"public_attributes": ["a"]}, id="attributes"),
    ],
)
@pytest.mark.parametrize("stream", ["client_contacts", "tasks"])
def test_a_run_with_other_settings_fails(
    small: Sandbox, stream: str, before: dict[str, object], after: dict[str, object]
) -> None:
    state = sync(settings(small, **before), catalog=select(stream)).state
    output = sync(settings(small, **after), state, select("client_contacts", "tasks"))
    assert output.status == 1
    assert not output.messages
    assert output.last_line.endswith(
        f"state: {stream} was read with another personal_data, pseudonym_key, pseudonymize_staff or public_attributes; "
        "run a full refresh of all streams, or restore the setting"
    )
    assert KEY not in output.stderr
    assert sync(settings(small, **after), catalog=select("client_contacts", "tasks")).status == 0


def test_pseudonym_command_needs_a_key() -> None:
    process = run("--pseudonym=email")
    assert process.returncode == 1
    assert process.stderr.strip().endswith(
        "pseudonym_key: missing or too short; set at least 32 random characters, as a secret"
    )
