"""Test the settings for versions and ambiguities of the documentation."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.client import DETAILS, PAGINATED, get, read_all, records, send


@pytest.mark.parametrize(
    ("style", "name", "keys"),
    [
        ("cursor", "pagination", {"cursor"}),
        ("has_more", "pagination", {"cursor", "hasMore"}),
        ("page_info", "pageInfo", {"nextCursor", "hasNextPage"}),
    ],
)
def test_pagination_styles_of_candidates(sandbox: Sandbox, style: str, name: str, keys: set[str]) -> None:
    sandbox.settings(candidates_pagination=style)
    assert get(sandbox, "/candidates").json()[name].keys() == keys
    assert read_all(sandbox, "/candidates", limit=50) == records(sandbox.records("candidates"))


def test_path_of_users_by_version(sandbox: Sandbox) -> None:
    active = [user for user in records(sandbox.records("users")) if user["deactivatedAt"] is None]
    assert send(sandbox, "/users/_list").status_code == 404
    sandbox.settings(documentation="older")
    assert send(sandbox, "/users").status_code == 404
    assert get(sandbox, "/users/_list", includeDeactivated="true").json() == {"users": active}


@pytest.mark.parametrize(
    ("stream", "newer", "older"),
    [
        ("vacancies", {"stage"}, {"status"}),
        ("vacancy_details", {"stage"}, {"status", "stageTotals", "clientPortalId", "lastRankedAt"}),
        ("application_details", set(), {"candidateApplicationType", "comments", "interviews", "internalTeam"}),
        ("placements", {"fee"}, {"grossFee", "netFee", "feeSplits"}),
        ("placement_details", {"fee"}, {"grossFee", "netFee", "feeSplits"}),
    ],
)
def test_record_fields_by_version(sandbox: Sandbox, stream: str, newer: set[str], older: set[str]) -> None:
    before = sandbox.records(stream)
    sandbox.settings(documentation="older")
    after = sandbox.records(stream)
    for new, old in zip(before, after, strict=True):
        assert new["record"].keys() - old["record"].keys() == newer
        assert old["record"].keys() - new["record"].keys() == older
    sent = (
        send(sandbox, DETAILS[stream].format(after[0]["id"])).json()
        if stream in DETAILS
        else get(sandbox, PAGINATED[stream]).json()["items"][0]
    )
    assert sent == after[0]["record"]
    for key in older:
        assert any(record[key] for record in records(after)), key


def test_absent_paths_respond_like_unknown_paths(sandbox: Sandbox) -> None:
    unknown = send(sandbox, "/nothing").json()
    sandbox.settings(absent=["/placements", "/clients/columns"])
    for path in ("/placements", "/placements/x", "/clients/columns"):
        response = send(sandbox, path)
        assert response.status_code == 404
        assert {**response.json(), "requestId": ""} == {**unknown, "requestId": ""}
    assert send(sandbox, "/clients").status_code == 200
