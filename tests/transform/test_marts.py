"""The marts hold what an independent calculation finds in the sandbox."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import psycopg
import pytest

from demo.console import print_table
from demo.transform import dbt_variables
from spott_sandbox import Sandbox
from tests.support.meltano import ROOT, Project
from tests.support.oracle import source
from tests.support.postgres import Database
from tests.support.tap import STREAMS, Record

PAGE = ROOT / "docs/transform.md"
QUESTIONS = re.findall(r"^```sql\n(.*?)^```\n\n```\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
"""Each query of the page, with the output that it shows."""
HISTORY = "spott__opportunity_stage_history"
ALL_STREAMS = {"TAP_SPOTT__SELECT": '["*.*"]'}

NOW = datetime.now(UTC)
"""Time that no date of the sandbox falls between and the build."""


class Marts:
    """The marts of a sandbox, in a database that isn't in UTC."""

    def __init__(self, sandbox: Sandbox, database: Database) -> None:
        self.sandbox = sandbox
        self.database = database

    def build(self, project: Project) -> None:
        """Sync all streams, take snapshots, build and test all models."""
        variables = dbt_variables(self.database.uri, STREAMS)
        project.run_job("postgres-transform", self.sandbox, self.database, **ALL_STREAMS, **variables)

    def table(self, query: str) -> str:
        """Return the result of a query as the demo prints it."""
        with psycopg.connect(self.database.uri, options="-c search_path=spott") as connection:
            result = connection.execute(query.encode())
            header = [column.name for column in result.description or ()]
            with redirect_stdout(StringIO()) as printed:
                print_table(header, result.fetchall())
        return printed.getvalue().lstrip("\n")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; tables are those of the marts' schema."""
        with psycopg.connect(self.database.uri, options="-c search_path=spott") as connection:
            return connection.execute(query.encode()).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        (row,) = self.rows(query)
        return row


@pytest.fixture(scope="module")
def marts(postgres: str, project: Project) -> Iterator[Marts]:
    """All streams, loaded and transformed by one Meltano job."""
    with Sandbox(contacts=200, seed=5) as sandbox:
        marts = Marts(sandbox, Database(postgres, "marts"))
        marts.build(project)
        yield marts


def records(sandbox: Sandbox, stream: str) -> list[Record]:
    """Return the sandbox's records of a stream, without the wrappers of attributes."""
    return list(source(sandbox, stream).values())


def get(record: Record | None, *path: str) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a value inside a record, or None if any object on the way is null or lacks the field."""
    for name in path:
        record = (record or {}).get(name)
    return record


def time(value: str | None) -> datetime | None:
    """Return an instant in UTC."""
    return datetime.fromisoformat(value).astimezone(UTC) if value else None


def naive(value: str | None) -> datetime | None:
    """Return an instant as PostgreSQL returns it: in UTC, without a time zone."""
    instant = time(value)
    return instant and instant.replace(tzinfo=None)


def is_past(value: str | None) -> bool:
    instant = time(value)
    return instant is not None and instant < NOW


def count(items: Iterable[Record], condition: Callable[[Record], Any]) -> int:
    return sum(bool(condition(item)) for item in items)


def test_opportunities(marts: Marts) -> None:
    opportunities = records(marts.sandbox, "opportunities")
    is_open = [each for each in opportunities if get(each, "stage", "isOpen")]
    assert marts.row(
        "SELECT count(*), count(*) FILTER (WHERE is_open), count(*) FILTER (WHERE owner_has_left),"
        " count(*) FILTER (WHERE is_overdue), count(*) FILTER (WHERE has_no_next_task), max(created_at),"
        " min(target_close_date), count(DISTINCT company_id) FROM spott__opportunities"
    ) == (
        len(opportunities),
        len(is_open),
        count(opportunities, lambda each: get(each, "owner", "deactivatedAt")),
        count(is_open, lambda each: is_past(get(each, "closeDate", "target"))),
        count(is_open, lambda each: not get(each, "nextTaskDue", "id")),
        max(filter(None, (naive(each["createdAt"]) for each in opportunities))),
        min(filter(None, (naive(get(each, "closeDate", "target")) for each in opportunities))),
        len({get(each, "company", "id") for each in opportunities} - {None}),
    )


def test_placements(marts: Marts) -> None:
    placements = records(marts.sandbox, "placements")
    started = [each for each in placements if is_past(each["startDate"])]
    by_currency = Counter[str | None]()
    for each in placements:
        by_currency[get(each, "fee", "net", "currency")] += get(each, "fee", "net", "amount") or 0
    assert marts.row(
        "SELECT count(*), count(*) FILTER (WHERE is_extension), count(*) FILTER (WHERE is_running),"
        " count(*) FILTER (WHERE recruiter_has_left), sum(fee_split_total)::float FROM spott__placements"
    ) == (
        len(placements),
        count(placements, lambda each: get(each, "extensionOf", "id")),
        count(started, lambda each: not is_past(each["endDate"])),
        count(placements, lambda each: get(each, "placedByUser", "deactivatedAt")),
        pytest.approx(sum(sum(share for _, share in splits(each)) for each in placements)),
    )
    fees = marts.rows("SELECT currency, coalesce(sum(net_fee), 0) FROM spott__placements GROUP BY currency")
    assert {currency: float(fee) for currency, fee in fees} == pytest.approx(by_currency)


def splits(placement: Record) -> list[tuple[str | None, float]]:
    """Return the user and the share of each split of a placement's fee."""
    return [(get(split, "user", "id"), split.get("percentage") or 0) for split in get(placement, "fee", "splits") or []]


