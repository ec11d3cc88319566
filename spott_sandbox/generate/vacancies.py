"""Vacancies, with what only their detail shows."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.opportunities import team_member
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import (
    DAY,
    ENUMS_SENT,
    Record,
    draw_time,
    in_view,
    location,
    spell_as_sent,
    user_overview,
    wrapped,
)
from spott_sandbox.timestamps import spell


def draw_vacancy(agency: Agency, number: int, times: Times) -> Record:
    """Return a vacancy as the list sends it."""
    dice = Dice(agency.seed, "vacancy", number)
    enums = dice.chance(ENUMS_SENT)
    reference = agency.vacancy_reference(number)
    values = _values(agency, number, dice, enums=enums) | {
        "name": reference["name"],
        "createdAt": spell_as_sent(dice, times.created),
        "startAt": dice.maybe(spell(times.created + 30 * DAY, "milliseconds"), 0.8),
        "endAt": dice.maybe(spell(times.created + 400 * DAY, "milliseconds"), 0.3),
    }
    return {"id": reference["id"], **{key: wrapped("vacancy", key, values[key], enums=enums) for key in _ORDER}}


_ORDER = (
    *("client", "name", "description", "stage", "createdAt", "startAt", "endAt", "salaryRange", "location", "team"),
    *("employmentType", "locationType", "clientTeam"),
)


def _values(agency: Agency, number: int, dice: Dice, *, enums: bool) -> Record:
    client = agency.client_reference(agency.vacancy_client(number))
    contacts = agency.contacts_of.get(client["id"], [])
    low = dice.between(20, 120) * 1000
    pay: Record = {"currency": dice.pick(words.CURRENCIES), "min": low, "max": dice.maybe(low * 1.25, 0.8)}
    if not enums:
        del pay["currency"]
    users = agency.directory.users
    return {
        "client": client,
        "description": dice.maybe(dice.pick(words.SENTENCES), 0.8),
        "stage": dice.maybe(dice.pick(agency.stages["vacancies"]), 0.95),
        "salaryRange": dice.maybe(pay, 0.7),
        "location": dice.maybe(location(dice, enums=enums), 0.8),
        "team": [user_overview(dice.pick(users)) for _ in range(dice.between(0, 3))],
        "employmentType": dice.maybe(dice.pick(words.EMPLOYMENT_TYPES), 0.8),
        "locationType": dice.maybe(dice.pick(words.LOCATION_TYPES), 0.8),
        "clientTeam": [team_member(dice.pick(contacts)) for _ in range(dice.between(0, 2))] if contacts else [],
    }


def vacancy_detail(seed: int, vacancy_id: str) -> Record:
    """Return what a vacancy's detail adds to its record."""
    dice = Dice(seed, "vacancy detail", vacancy_id)
    return {"customAttributes": entity_attributes(dice, "vacancy", enums=dice.chance(ENUMS_SENT))}


def old_vacancy(agency: Agency, record: Record) -> Record:
    """Return a vacancy in the older shape, which had a status instead of a stage."""
    wrapper = record["stage"] or {}
    ids = [stage["id"] for stage in agency.stages["vacancies"]]
    stage_id = (wrapper.get("stage") or {}).get("id")
    status = words.VACANCY_STATUSES[ids.index(stage_id)] if stage_id in ids else None
    rest = {key: value for key, value in record.items() if key != "stage"}
    return {**rest, "status": wrapped("vacancy", "status", status, enums="viewType" in wrapper)}


def old_vacancy_extras(agency: Agency, vacancy_id: str) -> Record:
    """Return what the older version of the detail adds beyond that."""
    dice = Dice(agency.seed, "old vacancy detail", vacancy_id)
    totals = [
        {**{key: stage[key] for key in ("type", "id", "name", "order")}, "total": dice.between(0, 40)}
        for stage in agency.stages["applications"]
    ]
    return {
        "stageTotals": in_view("vacancy", "stageTotals", {"totals": totals}, enums=True),
        "clientPortalId": dice.maybe(make_id("portal", vacancy_id), 0.3),
        "lastRankedAt": dice.maybe(draw_time(dice), 0.4),
    }
