"""Test the detail endpoints and their 404 responses."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.client import CONTACTS, DETAILS, PAGINATED, Record, records, send

PARENTS = {
    "opportunity_details": ("opportunities", {"customAttributes"}),
    "client_details": ("clients", {"funding", "contacts"}),
    "candidate_details": ("candidates", {"customAttributes"}),
    "vacancy_details": ("vacancies", {"customAttributes"}),
}
"""Details that include their list's record: the list, and the fields that the detail adds."""


@pytest.mark.parametrize("stream", DETAILS)
def test_details_by_id_and_404(sandbox: Sandbox, stream: str) -> None:
    items = sandbox.records(stream)
    for item in items[:: len(items) // 10]:
        assert send(sandbox, DETAILS[stream].format(item["id"])).json() == item["record"]
    path = DETAILS[stream].format(items[0]["id"])
    sandbox.settings(missing=[items[0]["id"]])
    assert send(sandbox, path).status_code == 404
    assert send(sandbox, DETAILS[stream].format("nobody")).json()["message"].endswith(" not found")


@pytest.mark.parametrize("stream", PARENTS)
def test_details_extend_list_records(read_only: Sandbox, stream: str) -> None:
    parent, added = PARENTS[stream]
    details = read_only.records(stream)
    for detail, item in zip(details, read_only.records(parent), strict=True):
        assert (detail["id"], detail["watermark"]) == (item["id"], item["watermark"])
        assert detail["record"].items() >= item["record"].items()
        assert detail["record"].keys() - item["record"].keys() <= added
    assert all(any(detail["record"][key] for detail in details) for key in added)


def test_placement_detail_has_fewer_fields_than_list(read_only: Sandbox) -> None:
    placements = {item["id"]: item["record"] for item in read_only.records("placements")}
    for item in read_only.records("placement_details"):
        detail, placement = item["record"], placements[item["id"]]
        assert placement.keys() - detail.keys() == {"candidate", "company", "vacancy", "extensionOf"}
        assert detail.keys() - placement.keys() == {"attributeValues"}
        assert (placement["fee"] or {}).items() >= (detail["fee"] or {}).items()


def test_only_application_details_have_wrapped_attributes(read_only: Sandbox) -> None:
    applications = {item["id"]: item["record"] for item in read_only.records("applications")}
    details = {item["id"]: item["record"] for item in read_only.records("application_details")}
    assert details.keys() == applications.keys()
    for row_id, detail in details.items():
        assert detail["candidate"] == applications[row_id]["candidate"]
        assert detail["owner"].keys() >= {"owner"}
        assert detail["position"] == applications[row_id]["position"]
    assert any(detail["placements"] for detail in details.values())
    assert any(application["vacancy"] is None for application in applications.values())


def test_person_detail_includes_contacts(read_only: Sandbox) -> None:
    by_id = {record["id"]: record for record in records(read_only.records("client_contacts"))}
    for overview in records(read_only.records("client_contact_details")):
        for contact in overview["clientContacts"]:
            assert by_id[contact["id"]]["role"] == contact["role"]


def test_paths_with_a_common_prefix_reach_different_endpoints(read_only: Sandbox) -> None:
    def keys(path: str) -> set[str]:
        response: Record = send(read_only, path).json()
        return set(response)

    client, person = (read_only.records(stream)[0]["id"] for stream in ("clients", "client_contact_details"))
    assert keys(f"{PAGINATED['clients']}/{client}") >= {"id", "funding"}
    assert keys(CONTACTS) == {"items", "pagination"}
    assert keys("/clients/columns") == keys(f"{CONTACTS}/columns") == {"definitions"}
    assert "clientContacts" in keys(f"{CONTACTS}/{person}")