def month(value: str | None) -> date | None:
    instant = time(value)
    return instant and instant.date().replace(day=1)


def test_fees_by_recruiter_month(marts: Marts) -> None:
    expected: dict[tuple[Any, ...], float] = defaultdict(float)
    for placement in records(marts.sandbox, "placements"):
        amount = get(placement, "fee", "net", "amount")
        if amount is None:
            continue
        rest = 1 - sum(share for _, share in splits(placement))
        shares = splits(placement) + ([(get(placement, "placedByUser", "id"), rest)] if abs(rest) > 1e-9 else [])
        for user, share in shares:
            expected[user, month(placement["placedAt"]), get(placement, "fee", "net", "currency")] += amount * share
    fees = marts.rows("SELECT recruiter_id, placed_month, currency, fee FROM spott__fees_by_recruiter_month")
    assert {tuple(key): float(fee) for *key, fee in fees} == pytest.approx(expected)


def test_application_funnel(marts: Marts) -> None:
    applications = records(marts.sandbox, "applications")
    orders: dict[str | None, float] = {}
    for each in applications:
        order = get(each, "stage", "order")
        if order is not None:
            orders[get(each, "stage", "id")] = order
    here, beyond = Counter[Any](), Counter[Any]()
    stages = {(is_speculative(each), get(each, "stage", "id")) for each in applications}
    for each in applications:
        company, stage = get(each, "vacancy", "companyId"), get(each, "stage", "id")
        here[company, is_speculative(each), stage] += 1
        for kind, other in stages:
            if kind == is_speculative(each) and stage in orders and other in orders:
                beyond[company, kind, other] += orders[stage] >= orders[other]
    rows = marts.rows(
        "SELECT company_id, is_speculative, stage_id, applications, here_or_beyond FROM spott__application_funnel"
    )
    assert {tuple(key): number for *key, number, _ in rows if number} == dict(here)
    assert {tuple(key): number for *key, _, number in rows if number} == dict(+beyond)


def is_speculative(application: Record) -> bool:
    return get(application, "vacancy", "id") is None


