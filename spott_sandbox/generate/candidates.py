"""Candidates: the people behind the client contacts, and others."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.contacts import Times, make_person_record
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import (
    ENUM_PROBABILITY,
    Record,
    email_addresses,
    phone_numbers,
    view,
    wrapped,
)

_WRAPPED = ("gender", "nationality", "status", "emails", "phoneNumbers", "locations", "dateOfBirth", "socialMedia")
_VIEWS = {"locations": "location"}


def make_candidate(agency: Agency, number: int, _: Times) -> Record:
    """Return a list's candidate record; most include custom attributes."""
    rng = Rng(agency.seed, "candidate", number)
    enums = rng.chance(ENUM_PROBABILITY)
    overview = _overview(agency, number, rng)
    values = _values(rng, number, overview, enums=enums) | {"currentPlacements": _placements(agency, number)}
    record = candidate_record(agency.person(number), values, overview, enums=enums)
    return record | (candidate_attributes(agency.seed, number) if rng.chance(0.7) else {})


def candidate_record(person: Record, values: Record, overview: Record, *, enums: bool) -> Record:
    """Return a list's candidate record without custom attributes.

    Args:
        person: Their ID and name.
        values: The values of the views.
        overview: Their "Get contacts by candidate ID" object.
        enums: Whether to include `viewType`.
    """
    name = {key: person[key] for key in ("avatarUrl", "firstName", "lastName")}
    return {
        "id": person["id"],
        "name": view("candidate", "name", name, enums=enums),
        **{key: view("candidate", _VIEWS.get(key, key), {key: values[key]}, enums=enums) for key in _WRAPPED},
        **_interactions(overview, enums=enums),
        "languages": wrapped("candidate", "languages", values["languages"], enums=enums),
        "compensation": wrapped("candidate", "compensation", values["compensation"], enums=enums),
        "currentPlacements": view("candidate", "currentPlacements", values["currentPlacements"], enums=enums),
    }


def candidate_attributes(seed: int, number: int) -> Record:
    """Return a candidate's custom attributes."""
    rng = Rng(seed, "candidate attributes", number)
    return {"customAttributes": entity_attributes(rng, "candidate", enums=rng.chance(ENUM_PROBABILITY))}


def _overview(agency: Agency, number: int, rng: Rng) -> Record:
    if number < len(agency.people):
        return agency.people[number].record
    return make_person_record(agency.seed, number, rng, agency.directory)


def _values(rng: Rng, number: int, overview: Record, *, enums: bool) -> Record:
    media = [
        {"url": f"https://{address}/example-{number}", "type": kind, "isPrimary": order == 0}
        for order, (kind, address) in enumerate(words.SOCIAL_MEDIA[: rng.randint(0, 3)])
    ]
    return {
        "gender": rng.choice(("male", "female", None)),
        "nationality": list(words.NATIONALITIES[: rng.randint(0, 2)]),
        "status": [rng.choice(words.PERSON_STATUSES)] if rng.chance(0.6) else [],
        "emails": email_addresses(rng, f"candidate{number}", enums=enums),
        "phoneNumbers": phone_numbers(rng, enums=enums),
        "locations": overview["locations"],
        "dateOfBirth": rng.maybe(f"{rng.randint(1950, 2005)}-02-28T00:00:00.000Z", 0.5),
        "socialMedia": media,
        "languages": [
            {"id": make_id("language", language), "language": language, "fluency": rng.choice(words.FLUENCIES)}
            for language in words.LANGUAGES[: rng.randint(0, 3)]
        ],
        "compensation": rng.maybe(
            {
                "id": make_id("compensation", number),
                "currency": rng.choice(words.CURRENCIES),
                "totalCompensation": rng.maybe(rng.randint(30, 250) * 1000, 0.9),
                "baseCompensation": rng.maybe(rng.randint(30_000, 200_000) + 0.5, 0.8),
            },
            0.5,
        ),
    }


def _interactions(overview: Record, *, enums: bool) -> Record:
    """Return the last and next interactions with a person, and the users involved."""
    interactions: Record = {}
    for when in ("last", "next"):
        date, user = f"{when}InteractionDate", f"{when}InteractionWith"
        interactions[date] = wrapped("candidate", date, overview[date], enums=enums)
        interactions[user] = view("candidate", user, {"user": _with_user_id(overview[user])}, enums=enums)
    main = view("candidate", "mainContact", {"user": overview["mainContact"]}, enums=enums)
    return {**interactions, "mainContact": main}


def _with_user_id(user: Record | None) -> Record | None:
    """Return a user reference with the keys that candidates have."""
    if user is None:
        return None
    rest = {key: value for key, value in user.items() if key != "id"}
    return {"userId": user["id"], "email": None, **rest}


def _placements(agency: Agency, number: int) -> Record:
    placements = [
        {"id": agency.placement_id(placement), "company": _company(agency, placement)}
        for placement in agency.placements_of.get(number, [])
    ]
    return {"hasCurrentPlacement": bool(placements), "placements": placements}


def _company(agency: Agency, placement: int) -> Record:
    vacancy = agency.application_vacancy(agency.placement_application(placement))
    company = agency.client(agency.vacancy_client(vacancy or 0)).company
    return {key: company[key] for key in ("id", "name")}
