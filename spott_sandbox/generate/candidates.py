"""Candidates: the people behind the client contacts, and all the others."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.contacts import Times, draw_overview
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import (
    ENUMS_SENT,
    Record,
    email_addresses,
    in_view,
    phone_numbers,
    wrapped,
)

_WRAPPED = ("gender", "nationality", "status", "emails", "phoneNumbers", "locations", "dateOfBirth", "socialMedia")
_VIEWS = {"locations": "location"}


def draw_candidate(agency: Agency, number: int, _: Times) -> Record:
    """Return a candidate as the list sends it; most carry their custom attributes there too."""
    dice = Dice(agency.seed, "candidate", number)
    enums = dice.chance(ENUMS_SENT)
    overview = _overview(agency, number, dice)
    values = _values(dice, number, overview, enums=enums) | {"currentPlacements": _placements(agency, number)}
    record = candidate_record(agency.person(number), values, overview, enums=enums)
    return record | (candidate_attributes(agency.seed, number) if dice.chance(0.7) else {})


def candidate_record(person: Record, values: Record, overview: Record, *, enums: bool) -> Record:
    """Return a candidate as the list sends it, but for custom attributes.

    Args:
        person: Their id and name.
        values: What their views hold.
        overview: What "Get contacts by candidate ID" says of them.
        enums: Whether the views' names are sent.
    """
    name = {key: person[key] for key in ("avatarUrl", "firstName", "lastName")}
    return {
        "id": person["id"],
        "name": in_view("candidate", "name", name, enums=enums),
        **{key: in_view("candidate", _VIEWS.get(key, key), {key: values[key]}, enums=enums) for key in _WRAPPED},
        **_interactions(overview, enums=enums),
        "languages": wrapped("candidate", "languages", values["languages"], enums=enums),
        "compensation": wrapped("candidate", "compensation", values["compensation"], enums=enums),
        "currentPlacements": in_view("candidate", "currentPlacements", values["currentPlacements"], enums=enums),
    }


def candidate_attributes(seed: int, number: int) -> Record:
    """Return a candidate's custom attributes."""
    dice = Dice(seed, "candidate attributes", number)
    return {"customAttributes": entity_attributes(dice, "candidate", enums=dice.chance(ENUMS_SENT))}


def _overview(agency: Agency, number: int, dice: Dice) -> Record:
    if number < len(agency.people):
        return agency.people[number].record
    return draw_overview(agency.seed, number, dice, agency.directory)


def _values(dice: Dice, number: int, overview: Record, *, enums: bool) -> Record:
    media = [
        {"url": f"https://{address}/example-{number}", "type": kind, "isPrimary": order == 0}
        for order, (kind, address) in enumerate(words.SOCIAL_MEDIA[: dice.between(0, 3)])
    ]
    return {
        "gender": dice.pick(("male", "female", None)),
        "nationality": list(words.NATIONALITIES[: dice.between(0, 2)]),
        "status": [dice.pick(words.PERSON_STATUSES)] if dice.chance(0.6) else [],
        "emails": email_addresses(dice, f"candidate{number}", enums=enums),
        "phoneNumbers": phone_numbers(dice, enums=enums),
        "locations": overview["locations"],
        "dateOfBirth": dice.maybe(f"{dice.between(1950, 2005)}-02-28T00:00:00.000Z", 0.5),
        "socialMedia": media,
        "languages": [
            {"id": make_id("language", language), "language": language, "fluency": dice.pick(words.FLUENCIES)}
            for language in words.LANGUAGES[: dice.between(0, 3)]
        ],
        "compensation": dice.maybe(
            {
                "id": make_id("compensation", number),
                "currency": dice.pick(words.CURRENCIES),
                "totalCompensation": dice.maybe(dice.between(30, 250) * 1000, 0.9),
                "baseCompensation": dice.maybe(dice.between(30_000, 200_000) + 0.5, 0.8),
            },
            0.5,
        ),
    }


def _interactions(overview: Record, *, enums: bool) -> Record:
    """Return what happened and will happen with a person, and with whom."""
    interactions: Record = {}
    for when in ("last", "next"):
        date, user = f"{when}InteractionDate", f"{when}InteractionWith"
        interactions[date] = wrapped("candidate", date, overview[date], enums=enums)
        interactions[user] = in_view("candidate", user, {"user": _by_user_id(overview[user])}, enums=enums)
    main = in_view("candidate", "mainContact", {"user": overview["mainContact"]}, enums=enums)
    return {**interactions, "mainContact": main}


def _by_user_id(user: Record | None) -> Record | None:
    """Return a user reference as candidates spell it."""
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