def test_client_contacts(marts: Marts) -> None:
    people = source(marts.sandbox, "client_contact_details")
    roles = {role["id"]: role for person in people.values() for role in person["clientContacts"] or []}
    expected = {}
    for contact in records(marts.sandbox, "client_contacts"):
        role = roles.get(contact["id"])
        expected[contact["id"]] = (
            contact["candidateId"],
            get(contact, "client", "company", "id"),
            bool(get(contact, "mainContact", "deactivatedAt")),
            preferred(get(role, "emailAddresses"), "email"),
            preferred(get(role, "phoneNumbers"), "phoneNumber"),
            naive(get(people.get(contact["candidateId"]), "lastInteractionDate")),
        )
    rows = marts.rows(
        "SELECT client_contact_id, candidate_id, company_id, main_contact_has_left, email, phone, last_interaction_at"
        " FROM spott__client_contacts"
    )
    assert {key: tuple(values) for key, *values in rows} == expected


def preferred(items: list[Record] | None, field: str) -> str | None:
    """Return the primary address or number, or the first in alphabetical order."""
    found = [(not item.get("isPrimary"), item[field]) for item in items or [] if item.get(field)]
    return min(found)[1] if found else None


def test_company_coverage(marts: Marts) -> None:
    active, still_open, placed = Counter[str](), Counter[str](), Counter[str]()
    people = source(marts.sandbox, "client_contact_details")
    last: dict[str, datetime | None] = {}
    for each in records(marts.sandbox, "client_contacts"):
        company = get(each, "client", "company", "id")
        active[company] += bool(each["active"])
        moment = naive(get(people.get(each["candidateId"]), "lastInteractionDate"))
        last[company] = max(filter(None, (last.get(company), moment)), default=None)
    for each in records(marts.sandbox, "opportunities"):
        still_open[get(each, "company", "id")] += bool(get(each, "stage", "isOpen"))
    for each in records(marts.sandbox, "placements"):
        placed[get(each, "company", "id")] += 1
    companies = {*active, *still_open, *placed} - {None}
    expected = {key: (active[key], still_open[key], placed[key], last.get(key)) for key in companies}
    rows = marts.rows(
        "SELECT company_id, active_contacts, open_opportunities, placements, last_interaction_at"
        " FROM spott__company_coverage"
    )
    assert {key: tuple(values) for key, *values in rows} == expected


def test_user_activity_daily(marts: Marts) -> None:
    expected: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def add(column: int, user: str | None, moment: str | None) -> None:
        instant = time(moment)
        if user and instant:
            expected[user, instant.date()][column] += 1

    for each in records(marts.sandbox, "notes"):
        add(0, get(each, "createdBy", "id"), each["createdAt"])
        if get(each, "call", "id"):
            add(1, get(each, "createdBy", "id"), each["createdAt"])
    for each in records(marts.sandbox, "tasks"):
        if each["isCompleted"]:
            add(2, get(each, "assignedTo", "id"), each["completedAt"])
    for each in records(marts.sandbox, "placements"):
        add(3, get(each, "placedByUser", "id"), each["placedAt"])
    rows = marts.rows(
        "SELECT user_id, activity_date, notes, calls, tasks_completed, placements FROM spott__user_activity_daily"
    )
    assert {(user, day): values for user, day, *values in rows} == expected


def ends_before_start(record: Record) -> bool:
    start, end = time(record["startDate"]), time(record["endDate"])
    return bool(start and end and end < start)


CHECKS: dict[str, tuple[str, Callable[[Record], Any], Callable[[Record], Any]]] = {
    "contact_without_company": (
        "client_contacts",
        lambda _: True,
        lambda each: not get(each, "client", "company", "id"),
    ),
    "contact_ends_before_start": ("client_contacts", lambda _: True, ends_before_start),
    "active_contact_without_main_contact": (
        "client_contacts",
        lambda each: each["active"],
        lambda each: not get(each, "mainContact", "id"),
    ),
    "active_contact_main_contact_left": (
        "client_contacts",
        lambda each: each["active"],
        lambda each: get(each, "mainContact", "deactivatedAt"),
    ),
    "opportunity_without_stage": (
        "opportunities",
        lambda _: True,
        lambda each: not get(each, "stage", "id"),
    ),
    "open_opportunity_without_owner": (
        "opportunities",
        lambda each: get(each, "stage", "isOpen"),
        lambda each: not get(each, "owner", "id"),
    ),
    "application_without_candidate": (
        "applications",
        lambda _: True,
        lambda each: not get(each, "candidate", "id"),
    ),
    "placement_without_fee": (
        "placements",
        lambda _: True,
        lambda each: get(each, "fee", "net", "amount") is None,
    ),
    "fee_not_split_in_full": (
        "placements",
        lambda each: get(each, "fee", "net", "amount") is not None,
        lambda each: abs(sum(share for _, share in splits(each)) - 1) > 1e-9,
    ),
    "open_task_overdue": ("tasks", lambda each: each["isCompleted"] is False, lambda each: is_past(each["dueDate"])),
    "open_task_without_assignee": (
        "tasks",
        lambda each: each["isCompleted"] is False,
        lambda each: not get(each, "assignedTo", "id"),
    ),
}
"""By check: the stream, the records that it covers, and those that fail it."""


