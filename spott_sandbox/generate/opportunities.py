"""Opportunities, whose attributes are wrapped in views."""

from spott_sandbox.generate import words
from spott_sandbox.generate.contacts import BULK_IMPORT
from spott_sandbox.generate.directory import Directory
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import (
    ENUM_PROBABILITY,
    HISTORY_END,
    HISTORY_START,
    UNKNOWN_FIELD_PROBABILITY,
    Record,
    format_varied,
    random_date_time,
    random_timestamp,
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
# Each record has a null in the next of these: first inside the wrappers, then in place of them.
_NULLS = [
    *(f"{key}.{key}" for key in _WRAPPED),
    *(f"stage.stage.{key}" for key in ("name", "order", "isOpen")),
    *("company.company.name", "closeDate.closeDate.target"),
    *(f"owner.owner.{key}" for key in ("name", "avatarUrl", "deactivatedAt")),
    *(f"nextTaskDue.nextTaskDue.{key}" for key in ("content", "dueDate")),
    *(f"clientTeam.clientTeam.{key}" for key in _MEMBER_NULLS),
    *_WRAPPED,
]


def make_opportunities(seed: int, count: int, directory: Directory, contacts: list[Contact]) -> list[Row]:
    """Return `count` opportunities, with teams of contacts."""
    return [_opportunity(seed, number, directory, contacts) for number in range(count)]


def _opportunity(seed: int, number: int, directory: Directory, contacts: list[Contact]) -> Row:
    rng = Rng(seed, "opportunity", number)
    created = random_timestamp(rng, HISTORY_START, HISTORY_END)
    watermark = random_timestamp(rng, created, HISTORY_END)
    if rng.chance(0.2):
        watermark = max(created, BULK_IMPORT)
    values = _values(rng, number, format_varied(rng, created), directory, contacts)
    enums = rng.chance(ENUM_PROBABILITY)
    record: Record = {"id": make_id(seed, "opportunity", number)}
    record |= {key: wrapped("opportunity", key, value, enums=enums) for key, value in values.items()}
    if rng.chance(UNKNOWN_FIELD_PROBABILITY):
        record["probability"] = wrapped("opportunity", "probability", 0.4, enums=enums)
    nulled: Record = with_null(record, tuple(_NULLS[number % len(_NULLS)].split(".")))
    return Row(nulled, watermark)


def _values(rng: Rng, number: int, created_at: str, directory: Directory, contacts: list[Contact]) -> Record:
    company = rng.choice(directory.clients).company
    team = [team_member(rng.choice(contacts)) for _ in range(rng.randint(0, 3))] if contacts else []
    return {
        "name": f"{rng.choice(words.ROLES) or 'Untitled'} #{number}",
        "description": rng.maybe(rng.choice(words.SENTENCES), 0.7),
        "stage": rng.maybe(rng.choice(directory.opportunity_stages), 0.95),
        "company": {"id": company["id"], "name": company["name"]},
        "owner": rng.maybe(user_reference(rng.choice(directory.users)), 0.8),
        "closeDate": rng.maybe({"target": rng.maybe(random_date_time(rng), 0.8)}, 0.8),
        "createdAt": created_at,
        "clientTeam": team,
        "nextTaskDue": rng.maybe(task(rng), 0.3),
    }


def team_member(contact: Contact) -> Record:
    """Return a contact as a member of a client team."""
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
