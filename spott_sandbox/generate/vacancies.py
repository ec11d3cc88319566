"""Vacancies and the extra fields of their details."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.opportunities import team_member
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import (
    DAY,
    ENUM_PROBABILITY,
    Record,
    format_varied,
    location,
    random_date_time,
    user_overview,
    view,
    wrapped,
)
from spott_sandbox.timestamps import format_timestamp


def make_vacancy(agency: Agency, number: int, times: Times) -> Record:
    """Return a list's vacancy record."""
    rng = Rng(agency.seed, "vacancy", number)
    enums = rng.chance(ENUM_PROBABILITY)
    reference = agency.vacancy_reference(number)
    values = _values(agency, number, rng, enums=enums) | {
        "name": reference["name"],
        "createdAt": format_varied(rng, times.created),
        "startAt": rng.maybe(format_timestamp(times.created + 30 * DAY, "milliseconds"), 0.8),
        "endAt": rng.maybe(format_timestamp(times.created + 400 * DAY, "milliseconds"), 0.3),
    }
    return {"id": reference["id"], **{key: wrapped("vacancy", key, values[key], enums=enums) for key in _ORDER}}


_ORDER = (
    *("client", "name", "description", "stage", "createdAt", "startAt", "endAt", "salaryRange", "location", "team"),
    *("employmentType", "locationType", "clientTeam"),
)


def _values(agency: Agency, number: int, rng: Rng, *, enums: bool) -> Record:
    client = agency.client_reference(agency.vacancy_client(number))
    contacts = agency.contacts_of.get(client["id"], [])
    low = rng.randint(20, 120) * 1000
    pay: Record = {"currency": rng.choice(words.CURRENCIES), "min": low, "max": rng.maybe(low * 1.25, 0.8)}
    if not enums:
        del pay["currency"]
    users = agency.directory.users
    return {
        "client": client,
        "description": rng.maybe(rng.choice(words.SENTENCES), 0.8),
        "stage": rng.maybe(rng.choice(agency.stages["vacancies"]), 0.95),
        "salaryRange": rng.maybe(pay, 0.7),
        "location": rng.maybe(location(rng, enums=enums), 0.8),
        "team": [user_overview(rng.choice(users)) for _ in range(rng.randint(0, 3))],
        "employmentType": rng.maybe(rng.choice(words.EMPLOYMENT_TYPES), 0.8),
        "locationType": rng.maybe(rng.choice(words.LOCATION_TYPES), 0.8),
        "clientTeam": [team_member(rng.choice(contacts)) for _ in range(rng.randint(0, 2))] if contacts else [],
    }


def vacancy_extras(seed: int, vacancy_id: str) -> Record:
    """Return the fields that only a vacancy's detail has."""
    rng = Rng(seed, "vacancy detail", vacancy_id)
    return {"customAttributes": entity_attributes(rng, "vacancy", enums=rng.chance(ENUM_PROBABILITY))}


def older_vacancy(agency: Agency, record: Record) -> Record:
    """Return a vacancy of the older documentation, which has a status instead of a stage."""
    wrapper = record["stage"] or {}
    ids = [stage["id"] for stage in agency.stages["vacancies"]]
    stage_id = (wrapper.get("stage") or {}).get("id")
    status = words.VACANCY_STATUSES[ids.index(stage_id)] if stage_id in ids else None
    rest = {key: value for key, value in record.items() if key != "stage"}
    return {**rest, "status": wrapped("vacancy", "status", status, enums="viewType" in wrapper)}


def older_vacancy_extras(agency: Agency, vacancy_id: str) -> Record:
    """Return the fields that only the older documentation's detail has."""
    rng = Rng(agency.seed, "old vacancy detail", vacancy_id)
    totals = [
        {**{key: stage[key] for key in ("type", "id", "name", "order")}, "total": rng.randint(0, 40)}
        for stage in agency.stages["applications"]
    ]
    return {
        "stageTotals": view("vacancy", "stageTotals", {"totals": totals}, enums=True),
        "clientPortalId": rng.maybe(make_id("portal", vacancy_id), 0.3),
        "lastRankedAt": rng.maybe(random_date_time(rng), 0.4),
    }
