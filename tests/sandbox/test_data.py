"""Test the generated data: reproducible, full of edge cases, and dirty on request."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from spott_sandbox import Sandbox
from tests.sandbox.client import DETAILS, LISTS, PAGINATED, records, texts_at

SHA256_OF_SEED_7 = "908461a055d2a413c6316fb7045601e8313da67ecd36055176aa0be58c590263"


def test_same_seed_gives_same_bytes() -> None:
    with Sandbox(contacts=60, seed=7) as sandbox:
        urls = (f"{sandbox.url}/_sandbox/records/{stream}" for stream in (*LISTS, *DETAILS))
        text = b"".join(requests.get(url, timeout=10).content for url in urls)
    assert hashlib.sha256(text).hexdigest() == SHA256_OF_SEED_7


def test_different_seeds_give_different_ids(sandbox: Sandbox) -> None:
    with Sandbox(contacts=60, seed=8) as other:
        ids = {record["id"] for record in records(other.records("client_contacts"))}
    assert not ids & {record["id"] for record in records(sandbox.records("client_contacts"))}


def paths_with(value: object, wanted: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return set().union(*(paths_with(inner, wanted, f"{path}.{key}") for key, inner in value.items()))
    if isinstance(value, list):
        return set().union(*(paths_with(inner, wanted, path) for inner in value))
    return {path} if value is wanted else set()


def test_nested_fields_are_null_somewhere(read_only: Sandbox) -> None:
    contacts = paths_with(records(read_only.records("client_contacts")), None)
    assert contacts >= {".client.company", ".client.company.logoUrl", ".stage.colorHex", ".customAttributes.value"}
    assert contacts >= {".mainContact.deactivatedAt", ".locations.latitude", ".client.locations.city"}
    opportunities = paths_with(records(read_only.records("opportunities")), None)
    assert opportunities >= {".closeDate.closeDate", ".name.name", ".clientTeam.clientTeam.jobTitle"}
    people = paths_with(records(read_only.records("client_contact_details")), None)
    assert people >= {".nextTaskDue", ".lastInteractionWith", ".lastActivityDate"}


@pytest.mark.parametrize("stream", PAGINATED)
def test_every_field_except_ids_is_null_somewhere(read_only: Sandbox, stream: str) -> None:
    found = records(read_only.records(stream))
    assert paths_with(found, None) >= {f".{key}" for key in found[0] if key != "viewType" and key.lower()[-2:] != "id"}


@pytest.mark.parametrize("stream", [*LISTS, *DETAILS])
def test_ids_are_unique(read_only: Sandbox, stream: str) -> None:
    assert max(Counter(item["id"] for item in read_only.records(stream)).values()) == 1


@pytest.mark.parametrize("stream", PAGINATED)
def test_some_records_have_an_undocumented_field(read_only: Sandbox, stream: str) -> None:
    unknown = "probability" if stream == "opportunities" else "shinyNewField"
    assert {unknown in record for record in records(read_only.records(stream))} == {True, False}


@pytest.mark.parametrize("stream", ["clients", "candidates", "vacancies", "notes", "tasks", "lists", "attachments"])
def test_some_records_lack_enums(read_only: Sandbox, stream: str) -> None:
    enums = re.compile(r'"(viewType|type|source)":')
    assert {bool(enums.search(json.dumps(record))) for record in records(read_only.records(stream))} == {True, False}


def test_watermarks_have_ties_and_microseconds_and_differ_from_modified_at(read_only: Sandbox) -> None:
    items = read_only.records("client_contacts")
    assert max(Counter(item["watermark"] for item in items).values()) >= 120
    assert any(not item["watermark"].endswith("000Z") for item in items)
    times = [item["record"]["modifiedAt"] for item in items]
    assert any(time and time.endswith("+02:00") for time in times)
    modified = [time for time in times if time]
    assert modified != sorted(modified)


def test_person_details_match_contacts(sandbox: Sandbox) -> None:
    by_id = {record["id"]: record for record in records(sandbox.records("client_contacts"))}
    contact_counts = Counter(
        len(overview["clientContacts"]) for overview in records(sandbox.records("client_contact_details"))
    )
    assert set(contact_counts) == {1, 2, 3}
    for overview in records(sandbox.records("client_contact_details")):
        for contact in overview["clientContacts"]:
            assert by_id[contact["id"]]["candidateId"] == overview["candidateId"]
            assert by_id[contact["id"]]["role"] == contact["role"]
            assert by_id[contact["id"]]["firstName"] == overview["firstName"]


@pytest.mark.parametrize(
    ("stream", "path", "target"),
    [
        ("client_contacts", "candidateId", "candidates"),
        ("client_contacts", "mainContact.id", "users"),
        ("client_contacts", "stage.id", "pipeline_stages"),
        ("client_contacts", "customAttributes.attributeDefinitionId", "attribute_definitions"),
        ("opportunities", "stage.stage.id", "pipeline_stages"),
        ("opportunities", "owner.owner.id", "users"),
        ("opportunities", "clientTeam.clientTeam.id", "client_contacts"),
        ("clients", "stage.stage.id", "pipeline_stages"),
        ("clients", "customAttributes.attributeDefinitionId", "attribute_definitions"),
        ("client_details", "contacts.contacts.id", "client_contacts"),
        ("candidates", "currentPlacements.placements.id", "placements"),
        ("candidate_details", "customAttributes.attributeDefinitionId", "candidate_attribute_definitions"),
        ("vacancies", "client.client.id", "clients"),
        ("vacancies", "stage.stage.id", "pipeline_stages"),
        ("vacancies", "team.team.userId", "users"),
        ("vacancies", "clientTeam.clientTeam.id", "client_contacts"),
        ("vacancy_details", "customAttributes.attributeDefinitionId", "attribute_definitions"),
        ("applications", "candidate.id", "candidates"),
        ("applications", "vacancy.id", "vacancies"),
        ("applications", "stage.id", "pipeline_stages"),
        ("application_details", "placements.id", "placements"),
        ("application_details", "client.client.id", "clients"),
        ("application_activities", "activities.triggeredByUser.id", "users"),
        ("placements", "applicationId", "applications"),
        ("placements", "candidate.id", "candidates"),
        ("placements", "vacancy.id", "vacancies"),
        ("placements", "placedByUser.id", "users"),
        ("placements", "extensionOf.id", "placements"),
        ("notes", "createdBy.id", "users"),
        ("notes", "meeting.id", "meetings"),
        ("notes", "links.candidate.id", "candidates"),
        ("notes", "links.vacancy.id", "vacancies"),
        ("notes", "links.client.id", "clients"),
        ("notes", "links.application.id", "applications"),
        ("notes", "links.clientContact.id", "client_contacts"),
        ("notes", "links.opportunity.id", "opportunities"),
        ("tasks", "assignedTo.id", "users"),
        ("tasks", "links.candidates.id", "candidates"),
        ("tasks", "links.clients.id", "clients"),
        ("tasks", "links.users.id", "users"),
        ("lists", "createdBy.id", "users"),
    ],
)
def test_referenced_records_exist(read_only: Sandbox, stream: str, path: str, target: str) -> None:
    named = texts_at(records(read_only.records(stream)), path)
    assert named
    assert named <= {item["id"] for item in read_only.records(target)}


def test_placements_match_their_applications(read_only: Sandbox) -> None:
    applications = {item["id"]: item["record"] for item in read_only.records("applications")}
    compared = 0
    for placement in records(read_only.records("placements")):
        application = applications[placement["applicationId"]]
        for name in ("candidate", "vacancy"):
            if placement[name] and application[name]:
                assert placement[name]["id"] == application[name]["id"]
                compared += 1
    assert compared > 100


def test_dirty_adds_nine_records_to_each_list() -> None:
    with Sandbox(contacts=60, seed=7) as clean, Sandbox(contacts=60, seed=7, dirty=True) as dirty:
        for stream in LISTS:
            added = len(dirty.records(stream)) - len(clean.records(stream))
            assert added == 9, stream
            if stream not in {"client_contacts", "opportunities"}:  # teams may include dirty contacts
                assert [item for item in dirty.records(stream) if item in clean.records(stream)]


@pytest.fixture(scope="module")
def dirty_sandbox() -> Iterator[Sandbox]:
    with Sandbox(contacts=60, dirty=True) as sandbox:
        yield sandbox


@pytest.mark.parametrize("stream", [*LISTS, "client_contact_details"])
def test_dirty_texts(dirty_sandbox: Sandbox, stream: str) -> None:
    text = sent(dirty_sandbox, stream)
    assert rb"\ud83d" in text
    assert rb"\u0000" in text
    assert len(max(text.split(b'"'), key=len)) > 70_000


@pytest.mark.parametrize("stream", ["client_contacts", "opportunities", "clients", "placements", "notes", "meetings"])
def test_dirty_dates_and_arrays(dirty_sandbox: Sandbox, stream: str) -> None:
    text = sent(dirty_sandbox, stream)
    assert b':"2021-03-04T05:06:07"' in text
    assert b':"31/12/2020, soon"' in text
    assert re.search(rb'"\w*(At|Date|Time)":""', text)
    assert b"[null" in text


@pytest.mark.parametrize("stream", ["client_contacts", "applications", "pipeline_stages"])
def test_dirty_integers(dirty_sandbox: Sandbox, stream: str) -> None:
    text = sent(dirty_sandbox, stream)
    assert re.search(rb'"(order|position)":\d+\.0[,}]', text)
    assert re.search(rb'"(order|position)":"\d+"', text)


def sent(sandbox: Sandbox, stream: str) -> bytes:
    return requests.get(f"{sandbox.url}/_sandbox/records/{stream}", timeout=10).content
