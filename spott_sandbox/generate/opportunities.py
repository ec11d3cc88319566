"""Opportunities, whose attributes are wrapped in the view that shows them."""

from spott_sandbox.generate import words
from spott_sandbox.generate.contacts import BULK_IMPORT
from spott_sandbox.generate.directory import Directory
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import (
    ENUMS_SENT,
    HISTORY_END,
    HISTORY_START,
    UNKNOWN_SENT,
    Record,
    draw_instant,
    draw_time,
    spell_as_sent,
    task,
    user_reference,
    with_null,
    wrapped,
)
from spott_sandbox.rows import Contact, Row

_MEMBER_NULLS = (
    *("firstName", "lastName", "middleName", "secondLastName", "avatarUrl", "candidateId", "companyId"),
    *("companyName", "companyLogoUrl", "jobTitle", "department", "emails", "phoneNumbers"),
)
_WRAPPED = (
    *("name", "description", "stage", "company", "owner", "closeDate", "createdAt"),
    *("clientTeam", "nextTaskDue"),
)
# As for contacts: each null in turn, first inside the wrapper, then the whole attribute.
_NULLS = [
    *(f"{key}.{key}" for key in _WRAPPED),
    *(f"stage.stage.{key}" for key in ("name", "order", "isOpen")),
    *("company.company.name", "closeDate.closeDate.target"),
    *(f"owner.owner.{key}" for key in ("name", "avatarUrl", "deactivatedAt")),
    *(f"nextTaskDue.nextTaskDue.{key}" for key in ("content", "dueDate")),
    *(f"clientTeam.clientTeam.{key}" for key in _MEMBER_NULLS),
    *_WRAPPED,
]


def draw_opportunities(seed: int, count: int, directory: Directory, contacts: list[Contact]) -> list[Row]:
    """Return so many opportunities, with teams made of the contacts."""
    return [_opportunity(seed, number, directory, contacts) for number in range(count)]


def _opportunity(seed: int, number: int, directory: Directory, contacts: list[Contact]) -> Row:
    dice = Dice(seed, "opportunity", number)
    created = draw_instant(dice, HISTORY_START, HISTORY_END)
    watermark = draw_instant(dice, created, HISTORY_END)
    if dice.chance(0.2):
        watermark = max(created, BULK_IMPORT)
    values = _values(dice, number, spell_as_sent(dice, created), directory, contacts)
    enums = dice.chance(ENUMS_SENT)
    record: Record = {"id": make_id(seed, "opportunity", number)}
    record |= {key: wrapped("opportunity", key, value, enums=enums) for key, value in values.items()}
    if dice.chance(UNKNOWN_SENT):
        record["probability"] = wrapped("opportunity", "probability", 0.4, enums=enums)
    nulled: Record = with_null(record, tuple(_NULLS[number % len(_NULLS)].split(".")))
    return Row(nulled, watermark)


def _values(dice: Dice, number: int, created_at: str, directory: Directory, contacts: list[Contact]) -> Record:
    company = dice.pick(directory.clients).company
    team = [team_member(dice.pick(contacts)) for _ in range(dice.between(0, 3))] if contacts else []
    return {
        "name": f"{dice.pick(words.ROLES) or 'Untitled'} #{number}",
        "description": dice.maybe(dice.pick(words.SENTENCES), 0.7),
        "stage": dice.maybe(dice.pick(directory.opportunity_stages), 0.95),
        "company": {"id": company["id"], "name": company["name"]},
        "owner": dice.maybe(user_reference(dice.pick(directory.users)), 0.8),
        "closeDate": dice.maybe({"target": dice.maybe(draw_time(dice), 0.8)}, 0.8),
        "createdAt": created_at,
        "clientTeam": team,
        "nextTaskDue": dice.maybe(task(dice), 0.3),
    }


def team_member(contact: Contact) -> Record:
    """Return a contact as a client team names it."""
    company = (contact.record["client"] or {}).get("company") or {}
    return {
        "id": contact.id,
        "firstName": contact.record["firstName"],
        "lastName": contact.record["lastName"],
        "middleName": None,
        "secondLastName": None,
        "avatarUrl": contact.record["avatarUrl"],
        "candidateId": contact.candidate_id,
        "companyId": company.get("id"),
        "companyName": company.get("name"),
        "companyLogoUrl": company.get("logoUrl"),
        "jobTitle": contact.record["role"],
        "department": contact.record["department"],
        "emails": contact.emails,
        "phoneNumbers": contact.phones,
    }
