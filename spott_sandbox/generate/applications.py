"""Applications, their details and their activities."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.opportunities import team_member
from spott_sandbox.generate.placements import older_fees
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import (
    ENUM_PROBABILITY,
    Record,
    random_date_time,
    user_overview,
    user_reference,
    wrapped,
)
from spott_sandbox.timestamps import parse_timestamp


def make_application(agency: Agency, number: int, _: Times) -> Record:
    """Return a list's application record: flat, and without a timestamp."""
    rng = Rng(agency.seed, "application record", number)
    vacancy = agency.application_vacancy(number)
    stage = _stage(agency, number, rng)
    return {
        "id": agency.application_id(number),
        "position": rng.randint(0, 400),
        "candidate": agency.person(agency.application_candidate(number)),
        "vacancy": None if vacancy is None else _vacancy(agency, vacancy, rng),
        "stage": {key: stage[key] for key in ("id", "order", "name", "colorHex")},
    }


def application_detail(
    agency: Agency, number: int, record: Record, vacancy_record: Record | None, placements: list[Record]
) -> Record:
    """Return an application's detail, based on its current record.

    Args:
        agency: The relations between records.
        number: The application's number.
        record: The list's application record.
        vacancy_record: The list's vacancy record, if there is one.
        placements: The list's records of the application's placements.
    """
    rng = Rng(agency.seed, "application detail", number)
    enums = rng.chance(ENUM_PROBABILITY)
    vacancy = agency.application_vacancy(number)
    client = {"client": None, "team": []} if vacancy is None else _client(agency, vacancy, rng)
    owner = user_reference(rng.choice(agency.directory.users))
    return {
        "id": record["id"],
        "position": record["position"],
        "stage": record["stage"] and _full_stage(agency, record["stage"], rng),
        "owner": wrapped("application", "owner", rng.maybe(owner, 0.8), enums=enums),
        "applicationState": {"viewType": "applicationState", "state": "for-review"} if enums else {},
        "placements": [_placement(placement) for placement in placements],
        "commentCount": rng.randint(0, 9),
        "latestActivity": next(reversed(application_activities(agency, number)), None),
        "client": wrapped("application", "client", client["client"], enums=enums),
        "clientTeam": wrapped("application", "clientTeam", _team(client["team"]), enums=enums),
        "vacancy": record["vacancy"] and _vacancy_in_detail(record["vacancy"], vacancy_record or {}),
        "candidate": record["candidate"],
        "rejection": rng.maybe(_rejection(agency, record["id"], rng), 0.3),
    }


def _team(members: list[Record] | None) -> list[Record] | None:
    """Return a client's team without the fields that this endpoint leaves out."""
    hidden = {"department", "emails", "jobTitle", "phoneNumbers"}
    return members and [{key: value for key, value in member.items() if key not in hidden} for member in members]


def older_application_extras(agency: Agency, application_id: str, *, speculative: bool) -> Record:
    """Return the fields that only the older documentation's detail has."""
    rng = Rng(agency.seed, "old application detail", application_id)
    user = rng.choice(agency.directory.users)
    comment: Record = {
        "id": make_id("comment", application_id),
        "content": rng.choice(words.SENTENCES),
        "canEdit": rng.chance(0.5),
        "createdBy": user_reference(user),
        "createdAt": random_date_time(rng),
        "modifiedAt": rng.maybe(random_date_time(rng), 0.3),
    }
    interview = {
        "id": make_id("interview", application_id),
        "startTime": random_date_time(rng),
        "endTime": random_date_time(rng),
        "title": rng.choice(words.MEETINGS),
        "meetingId": rng.maybe(make_id(agency.seed, "meeting", 0), 0.5),
    }
    return {
        "candidateApplicationType": "speculativeApplication" if speculative else "standardApplication",
        "comments": [comment] if rng.chance(0.3) else [],
        "interviews": [interview] if rng.chance(0.3) else [],
        "internalTeam": wrapped("application", "internalTeam", [user_overview(user)], enums=True),
    }


def application_activities(agency: Agency, number: int) -> list[Record]:
    """Return the activities of an application, oldest first."""
    rng = Rng(agency.seed, "application activities", number)
    users = agency.directory.users
    activities: list[Record] = [
        {
            "type": words.ACTIVITY_TYPES[rng.randint(0, 1)],
            "date": random_date_time(rng),
            "triggeredByUser": rng.maybe(user_reference(rng.choice(users)), 0.7),
            "isInbound": rng.chance(0.4),
        }
        for _ in range(rng.randint(0, 4))
    ]
    return sorted(activities, key=lambda activity: parse_timestamp(activity["date"]))


def _stage(agency: Agency, number: int, rng: Rng) -> Record:
    speculative = agency.application_vacancy(number) is None
    stages = [stage for stage in agency.stages["applications"] if stage["countForAnalytics"] != speculative]
    return rng.choice(stages)


def _full_stage(agency: Agency, stage: Record, rng: Rng) -> Record:
    """Return a detail's stage, with one of its labels as the status."""
    full = next((known for known in agency.stages["applications"] if known["id"] == stage["id"]), {})
    label = rng.maybe(rng.choice(full["labels"]), 0.6) if full.get("labels") else None
    return {
        **stage,
        **{key: full.get(key) for key in ("templateId", "type", "templateType")},
        "status": label and {key: label[key] for key in ("id", "name", "colorHex")},
    }


def _vacancy(agency: Agency, vacancy: int, rng: Rng) -> Record:
    reference = agency.vacancy_reference(vacancy)
    company = agency.client(agency.vacancy_client(vacancy)).company
    return {
        "id": reference["id"],
        "name": reference["name"],
        "companyId": company["id"],
        "companyName": company["name"],
        "companyLogoUrl": company["logoUrl"],
        "jobBoards": [{"id": make_id("job board", order)} for order in range(rng.randint(0, 2))],
    }


def _vacancy_in_detail(reference: Record, vacancy: Record) -> Record:
    inner = {key: (vacancy.get(key) or {}).get(key) for key in ("description", "location", "client", "stage")}
    return {"id": reference["id"], "title": reference["name"], **inner}


def _client(agency: Agency, vacancy: int, rng: Rng) -> Record:
    client = agency.client_reference(agency.vacancy_client(vacancy))
    contacts = agency.contacts_of.get(client["id"], [])
    return {
        "client": {key: client[key] for key in ("id", "name", "logoUrl")},
        "team": [team_member(rng.choice(contacts))] if contacts else [],
    }


def _placement(placement: Record) -> Record:
    """Return a placement with the older documentation's fees, which application details still have."""
    kept = ("id", "templateId", "placedByUser", "placedAt", "startDate", "endDate")
    return {**{key: placement[key] for key in kept}, **older_fees(placement["fee"])}


def _rejection(agency: Agency, application_id: str, rng: Rng) -> Record:
    return {
        "id": make_id("rejection", application_id),
        "applicationId": application_id,
        "createdAt": random_date_time(rng),
        "modifiedAt": rng.maybe(random_date_time(rng), 0.5),
        "reason": rng.maybe(rng.choice(words.REASONS), 0.8),
        "rejectedByUser": user_reference(rng.choice(agency.directory.users)),
    }
