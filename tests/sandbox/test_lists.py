"""Test pagination, filters and errors of the lists."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.client import (
    CONTACTS,
    OPPORTUNITIES,
    PAGE_NUMBERED,
    PAGINATED,
    UNPAGINATED,
    Record,
    get,
    read_all,
    read_pages,
    records,
    texts_at,
)

PAGINATION_OBJECTS = {
    **dict.fromkeys(("client_contacts", "lists"), ("pagination", {"cursor"})),
    **dict.fromkeys(("opportunities", "applications", "meetings"), ("pagination", {"cursor", "hasMore"})),
    **dict.fromkeys(
        ("clients", "candidates", "vacancies", "notes", "tasks"), ("pageInfo", {"nextCursor", "hasNextPage"})
    ),
    **dict.fromkeys(PAGE_NUMBERED, ("pagination", {"totalItems", "page", "hasNextPage"})),
}
"""The pagination object of each list: its name and keys."""
SINCE = ("clients", "candidates", "vacancies", "applications", "notes", "meetings", "placements")
"""Lists with `modifiedSince`, except contacts and opportunities."""
UNDOCUMENTED_UNTIL = ("clients", "candidates", "vacancies", "notes", "placements")


@pytest.mark.parametrize("stream", PAGINATED)
def test_pagination_object_of_each_list(read_only: Sandbox, stream: str) -> None:
    name, keys = PAGINATION_OBJECTS[stream]
    size = "pageSize" if stream in PAGE_NUMBERED else "limit"
    response = get(read_only, PAGINATED[stream], **{size: 10}).json()
    assert response.keys() == {"items", name}
    assert response[name].keys() == keys
    assert len(response["items"]) == 10
    if stream in PAGE_NUMBERED:
        assert response["pagination"] == {
            "totalItems": len(read_only.records(stream)),
            "page": 0,
            "hasNextPage": True,
        }


@pytest.mark.parametrize("order", ["watermark", "newest_first", "shuffled"])
@pytest.mark.parametrize("stream", PAGINATED)
def test_pagination_is_complete_in_every_order(sandbox: Sandbox, stream: str, order: str) -> None:
    sandbox.settings(order=order)
    items = sandbox.records(stream)
    pages = read_pages(sandbox, PAGINATED[stream], **{"pageSize" if stream in PAGE_NUMBERED else "limit": 17})
    assert len(pages) > 1
    assert all(len(page) == 17 for page in pages[:-1])
    assert [record for page in pages for record in page] == records(items)
    watermarks = [item["watermark"] for item in items]
    assert (watermarks == sorted(watermarks)) == (order == "watermark")


@pytest.mark.parametrize("stream", ["pipeline_stages", "attribute_definitions"])
def test_unpaginated_lists_are_complete_and_form_one_stream(read_only: Sandbox, stream: str) -> None:
    found = []
    for path in UNPAGINATED[stream]:
        response = get(read_only, path, limit=0, cursor="nonsense").json()
        (rows,) = response.values()
        assert response.keys() == {"stages" if stream == "pipeline_stages" else "definitions"}
        group = path.removeprefix("/pipeline/").removeprefix("/").rpartition("/")[0]
        found += [(group, record) for record in rows]
    assert found == [(item["group"], item["record"]) for item in read_only.records(stream)]


def test_deactivated_users_need_the_parameter(read_only: Sandbox) -> None:
    all_users = records(read_only.records("users"))
    active = [user for user in all_users if user["deactivatedAt"] is None]
    assert 0 < len(active) < len(all_users)
    assert get(read_only, "/users").json() == {"users": active}
    assert get(read_only, "/users", includeDeactivated="true").json() == {"users": all_users}


@pytest.mark.parametrize("order", ["watermark", "newest_first", "shuffled"])
def test_bounds_are_inclusive_and_exact(sandbox: Sandbox, order: str) -> None:
    sandbox.settings(order=order)
    items = sandbox.records("client_contacts")
    since, until = (sorted(item["watermark"] for item in items)[place] for place in (50, 400))
    wanted = records([item for item in items if since <= item["watermark"] <= until])
    assert read_all(sandbox, modifiedSince=since, modifiedUntil=until, limit=50) == wanted


@pytest.mark.parametrize("stream", SINCE)
def test_undocumented_until_setting(sandbox: Sandbox, stream: str) -> None:
    items = sandbox.records(stream)
    since, until = (items[len(items) * part // 4]["watermark"] for part in (1, 3))
    later = [item for item in items if item["watermark"] >= since]
    between = [item for item in later if item["watermark"] <= until]
    assert 0 < len(between) < len(later) < len(items)
    bounds = {"modifiedSince": since, "modifiedUntil": until}
    assert read_all(sandbox, PAGINATED[stream], **bounds) == records(between)
    sandbox.settings(undocumented_until=False)
    expected = later if stream in UNDOCUMENTED_UNTIL else between
    assert read_all(sandbox, PAGINATED[stream], **bounds) == records(expected)


@pytest.mark.parametrize(
    "stream", [stream for stream in PAGINATED if stream not in {*SINCE, "client_contacts", "opportunities"}]
)
def test_lists_without_bounds_ignore_them(read_only: Sandbox, stream: str) -> None:
    response = get(read_only, PAGINATED[stream], modifiedSince="2100-01-01T00:00Z", modifiedUntil="never")
    assert response.json() == get(read_only, PAGINATED[stream]).json()


@pytest.mark.parametrize(
    ("stream", "parameter", "path"),
    [
        ("opportunities", "companyIds", "company.company.id"),
        ("applications", "vacancyIds", "vacancy.id"),
        ("notes", "candidateId", "links.candidate.id"),
        ("notes", "clientContactId", "links.clientContact.id"),
        ("notes", "source", "source"),
        ("notes", "labelIds", "labels.id"),
        ("lists", "type", "type"),
        ("placements", "companyId", "company.id"),
        ("attachments", "type", "type"),
    ],
)
def test_filters_are_repeatable(read_only: Sandbox, stream: str, parameter: str, path: str) -> None:
    everything = records(read_only.records(stream))
    values = sorted(texts_at(everything, path))[:2]
    wanted = [record for record in everything if not texts_at(record, path).isdisjoint(values)]
    assert len(values) == 2
    assert read_all(read_only, PAGINATED[stream], **{parameter: values}) == wanted


def test_filters_by_fields_that_records_lack(read_only: Sandbox) -> None:
    placement = next(
        placement
        for placement in records(read_only.records("placements"))
        if placement["company"] and placement["vacancy"]
    )
    of_company = read_all(read_only, "/vacancies", companyIds=placement["company"]["id"])
    assert placement["vacancy"]["id"] in {vacancy["id"] for vacancy in of_company}
    assert (
        len({vacancy["client"]["client"]["id"] for vacancy in of_company if (vacancy["client"] or {}).get("client")})
        == 1
    )
    of_candidates, of_vacancies = (
        read_all(read_only, "/attachments", **{name: [item["id"] for item in read_only.records(stream)[:200]]})
        for name, stream in (("candidateId", "candidates"), ("vacancyId", "vacancies"))
    )
    assert of_candidates
    assert of_vacancies
    assert not [attachment for attachment in of_candidates if attachment in of_vacancies]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((path, {"limit": limit}) for path in (CONTACTS, OPPORTUNITIES) for limit in ("0", "51", "abc", "", "1.5")),
        (CONTACTS, {"modifiedSince": "2024-01-01"}),
        (CONTACTS, {"modifiedSince": "2024-01-01T00:00:00+00:00"}),
        (CONTACTS, {"modifiedUntil": "2023-02-29T00:00:00Z"}),
        (CONTACTS, {"modifiedUntil": "2024-01-01T00:00:00Z\n"}),
        (OPPORTUNITIES, {"modifiedSince": "yesterday"}),
        (CONTACTS, {"cursor": "nonsense"}),
        *((path, {"limit": "51"}) for stream, path in PAGINATED.items() if stream not in PAGE_NUMBERED),
        *((PAGINATED[stream], {"modifiedSince": "2024-01-01"}) for stream in SINCE),
        *((PAGINATED[stream], {"pageSize": "101"}) for stream in PAGE_NUMBERED),
        *((PAGINATED[stream], {"page": "10001"}) for stream in PAGE_NUMBERED),
        ("/lists", {"type": "SECRET"}),
        ("/attachments", {"type": "COVER_LETTER"}),
        ("/attachments", {"candidateId": ""}),
        ("/users", {"includeDeactivated": "maybe"}),
    ],
)
def test_invalid_queries_are_rejected(sandbox: Sandbox, path: str, query: dict[str, str]) -> None:
    response = get(sandbox, path, **query)
    assert response.status_code == 400
    assert response.json() == {
        "status": 400,
        "message": response.json()["message"],
        "requestId": response.headers["x-request-id"],
        "statusCode": 400,
        "error": "Bad Request",
    }


def test_default_limit_unusual_dates_and_unknown_parameters(sandbox: Sandbox) -> None:
    for since in ("1970-01-01T00:00Z", "2000-02-29T00:00:00.123456789Z"):
        assert len(get(sandbox, CONTACTS, modifiedSince=since, nonsense="1").json()["items"]) == 25
    assert len(get(sandbox, OPPORTUNITIES, modifiedSince="2019-01-01T00:00:00+02:00").json()["items"]) == 25


def test_cursors_are_valid_for_their_query_only(sandbox: Sandbox) -> None:
    since = "2019-01-01T00:00:00Z"
    cursor = get(sandbox, CONTACTS, modifiedSince=since).json()["pagination"]["cursor"]
    assert get(sandbox, CONTACTS, modifiedSince=since, cursor=cursor, limit=3).status_code == 200
    assert get(sandbox, CONTACTS, cursor=cursor).status_code == 400
    assert get(sandbox, OPPORTUNITIES, modifiedSince=since, cursor=cursor).status_code == 400
    payload, signature = cursor.split(".")
    other = ("f" if payload[0] == "e" else "e") + payload[1:]
    assert get(sandbox, CONTACTS, modifiedSince=since, cursor=f"{other}.{signature}").status_code == 400
    assert get(sandbox, CONTACTS, modifiedSince=since, cursor=f"{payload}.é").status_code == 400


@pytest.mark.parametrize(
    ("form", "pagination"), [("missing", {}), ("null", {"cursor": None}), ("empty", {"cursor": ""})]
)
def test_last_page_forms(sandbox: Sandbox, form: str, pagination: Record) -> None:
    sandbox.settings(last_page=form)
    assert get(sandbox, CONTACTS, modifiedSince="2100-01-01T00:00Z").json() == {
        "items": [],
        "pagination": pagination,
    }


@pytest.mark.parametrize("sent", [True, False])
def test_last_page_of_opportunities_may_have_a_cursor(sandbox: Sandbox, *, sent: bool) -> None:
    sandbox.settings(last_cursor=sent)
    since = max(item["watermark"] for item in sandbox.records("opportunities"))
    pagination = get(sandbox, OPPORTUNITIES, modifiedSince=since).json()["pagination"]
    assert pagination["hasMore"] is False
    assert bool(pagination["cursor"]) == sent