def test_data_quality(marts: Marts) -> None:
    found = {
        name: tuple(counts)
        for name, *counts in marts.rows("SELECT check_name, records, wrong FROM spott__data_quality")
    }
    for name, (stream, is_covered, is_wrong) in CHECKS.items():
        covered = [each for each in records(marts.sandbox, stream) if is_covered(each)]
        assert found[name] == (len(covered), count(covered, is_wrong)), name


def test_time_to_fill(marts: Marts) -> None:
    placed: dict[str, list[datetime]] = defaultdict(list)
    for each in records(marts.sandbox, "placements"):
        if not get(each, "extensionOf", "id"):
            placed[get(each, "vacancy", "id")].append(time(each["placedAt"]) or datetime.max.replace(tzinfo=UTC))
    expected = {}
    for vacancy in records(marts.sandbox, "vacancies"):
        created, first = time(vacancy["createdAt"]), min(placed[vacancy["id"]], default=None)
        days = (first.date() - created.date()).days if created and first and first >= created else None
        expected[vacancy["id"]] = (len(placed[vacancy["id"]]), days)
    rows = marts.rows("SELECT vacancy_id, placements, days_to_fill FROM spott__time_to_fill")
    assert {key: tuple(values) for key, *values in rows} == expected


@pytest.mark.parametrize(("query", "output"), [each for each in QUESTIONS if HISTORY not in each[0]])
def test_page_shows_the_output_of_its_queries(marts: Marts, query: str, output: str) -> None:
    assert marts.table(query) == output


def test_opportunity_stage_history(marts: Marts, project: Project) -> None:
    before = marts.row(
        "SELECT count(*), count(*) FILTER (WHERE is_current AND NOT start_is_known)"
        " FROM spott__opportunity_stage_history"
    )
    opportunities = sorted(records(marts.sandbox, "opportunities"), key=lambda each: each["id"])
    assert before == (len(opportunities), len(opportunities))

    *_, won, lost = marts.sandbox.directory()["opportunity_stages"]
    moved = [each for each in opportunities if get(each, "stage", "isOpen")][:3]
    marts.sandbox.touch("opportunities", ids=[each["id"] for each in moved[:2]], fields={"stage": {"stage": won}})
    marts.sandbox.touch("opportunities", ids=[moved[2]["id"]], fields={"stage": {"stage": lost}})
    marts.sandbox.touch("opportunities", ids=[opportunities[-1]["id"]])
    marts.build(project)
    rows = marts.rows(
        "WITH history AS (SELECT *, max(interval_number) OVER (PARTITION BY opportunity_id) AS intervals"
        " FROM spott__opportunity_stage_history)"
        " SELECT opportunity_id, interval_number, stage_id, is_current, start_is_known, valid_to IS NULL FROM history"
        " WHERE intervals > 1 ORDER BY opportunity_id, interval_number"
    )
    expected = []
    for each, stage in zip(moved, (won, won, lost), strict=True):
        expected += [
            (each["id"], 1, each["stage"]["id"], False, False, False),
            (each["id"], 2, stage["id"], True, True, True),
        ]
    assert rows == expected
    ((query, output),) = [each for each in QUESTIONS if HISTORY in each[0]]
    assert marts.table(query) == output
