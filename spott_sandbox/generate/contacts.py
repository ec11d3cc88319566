"""Client contacts and the candidates behind them."""

from dataclasses import dataclass

from spott_sandbox.generate import words
from spott_sandbox.generate.directory import Directory
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import (
    DAY,
    ENUMS_SENT,
    HISTORY_END,
    HISTORY_START,
    UNKNOWN_SENT,
    Record,
    custom_attributes,
    draw_instant,
    draw_time,
    email_addresses,
    locations,
    phone_numbers,
    spell_as_sent,
    task,
    user_overview,
    user_reference,
    with_null,
)
from spott_sandbox.rows import Contact, Person
from spott_sandbox.timestamps import MICROS, parse

BULK_IMPORT = parse("2024-03-11T02:00:00Z")
"""The watermark that many contacts share."""
PERSON_FIELDS = ("firstName", "lastName", "avatarUrl", "locations")
"""The fields that a contact takes from its candidate."""

_PLACE = ("street1", "street2", "postalCode", "city", "region", "state", "country", "rawCityCountry")
_PLACE_NULLS = [f"locations.{key}" for key in (*_PLACE, "latitude", "longitude", "formattedAddress", "type")]
_USER_NULLS = ("name", "avatarUrl", "deactivatedAt")
# Every nullable field in turn, a different one in each record, so that even a small world has every null.
_CONTACT_NULLS = [
    *("role", "department", "startDate", "endDate", "active", "stage", "mainContact", "createdAt", "client"),
    *(f"stage.{key}" for key in ("order", "name", "colorHex")),
    *(f"mainContact.{key}" for key in _USER_NULLS),
    *("client.company", "client.locations", *(f"client.{path}" for path in _PLACE_NULLS)),
    *(f"client.company.{key}" for key in ("name", "logoUrl", "linkedinUrl")),
    *(f"customAttributes.{key}" for key in ("attributeDefinitionId", "label", "aiFillOngoing")),
    *(f"customAttributes.{key}" for key in ("aiOverridden", "isFilledByAI", "value", "value.text")),
    "customAttributes",
]
_PERSON_NULLS = [
    *("firstName", "lastName", "avatarUrl", "locations", *_PLACE_NULLS, "mainContact", "mainContact.userId"),
    *(f"mainContact.{key}" for key in ("email", *_USER_NULLS)),
    *("nextTaskDue.content", "nextTaskDue.dueDate", "lastActivityDate"),
    *(f"lastInteractionWith.{key}" for key in _USER_NULLS),
    *(f"nextInteractionWith.{key}" for key in _USER_NULLS),
]
_RARE = 500
"""One record in so many has no `candidateId`, and another one no `modifiedAt`."""


@dataclass(slots=True)
class Times:
    """A record's times in microseconds since 1970."""

    created: int
    modified: int
    watermark: int


def draw_contacts(seed: int, count: int, directory: Directory) -> tuple[list[Contact], list[Person]]:
    """Return so many contacts, and the people they belong to.

    About one person in ten holds two or three contacts, at different companies.
    """
    contacts: list[Contact] = []
    people: list[Person] = []
    drawn = 0
    while len(contacts) < count:
        dice = Dice(seed, "person", drawn)
        person = Person(draw_overview(seed, drawn, dice, directory), 0)
        held = dice.between(2, 3) if dice.chance(0.1) else 1
        drawn += 1
        for number in range(len(contacts), min(len(contacts) + held, count)):
            times = draw_times(Dice(seed, "times", number), bulk=in_bulk_import(number, count))
            contacts.append(_contact(seed, number, times, person, directory))
        if person.contact_ids:
            people.append(person)
    return contacts, people


