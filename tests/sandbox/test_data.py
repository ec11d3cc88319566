"""What the sandbox holds: the same by seed, awkward, and dirty when asked for."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from spott_sandbox import Sandbox
from tests.sandbox.api import DETAILS, LISTS, PAGED, records, texts_at

RECORDS_OF_SEED_7 = "908461a055d2a413c6316fb7045601e8313da67ecd36055176aa0be58c590263"


def test_same_seed_gives_the_same_bytes_on_every_machine() -> None:
    with Sandbox(contacts=60, seed=7) as sandbox:
        addresses = (f"{sandbox.url}/_sandbox/records/{stream}" for stream in (*LISTS, *DETAILS))
        text = b"".join(requests.get(address, timeout=10).content for address in addresses)
    assert hashlib.sha256(text).hexdigest() == RECORDS_OF_SEED_7


def test_another_seed_gives_other_records(sandbox: Sandbox) -> None:
    with Sandbox(contacts=60, seed=8) as other:
        ids = {record["id"] for record in records(other.records("client_contacts"))}
    assert not ids & {record["id"] for record in records(sandbox.records("client_contacts"))}


def paths_with(value: object, wanted: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return set().union(*(paths_with(inner, wanted, f"{path}.{key}") for key, inner in value.items()))
    if isinstance(value, list):
        return set().union(*(paths_with(inner, wanted, path) for inner in value))
    return {path} if value is wanted else set()


def test_nulls_are_inside_objects_and_arrays_too(untouched: Sandbox) -> None:
    contacts = paths_with(records(untouched.records("client_contacts")), None)
    assert contacts >= {".client.company", ".client.company.logoUrl", ".stage.colorHex", ".customAttributes.value"}
    assert contacts >= {".mainContact.deactivatedAt", ".locations.latitude", ".client.locations.city"}
    opportunities = paths_with(records(untouched.records("opportunities")), None)
    assert opportunities >= {".closeDate.closeDate", ".name.name", ".clientTeam.clientTeam.jobTitle"}
    people = paths_with(records(untouched.records("client_contact_details")), None)
    assert people >= {".nextTaskDue", ".lastInteractionWith", ".lastActivityDate"}


@pytest.mark.parametrize("stream", PAGED)
def test_every_field_but_ids_is_null_somewhere(untouched: Sandbox, stream: str) -> None:
    found = records(untouched.records(stream))
    assert paths_with(found, None) >= {f".{key}" for key in found[0] if key != "viewType" and key.lower()[-2:] != "id"}


@pytest.mark.parametrize("stream", [*LISTS, *DETAILS])
def test_ids_are_unique(untouched: Sandbox, stream: str) -> None:
    assert max(Counter(item["id"] for item in untouched.records(stream)).values()) == 1


@pytest.mark.parametrize("stream", PAGED)
def test_some_records_have_a_field_that_no_page_documents(untouched: Sandbox, stream: str) -> None:
    unknown = "probability" if stream == "opportunities" else "shinyNewField"
    assert {unknown in record for record in records(untouched.records(stream))} == {True, False}


@pytest.mark.parametrize("stream", ["clients", "candidates", "vacancies", "notes", "tasks", "lists", "attachments"])
def test_some_records_lack_enums(untouched: Sandbox, stream: str) -> None:
    enums = re.compile(r'"(viewType|type|source)":')
    assert {bool(enums.search(json.dumps(record))) for record in records(untouched.records(stream))} == {True, False}


def test_watermarks_tie_are_fine_and_run_ahead_of_modified_at(untouched: Sandbox) -> None:
    items = untouched.records("client_contacts")
    assert max(Counter(item["watermark"] for item in items).values()) >= 120
    assert any(not item["watermark"].endswith("000Z") for item in items)
    times = [item["record"]["modifiedAt"] for item in items]
    assert any(time and time.endswith("+02:00") for time in times)
    modified = [time for time in times if time]
    assert modified != sorted(modified)


def test_people_share_a_candidate_and_details_agree_with_the_list(sandbox: Sandbox) -> None:
    by_id = {record["id"]: record for record in records(sandbox.records("client_contacts"))}
    held = Counter(len(overview["clientContacts"]) for overview in records(sandbox.records("client_contact_details")))
    assert set(held) == {1, 2, 3}
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
def test_what_a_record_refers_to_exists(untouched: Sandbox, stream: str, path: str, target: str) -> None:
    named = texts_at(records(untouched.records(stream)), path)
    assert named
    assert named <= {item["id"] for item in untouched.records(target)}


def test_a_placement_agrees_with_its_application(untouched: Sandbox) -> None:
    applications = {item["id"]: item["record"] for item in untouched.records("applications")}
    agreed = 0
    for placement in records(untouched.records("placements")):
        application = applications[placement["applicationId"]]
        for name in ("candidate", "vacancy"):
            if placement[name] and application[name]:
                assert placement[name]["id"] == application[name]["id"]
                agreed += 1
    assert agreed > 100


def test_dirty_adds_records_and_leaves_the_others() -> None:
    with Sandbox(contacts=60, seed=7) as clean, Sandbox(contacts=60, seed=7, dirty=True) as dirty:
        for stream in LISTS:
            added = len(dirty.records(stream)) - len(clean.records(stream))
            assert added == 9, stream
            if stream not in {"client_contacts", "opportunities"}:  # their last ones may be in a team
                assert [item for item in dirty.records(stream) if item in clean.records(stream)]


@pytest.fixture(scope="module")
def soiled() -> Iterator[Sandbox]:
    with Sandbox(contacts=60, dirty=True) as sandbox:
        yield sandbox


@pytest.mark.parametrize("stream", [*LISTS, "client_contact_details"])
def test_dirty_texts(soiled: Sandbox, stream: str) -> None:
    text = sent(soiled, stream)
    assert rb"\ud83d" in text
    assert rb"\u0000" in text
    assert len(max(text.split(b'"'), key=len)) > 70_000


@pytest.mark.parametrize("stream", ["client_contacts", "opportunities", "clients", "placements", "notes", "meetings"])
def test_dirty_dates_and_arrays(soiled: Sandbox, stream: str) -> None:
    text = sent(soiled, stream)
    assert b':"2021-03-04T05:06:07"' in text
    assert b':"31/12/2020, soon"' in text
    assert re.search(rb'"\w*(At|Date|Time)":""', text)
    assert b"[null" in text


@pytest.mark.parametrize("stream", ["client_contacts", "applications", "pipeline_stages"])
def test_dirty_whole_numbers(soiled: Sandbox, stream: str) -> None:
    text = sent(soiled, stream)
    assert re.search(rb'"(order|position)":\d+\.0[,}]', text)
    assert re.search(rb'"(order|position)":"\d+"', text)


def sent(sandbox: Sandbox, stream: str) -> bytes:
    return requests.get(f"{sandbox.url}/_sandbox/records/{stream}", timeout=10).content
