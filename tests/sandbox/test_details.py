"""Each detail is its record with more, and 404 where there is none."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.api import CONTACTS, DETAILS, PAGED, Record, call, records

PARENTS = {
    "opportunity_details": ("opportunities", {"customAttributes"}),
    "client_details": ("clients", {"funding", "contacts"}),
    "candidate_details": ("candidates", {"customAttributes"}),
    "vacancy_details": ("vacancies", {"customAttributes"}),
}
"""Details that repeat what their list sends, and what they add to it."""


@pytest.mark.parametrize("stream", DETAILS)
def test_details_and_their_404(sandbox: Sandbox, stream: str) -> None:
    items = sandbox.records(stream)
    for item in items[:: len(items) // 10]:
        assert call(sandbox, DETAILS[stream].format(item["id"])).json() == item["record"]
    path = DETAILS[stream].format(items[0]["id"])
    sandbox.settings(missing=[items[0]["id"]])
    assert call(sandbox, path).status_code == 404
    assert call(sandbox, DETAILS[stream].format("nobody")).json()["message"].endswith(" not found")


@pytest.mark.parametrize("stream", PARENTS)
def test_details_hold_what_their_list_does_and_more(untouched: Sandbox, stream: str) -> None:
    parent, added = PARENTS[stream]
    details = untouched.records(stream)
    for detail, item in zip(details, untouched.records(parent), strict=True):
        assert (detail["id"], detail["watermark"]) == (item["id"], item["watermark"])
        assert detail["record"].items() >= item["record"].items()
        assert detail["record"].keys() - item["record"].keys() <= added
    assert all(any(detail["record"][key] for detail in details) for key in added)


def test_a_placement_is_told_without_whose_and_where_it_is(untouched: Sandbox) -> None:
    placements = {item["id"]: item["record"] for item in untouched.records("placements")}
    for item in untouched.records("placement_details"):
        detail, placement = item["record"], placements[item["id"]]
        assert placement.keys() - detail.keys() == {"candidate", "company", "vacancy", "extensionOf"}
        assert detail.keys() - placement.keys() == {"attributeValues"}
        assert (placement["fee"] or {}).items() >= (detail["fee"] or {}).items()


def test_an_application_is_wrapped_in_its_detail_alone(untouched: Sandbox) -> None:
    applications = {item["id"]: item["record"] for item in untouched.records("applications")}
    details = {item["id"]: item["record"] for item in untouched.records("application_details")}
    assert details.keys() == applications.keys()
    for row_id, detail in details.items():
        assert detail["candidate"] == applications[row_id]["candidate"]
        assert detail["owner"].keys() >= {"owner"}
        assert detail["position"] == applications[row_id]["position"]
    assert any(detail["placements"] for detail in details.values())
    assert any(application["vacancy"] is None for application in applications.values())


def test_a_person_is_told_with_their_contacts(untouched: Sandbox) -> None:
    by_id = {record["id"]: record for record in records(untouched.records("client_contacts"))}
    for overview in records(untouched.records("client_contact_details")):
        for contact in overview["clientContacts"]:
            assert by_id[contact["id"]]["role"] == contact["role"]


def test_addresses_that_share_their_beginning_are_told_apart(untouched: Sandbox) -> None:
    def keys(path: str) -> set[str]:
        answer: Record = call(untouched, path).json()
        return set(answer)

    client, person = (untouched.records(stream)[0]["id"] for stream in ("clients", "client_contact_details"))
    assert keys(f"{PAGED['clients']}/{client}") >= {"id", "funding"}
    assert keys(CONTACTS) == {"items", "pagination"}
    assert keys("/clients/columns") == keys(f"{CONTACTS}/columns") == {"definitions"}
    assert "clientContacts" in keys(f"{CONTACTS}/{person}")
