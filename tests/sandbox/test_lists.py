"""Lists page, filter and refuse as documented."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.api import (
    CONTACTS,
    NUMBERED,
    OPPORTUNITIES,
    PAGED,
    WHOLE,
    Record,
    ask,
    read_all,
    read_pages,
    records,
    texts_at,
)

ENVELOPES = {
    **dict.fromkeys(("client_contacts", "lists"), ("pagination", {"cursor"})),
    **dict.fromkeys(("opportunities", "applications", "meetings"), ("pagination", {"cursor", "hasMore"})),
    **dict.fromkeys(
        ("clients", "candidates", "vacancies", "notes", "tasks"), ("pageInfo", {"nextCursor", "hasNextPage"})
    ),
    **dict.fromkeys(NUMBERED, ("pagination", {"totalItems", "page", "hasNextPage"})),
}
"""What stands beside the items of each list."""
SINCE = ("clients", "candidates", "vacancies", "applications", "notes", "meetings", "placements")
"""Lists that take `modifiedSince` beside the contacts and opportunities."""
DOUBTFUL_UNTIL = ("clients", "candidates", "vacancies", "notes", "placements")


@pytest.mark.parametrize("stream", PAGED)
def test_each_list_has_the_envelope_of_its_family(untouched: Sandbox, stream: str) -> None:
    beside, keys = ENVELOPES[stream]
    size = "pageSize" if stream in NUMBERED else "limit"
    answer = ask(untouched, PAGED[stream], **{size: 10}).json()
    assert answer.keys() == {"items", beside}
    assert answer[beside].keys() == keys
    assert len(answer["items"]) == 10
    if stream in NUMBERED:
        assert answer["pagination"] == {
            "totalItems": len(untouched.records(stream)),
            "page": 0,
            "hasNextPage": True,
        }


@pytest.mark.parametrize("order", ["watermark", "newest_first", "shuffled"])
@pytest.mark.parametrize("stream", PAGED)
def test_paging_is_complete_in_every_order(sandbox: Sandbox, stream: str, order: str) -> None:
    sandbox.settings(order=order)
    items = sandbox.records(stream)
    pages = read_pages(sandbox, PAGED[stream], **{"pageSize" if stream in NUMBERED else "limit": 17})
    assert len(pages) > 1
    assert all(len(page) == 17 for page in pages[:-1])
    assert [record for page in pages for record in page] == records(items)
    watermarks = [item["watermark"] for item in items]
    assert (watermarks == sorted(watermarks)) == (order == "watermark")


@pytest.mark.parametrize("stream", ["pipeline_stages", "attribute_definitions"])
def test_lists_without_pages_are_whole_and_make_one_stream(untouched: Sandbox, stream: str) -> None:
    found = []
    for path in WHOLE[stream]:
        answer = ask(untouched, path, limit=0, cursor="nonsense").json()
        (rows,) = answer.values()
        assert answer.keys() == {"stages" if stream == "pipeline_stages" else "definitions"}
        group = path.removeprefix("/pipeline/").removeprefix("/").rpartition("/")[0]
        found += [(group, record) for record in rows]
    assert found == [(item["group"], item["record"]) for item in untouched.records(stream)]


def test_users_who_left_come_if_asked_for(untouched: Sandbox) -> None:
    everybody = records(untouched.records("users"))
    active = [user for user in everybody if user["deactivatedAt"] is None]
    assert 0 < len(active) < len(everybody)
    assert ask(untouched, "/users").json() == {"users": active}
    assert ask(untouched, "/users", includeDeactivated="true").json() == {"users": everybody}


@pytest.mark.parametrize("order", ["watermark", "newest_first", "shuffled"])
def test_bounds_are_inclusive_and_exact(sandbox: Sandbox, order: str) -> None:
    sandbox.settings(order=order)
    items = sandbox.records("client_contacts")
    since, until = (sorted(item["watermark"] for item in items)[place] for place in (50, 400))
    wanted = records([item for item in items if since <= item["watermark"] <= until])
    assert read_all(sandbox, modifiedSince=since, modifiedUntil=until, limit=50) == wanted


@pytest.mark.parametrize("stream", SINCE)
def test_each_list_takes_the_bounds_that_are_known_of_it(sandbox: Sandbox, stream: str) -> None:
    items = sandbox.records(stream)
    since, until = (items[len(items) * part // 4]["watermark"] for part in (1, 3))
    later = [item for item in items if item["watermark"] >= since]
    between = [item for item in later if item["watermark"] <= until]
    assert 0 < len(between) < len(later) < len(items)
    bounds = {"modifiedSince": since, "modifiedUntil": until}
    assert read_all(sandbox, PAGED[stream], **bounds) == records(between)
    sandbox.settings(undocumented_until=False)
    honoured = later if stream in DOUBTFUL_UNTIL else between
    assert read_all(sandbox, PAGED[stream], **bounds) == records(honoured)


@pytest.mark.parametrize(
    "stream", [stream for stream in PAGED if stream not in {*SINCE, "client_contacts", "opportunities"}]
)
def test_other_lists_ignore_bounds(untouched: Sandbox, stream: str) -> None:
    answer = ask(untouched, PAGED[stream], modifiedSince="2100-01-01T00:00Z", modifiedUntil="never")
    assert answer.json() == ask(untouched, PAGED[stream]).json()


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
def test_filters_may_be_repeated(untouched: Sandbox, stream: str, parameter: str, path: str) -> None:
    everything = records(untouched.records(stream))
    values = sorted(texts_at(everything, path))[:2]
    wanted = [record for record in everything if not texts_at(record, path).isdisjoint(values)]
    assert len(values) == 2
    assert read_all(untouched, PAGED[stream], **{parameter: values}) == wanted


def test_filters_by_what_records_do_not_tell(untouched: Sandbox) -> None:
    placement = next(
        placement
        for placement in records(untouched.records("placements"))
        if placement["company"] and placement["vacancy"]
    )
    of_company = read_all(untouched, "/vacancies", companyIds=placement["company"]["id"])
    assert placement["vacancy"]["id"] in {vacancy["id"] for vacancy in of_company}
    assert (
        len({vacancy["client"]["client"]["id"] for vacancy in of_company if (vacancy["client"] or {}).get("client")})
        == 1
    )
    of_candidates, of_vacancies = (
        read_all(untouched, "/attachments", **{name: [item["id"] for item in untouched.records(stream)[:200]]})
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
        *((path, {"limit": "51"}) for stream, path in PAGED.items() if stream not in NUMBERED),
        *((PAGED[stream], {"modifiedSince": "2024-01-01"}) for stream in SINCE),
        *((PAGED[stream], {"pageSize": "101"}) for stream in NUMBERED),
        *((PAGED[stream], {"page": "10001"}) for stream in NUMBERED),
        ("/lists", {"type": "SECRET"}),
        ("/attachments", {"type": "COVER_LETTER"}),
        ("/attachments", {"candidateId": ""}),
        ("/users", {"includeDeactivated": "maybe"}),
    ],
)
def test_wrong_queries_are_refused(sandbox: Sandbox, path: str, query: dict[str, str]) -> None:
    answer = ask(sandbox, path, **query)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": 400,
        "message": answer.json()["message"],
        "requestId": answer.headers["x-request-id"],
        "statusCode": 400,
        "error": "Bad Request",
    }


def test_default_limit_odd_dates_and_unknown_parameters(sandbox: Sandbox) -> None:
    for since in ("1970-01-01T00:00Z", "2000-02-29T00:00:00.123456789Z"):
        assert len(ask(sandbox, CONTACTS, modifiedSince=since, nonsense="1").json()["items"]) == 25
    assert len(ask(sandbox, OPPORTUNITIES, modifiedSince="2019-01-01T00:00:00+02:00").json()["items"]) == 25


def test_cursors_are_bound_to_their_filters(sandbox: Sandbox) -> None:
    since = "2019-01-01T00:00:00Z"
    cursor = ask(sandbox, CONTACTS, modifiedSince=since).json()["pagination"]["cursor"]
    assert ask(sandbox, CONTACTS, modifiedSince=since, cursor=cursor, limit=3).status_code == 200
    assert ask(sandbox, CONTACTS, cursor=cursor).status_code == 400
    assert ask(sandbox, OPPORTUNITIES, modifiedSince=since, cursor=cursor).status_code == 400
    payload, signature = cursor.split(".")
    other = ("f" if payload[0] == "e" else "e") + payload[1:]
    assert ask(sandbox, CONTACTS, modifiedSince=since, cursor=f"{other}.{signature}").status_code == 400
    assert ask(sandbox, CONTACTS, modifiedSince=since, cursor=f"{payload}.é").status_code == 400


@pytest.mark.parametrize(
    ("form", "pagination"), [("missing", {}), ("null", {"cursor": None}), ("empty", {"cursor": ""})]
)
def test_last_page_forms(sandbox: Sandbox, form: str, pagination: Record) -> None:
    sandbox.settings(last_page=form)
    assert ask(sandbox, CONTACTS, modifiedSince="2100-01-01T00:00Z").json() == {
        "items": [],
        "pagination": pagination,
    }


@pytest.mark.parametrize("sent", [True, False])
def test_last_opportunities_may_come_with_a_cursor(sandbox: Sandbox, *, sent: bool) -> None:
    sandbox.settings(last_cursor=sent)
    since = max(item["watermark"] for item in sandbox.records("opportunities"))
    pagination = ask(sandbox, OPPORTUNITIES, modifiedSince=since).json()["pagination"]
    assert pagination["hasMore"] is False
    assert bool(pagination["cursor"]) == sent
