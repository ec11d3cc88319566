"""Client contacts and the candidates behind them."""

from dataclasses import dataclass

from spott_sandbox.generate import words
from spott_sandbox.generate.directory import Directory
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import (
    DAY,
    ENUM_PROBABILITY,
    HISTORY_END,
    HISTORY_START,
    UNKNOWN_FIELD_PROBABILITY,
    Record,
    custom_attributes,
    email_addresses,
    format_varied,
    locations,
    phone_numbers,
    random_date_time,
    random_timestamp,
    task,
    user_overview,
    user_reference,
    with_null,
)
from spott_sandbox.rows import Contact, Person
from spott_sandbox.timestamps import MICROS_PER_SECOND, parse_timestamp

BULK_IMPORT = parse_timestamp("2024-03-11T02:00:00Z")
"""The watermark of all bulk-imported records."""
PERSON_FIELDS = ("firstName", "lastName", "avatarUrl", "locations")
"""The fields that a contact has from its candidate."""

_PLACE = ("street1", "street2", "postalCode", "city", "region", "state", "country", "rawCityCountry")
_PLACE_NULLS = [f"locations.{key}" for key in (*_PLACE, "latitude", "longitude", "formattedAddress", "type")]
_USER_NULLS = ("name", "avatarUrl", "deactivatedAt")
# Each record has a null in the next of these fields, so that even a small dataset has all of them.
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
_MISSING_INTERVAL = 500
"""One record in this many has no `candidateId`, and another one no `modifiedAt`."""


@dataclass(slots=True)
class Times:
    """A record's timestamps in microseconds since 1970."""

    created: int
    modified: int
    watermark: int


def make_contacts(seed: int, count: int, directory: Directory) -> tuple[list[Contact], list[Person]]:
    """Return `count` contacts and the people behind them.

    About one person in ten has two or three contacts, at different companies.
    """
    contacts: list[Contact] = []
    people: list[Person] = []
    person_count = 0
    while len(contacts) < count:
        rng = Rng(seed, "person", person_count)
        person = Person(make_person_record(seed, person_count, rng, directory), 0)
        contact_count = rng.randint(2, 3) if rng.chance(0.1) else 1
        person_count += 1
        for number in range(len(contacts), min(len(contacts) + contact_count, count)):
            times = make_times(Rng(seed, "times", number), bulk=in_bulk_import(number, count))
            contacts.append(_contact(seed, number, times, person, directory))
        if person.contact_ids:
            people.append(person)
    return contacts, people


def in_bulk_import(number: int, count: int) -> bool:
    """Return whether a record, one of `count`, belongs to the bulk import."""
    size = min(120, count * 120 // 500)
    return count // 3 <= number < count // 3 + size


def make_times(rng: Rng, *, bulk: bool) -> Times:
    """Return timestamps in chronological order, or those of the bulk import."""
    if bulk:
        return Times(BULK_IMPORT, BULK_IMPORT, BULK_IMPORT)
    created = random_timestamp(rng, HISTORY_START, HISTORY_END)
    modified = random_timestamp(rng, created, HISTORY_END)
    if not rng.chance(0.2):
        return Times(created, modified, modified)
    # The watermark also moves when a linked record changes, seconds or months later.
    furthest = modified + rng.choice((60 * MICROS_PER_SECOND, DAY, 120 * DAY))
    return Times(created, modified, random_timestamp(rng, modified, min(furthest, HISTORY_END)))


def make_person_record(seed: int, number: int, rng: Rng, directory: Directory) -> Record:
    """Return a person's "Get contacts by candidate ID" object, without contacts."""
    enums = rng.chance(ENUM_PROBABILITY)
    overview: Record = {
        "candidateId": make_id(seed, "candidate", number),
        "firstName": rng.choice(words.FIRST_NAMES),
        "lastName": rng.choice(words.LAST_NAMES),
        "avatarUrl": rng.maybe(f"https://images.example.com/people/{number}.jpg", 0.5),
        "locations": locations(rng, enums=enums),
        "lastInteractionDate": rng.maybe(random_date_time(rng), 0.7),
        "lastInteractionWith": rng.maybe(user_reference(rng.choice(directory.users)), 0.7),
        "nextInteractionDate": rng.maybe(random_date_time(rng), 0.3),
        "nextInteractionWith": rng.maybe(user_reference(rng.choice(directory.users)), 0.3),
        "lastActivityDate": random_date_time(rng),
        "nextTaskDue": rng.maybe(task(rng), 0.4),
        "mainContact": rng.maybe(user_overview(rng.choice(directory.users)), 0.9),
    }
    if rng.chance(UNKNOWN_FIELD_PROBABILITY):
        overview["relationshipScore"] = rng.randint(0, 100)
    nulled: Record = with_null(overview, tuple(_PERSON_NULLS[number % len(_PERSON_NULLS)].split(".")))
    return nulled


def _contact(seed: int, number: int, times: Times, person: Person, directory: Directory) -> Contact:
    rng = Rng(seed, "contact", number)
    client = directory.clients[(number * 7) % len(directory.clients)]
    enums = rng.chance(ENUM_PROBABILITY)
    candidate_id = None if number % _MISSING_INTERVAL == _MISSING_INTERVAL - 1 else person.id
    record = _record(seed, number, rng, times, directory)
    record |= {"candidateId": candidate_id, **{key: person.record[key] for key in PERSON_FIELDS}}
    record |= {"client": {"company": client.company, "locations": client.locations}}
    record |= {"customAttributes": custom_attributes(rng, enums=enums)}
    _add_unknown_fields(record, rng)
    record = with_null(record, tuple(_CONTACT_NULLS[number % len(_CONTACT_NULLS)].split(".")))
    if candidate_id is not None:
        person.contact_ids.append(record["id"])
        person.watermark = max(person.watermark, times.watermark)
    return Contact(
        record,
        times.watermark,
        candidate_id,
        client.id,
        email_addresses(rng, f"contact{number}", enums=enums),
        phone_numbers(rng, enums=enums),
    )


def _record(seed: int, number: int, rng: Rng, times: Times, directory: Directory) -> Record:
    """Return a contact with the keys of "Get client contacts" in that order; the caller sets some values."""
    modified_at = None if number % _MISSING_INTERVAL == _MISSING_INTERVAL // 2 else format_varied(rng, times.modified)
    return {
        "id": make_id(seed, "contact", number),
        "candidateId": None,
        "firstName": None,
        "lastName": None,
        "avatarUrl": None,
        "locations": [],
        "client": None,
        "role": rng.maybe(rng.choice(words.ROLES), 0.9),
        "department": rng.maybe(rng.choice(words.DEPARTMENTS), 0.8),
        "startDate": rng.maybe(random_date_time(rng), 0.6),
        "endDate": rng.maybe(random_date_time(rng), 0.15),
        "active": rng.chance(0.85),
        "stage": rng.maybe(rng.choice(directory.contact_stages), 0.9),
        "mainContact": rng.maybe(user_reference(rng.choice(directory.users)), 0.85),
        "createdAt": format_varied(rng, times.created),
        "customAttributes": [],
        "modifiedAt": modified_at,
    }


def _add_unknown_fields(record: Record, rng: Rng) -> None:
    if rng.chance(UNKNOWN_FIELD_PROBABILITY):
        record["shinyNewField"] = {"since": "2026", "tags": ["new", None]}
    if record["stage"] and rng.chance(UNKNOWN_FIELD_PROBABILITY):
        record["stage"] = {**record["stage"], "automation": {"enabled": True}}
