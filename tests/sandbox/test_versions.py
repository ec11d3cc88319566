"""Where versions of the documentation differ, or leave a choice, each way is at a switch."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.api import DETAILS, PAGED, ask, call, read_all, records


@pytest.mark.parametrize(
    ("family", "beside", "keys"),
    [
        ("cursor", "pagination", {"cursor"}),
        ("has_more", "pagination", {"cursor", "hasMore"}),
        ("page_info", "pageInfo", {"nextCursor", "hasNextPage"}),
    ],
)
def test_candidates_page_in_each_way(sandbox: Sandbox, family: str, beside: str, keys: set[str]) -> None:
    sandbox.settings(candidates_family=family)
    assert ask(sandbox, "/candidates").json()[beside].keys() == keys
    assert read_all(sandbox, "/candidates", limit=50) == records(sandbox.records("candidates"))


def test_users_are_where_the_version_has_them(sandbox: Sandbox) -> None:
    active = [user for user in records(sandbox.records("users")) if user["deactivatedAt"] is None]
    assert call(sandbox, "/users/_list").status_code == 404
    sandbox.settings(documentation="older")
    assert call(sandbox, "/users").status_code == 404
    assert ask(sandbox, "/users/_list", includeDeactivated="true").json() == {"users": active}


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
def test_records_are_as_the_version_has_them(sandbox: Sandbox, stream: str, newer: set[str], older: set[str]) -> None:
    before = sandbox.records(stream)
    sandbox.settings(documentation="older")
    after = sandbox.records(stream)
    for new, old in zip(before, after, strict=True):
        assert new["record"].keys() - old["record"].keys() == newer
        assert old["record"].keys() - new["record"].keys() == older
    sent = (
        call(sandbox, DETAILS[stream].format(after[0]["id"])).json()
        if stream in DETAILS
        else ask(sandbox, PAGED[stream]).json()["items"][0]
    )
    assert sent == after[0]["record"]
    for key in older:
        assert any(record[key] for record in records(after)), key


def test_absent_paths_are_like_those_that_never_were(sandbox: Sandbox) -> None:
    never = call(sandbox, "/nothing").json()
    sandbox.settings(absent=["/placements", "/clients/columns"])
    for path in ("/placements", "/placements/x", "/clients/columns"):
        answer = call(sandbox, path)
        assert answer.status_code == 404
        assert {**answer.json(), "requestId": ""} == {**never, "requestId": ""}
    assert call(sandbox, "/clients").status_code == 200
