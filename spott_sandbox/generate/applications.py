"""Applications, their details and activities."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.opportunities import team_member
from spott_sandbox.generate.placements import old_fees
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import (
    ENUMS_SENT,
    Record,
    draw_time,
    user_overview,
    user_reference,
    wrapped,
)
from spott_sandbox.timestamps import parse


def draw_application(agency: Agency, number: int, _: Times) -> Record:
    """Return an application as the list sends it: flat, and without a time."""
    dice = Dice(agency.seed, "application record", number)
    vacancy = agency.application_vacancy(number)
    stage = _stage(agency, number, dice)
    return {
        "id": agency.application_id(number),
        "position": dice.between(0, 400),
        "candidate": agency.person(agency.application_candidate(number)),
        "vacancy": None if vacancy is None else _vacancy(agency, vacancy, dice),
        "stage": {key: stage[key] for key in ("id", "order", "name", "colorHex")},
    }


def application_detail(
    agency: Agency, number: int, record: Record, vacancy_record: Record | None, placements: list[Record]
) -> Record:
    """Return an application's detail around its record as it is now.

    Args:
        agency: Who is who.
        number: The application's number.
        record: The application as the list sends it.
        vacancy_record: The vacancy as its list sends it, if there is one.
        placements: The placements that it led to, as their list sends them.
    """
    dice = Dice(agency.seed, "application detail", number)
    enums = dice.chance(ENUMS_SENT)
    vacancy = agency.application_vacancy(number)
    client = {"client": None, "team": []} if vacancy is None else _client(agency, vacancy, dice)
    owner = user_reference(dice.pick(agency.directory.users))
    return {
        "id": record["id"],
        "position": record["position"],
        "stage": record["stage"] and _full_stage(agency, record["stage"], dice),
        "owner": wrapped("application", "owner", dice.maybe(owner, 0.8), enums=enums),
        "applicationState": {"viewType": "applicationState", "state": "for-review"} if enums else {},
        "placements": [_placement(placement) for placement in placements],
        "commentCount": dice.between(0, 9),
        "latestActivity": next(reversed(application_activities(agency, number)), None),
        "client": wrapped("application", "client", client["client"], enums=enums),
        "clientTeam": wrapped("application", "clientTeam", _team(client["team"]), enums=enums),
        "vacancy": record["vacancy"] and _vacancy_in_detail(record["vacancy"], vacancy_record or {}),
        "candidate": record["candidate"],
        "rejection": dice.maybe(_rejection(agency, record["id"], dice), 0.3),
    }


def _team(members: list[Record] | None) -> list[Record] | None:
    """Return a client's team as this page shows it: without how they are reached."""
    hidden = {"department", "emails", "jobTitle", "phoneNumbers"}
    return members and [{key: value for key, value in member.items() if key not in hidden} for member in members]


def old_application_extras(agency: Agency, application_id: str, *, speculative: bool) -> Record:
    """Return what the older version of the detail adds."""
    dice = Dice(agency.seed, "old application detail", application_id)
    user = dice.pick(agency.directory.users)
    comment: Record = {
        "id": make_id("comment", application_id),
        "content": dice.pick(words.SENTENCES),
        "canEdit": dice.chance(0.5),
        "createdBy": user_reference(user),
        "createdAt": draw_time(dice),
        "modifiedAt": dice.maybe(draw_time(dice), 0.3),
    }
    interview = {
        "id": make_id("interview", application_id),
        "startTime": draw_time(dice),
        "endTime": draw_time(dice),
        "title": dice.pick(words.MEETINGS),
        "meetingId": dice.maybe(make_id(agency.seed, "meeting", 0), 0.5),
    }
    return {
        "candidateApplicationType": "speculativeApplication" if speculative else "standardApplication",
        "comments": [comment] if dice.chance(0.3) else [],
        "interviews": [interview] if dice.chance(0.3) else [],
        "internalTeam": wrapped("application", "internalTeam", [user_overview(user)], enums=True),
    }


def application_activities(agency: Agency, number: int) -> list[Record]:
    """Return what happened to an application, oldest first."""
    dice = Dice(agency.seed, "application activities", number)
    users = agency.directory.users
    activities: list[Record] = [
        {
            "type": words.ACTIVITY_TYPES[dice.between(0, 1)],
            "date": draw_time(dice),
            "triggeredByUser": dice.maybe(user_reference(dice.pick(users)), 0.7),
            "isInbound": dice.chance(0.4),
        }
        for _ in range(dice.between(0, 4))
    ]
    return sorted(activities, key=lambda activity: parse(activity["date"]))


def _stage(agency: Agency, number: int, dice: Dice) -> Record:
    speculative = agency.application_vacancy(number) is None
    stages = [stage for stage in agency.stages["applications"] if stage["countForAnalytics"] != speculative]
    return dice.pick(stages)


def _full_stage(agency: Agency, stage: Record, dice: Dice) -> Record:
    """Return the stage as details show it, with one of its labels as the status."""
    whole = next((known for known in agency.stages["applications"] if known["id"] == stage["id"]), {})
    label = dice.maybe(dice.pick(whole["labels"]), 0.6) if whole.get("labels") else None
    return {
        **stage,
        **{key: whole.get(key) for key in ("templateId", "type", "templateType")},
        "status": label and {key: label[key] for key in ("id", "name", "colorHex")},
    }


def _vacancy(agency: Agency, vacancy: int, dice: Dice) -> Record:
    reference = agency.vacancy_reference(vacancy)
    company = agency.client(agency.vacancy_client(vacancy)).company
    return {
        "id": reference["id"],
        "name": reference["name"],
        "companyId": company["id"],
        "companyName": company["name"],
        "companyLogoUrl": company["logoUrl"],
        "jobBoards": [{"id": make_id("job board", order)} for order in range(dice.between(0, 2))],
    }


def _vacancy_in_detail(reference: Record, vacancy: Record) -> Record:
    inner = {key: (vacancy.get(key) or {}).get(key) for key in ("description", "location", "client", "stage")}
    return {"id": reference["id"], "title": reference["name"], **inner}


def _client(agency: Agency, vacancy: int, dice: Dice) -> Record:
    client = agency.client_reference(agency.vacancy_client(vacancy))
    contacts = agency.contacts_of.get(client["id"], [])
    return {
        "client": {key: client[key] for key in ("id", "name", "logoUrl")},
        "team": [team_member(dice.pick(contacts))] if contacts else [],
    }


def _placement(placement: Record) -> Record:
    """Return a placement with its fee in the older shape, which details of applications kept."""
    kept = ("id", "templateId", "placedByUser", "placedAt", "startDate", "endDate")
    return {**{key: placement[key] for key in kept}, **old_fees(placement["fee"])}


def _rejection(agency: Agency, application_id: str, dice: Dice) -> Record:
    return {
        "id": make_id("rejection", application_id),
        "applicationId": application_id,
        "createdAt": draw_time(dice),
        "modifiedAt": dice.maybe(draw_time(dice), 0.5),
        "reason": dice.maybe(dice.pick(words.REASONS), 0.8),
        "rejectedByUser": user_reference(dice.pick(agency.directory.users)),
    }