def in_bulk_import(number: int, count: int) -> bool:
    """Say whether a record, one of so many, came with the bulk import."""
    size = min(120, count * 120 // 500)
    return count // 3 <= number < count // 3 + size


def draw_times(dice: Dice, *, bulk: bool) -> Times:
    """Return times in their order, or those of the bulk import."""
    if bulk:
        return Times(BULK_IMPORT, BULK_IMPORT, BULK_IMPORT)
    created = draw_instant(dice, HISTORY_START, HISTORY_END)
    modified = draw_instant(dice, created, HISTORY_END)
    if not dice.chance(0.2):
        return Times(created, modified, modified)
    # The watermark also moves when something linked to the contact changes: by seconds or by months.
    furthest = modified + dice.pick((60 * MICROS, DAY, 120 * DAY))
    return Times(created, modified, draw_instant(dice, modified, min(furthest, HISTORY_END)))


def draw_overview(seed: int, number: int, dice: Dice, directory: Directory) -> Record:
    """Return what "Get contacts by candidate ID" says of a person."""
    enums = dice.chance(ENUMS_SENT)
    overview: Record = {
        "candidateId": make_id(seed, "candidate", number),
        "firstName": dice.pick(words.FIRST_NAMES),
        "lastName": dice.pick(words.LAST_NAMES),
        "avatarUrl": dice.maybe(f"https://images.example.com/people/{number}.jpg", 0.5),
        "locations": locations(dice, enums=enums),
        "lastInteractionDate": dice.maybe(draw_time(dice), 0.7),
        "lastInteractionWith": dice.maybe(user_reference(dice.pick(directory.users)), 0.7),
        "nextInteractionDate": dice.maybe(draw_time(dice), 0.3),
        "nextInteractionWith": dice.maybe(user_reference(dice.pick(directory.users)), 0.3),
        "lastActivityDate": draw_time(dice),
        "nextTaskDue": dice.maybe(task(dice), 0.4),
        "mainContact": dice.maybe(user_overview(dice.pick(directory.users)), 0.9),
    }
    if dice.chance(UNKNOWN_SENT):
        overview["relationshipScore"] = dice.between(0, 100)
    nulled: Record = with_null(overview, tuple(_PERSON_NULLS[number % len(_PERSON_NULLS)].split(".")))
    return nulled


def _contact(seed: int, number: int, times: Times, person: Person, directory: Directory) -> Contact:
    dice = Dice(seed, "contact", number)
    client = directory.clients[(number * 7) % len(directory.clients)]
    enums = dice.chance(ENUMS_SENT)
    candidate_id = None if number % _RARE == _RARE - 1 else person.id
    record = _record(seed, number, dice, times, directory)
    record |= {"candidateId": candidate_id, **{key: person.record[key] for key in PERSON_FIELDS}}
    record |= {"client": {"company": client.company, "locations": client.locations}}
    record |= {"customAttributes": custom_attributes(dice, enums=enums)}
    _add_unknown_fields(record, dice)
    record = with_null(record, tuple(_CONTACT_NULLS[number % len(_CONTACT_NULLS)].split(".")))
    if candidate_id is not None:
        person.contact_ids.append(record["id"])
        person.watermark = max(person.watermark, times.watermark)
    return Contact(
        record,
        times.watermark,
        candidate_id,
        client.id,
        email_addresses(dice, f"contact{number}", enums=enums),
        phone_numbers(dice, enums=enums),
    )


def _record(seed: int, number: int, dice: Dice, times: Times, directory: Directory) -> Record:
    """Return a contact with the keys of "Get client contacts" in its order, some still to be filled."""
    modified_at = None if number % _RARE == _RARE // 2 else spell_as_sent(dice, times.modified)
    return {
        "id": make_id(seed, "contact", number),
        "candidateId": None,
        "firstName": None,
        "lastName": None,
        "avatarUrl": None,
        "locations": [],
        "client": None,
        "role": dice.maybe(dice.pick(words.ROLES), 0.9),
        "department": dice.maybe(dice.pick(words.DEPARTMENTS), 0.8),
        "startDate": dice.maybe(draw_time(dice), 0.6),
        "endDate": dice.maybe(draw_time(dice), 0.15),
        "active": dice.chance(0.85),
        "stage": dice.maybe(dice.pick(directory.contact_stages), 0.9),
        "mainContact": dice.maybe(user_reference(dice.pick(directory.users)), 0.85),
        "createdAt": spell_as_sent(dice, times.created),
        "customAttributes": [],
        "modifiedAt": modified_at,
    }


def _add_unknown_fields(record: Record, dice: Dice) -> None:
    if dice.chance(UNKNOWN_SENT):
        record["shinyNewField"] = {"since": "2026", "tags": ["new", None]}
    if record["stage"] and dice.chance(UNKNOWN_SENT):
        record["stage"] = {**record["stage"], "automation": {"enabled": True}}
