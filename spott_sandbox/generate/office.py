"""The agency itself: its lists, files and users, and how its account is set up."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import KINDS, definition_id, kind, label
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import ENUMS_SENT, Record, spell_as_sent, user_overview, user_reference

CANDIDATE_DEFINITIONS = 30
"""How many attributes of candidates are defined, most of them never filled in: more than a page."""
_VIEWS = {
    "candidates": (
        *("candidateName", "candidateGender", "candidateNationality", "candidateStatus", "candidateEmails"),
        *("candidatePhoneNumbers", "candidateLocation", "candidateDateOfBirth", "candidateSocialMedia"),
        *("candidateLastInteractionDate", "candidateLastInteractionWith"),
        *("candidateNextInteractionDate", "candidateNextInteractionWith"),
    ),
    "clients": (
        *("clientStatus", "clientName", "clientDescription", "clientIndustry", "clientDomain"),
        *("clientLinkedinUrl", "clientSize", "clientStage", "clientNextTaskDue", "clientLocations"),
    ),
    "vacancies": ("vacancyName", "vacancyDescription", "vacancyStage", "vacancyClient", "vacancyTeam"),
    "clients/contacts": ("contactName", "contactRole", "contactStage"),
}
_ENTITIES = {
    "candidates": "candidate",
    "clients": "client",
    "vacancies": "vacancy",
    "clients/contacts": "clientContact",
}
COLUMNS = [
    (group, order, order < len(views)) for group, views in _VIEWS.items() for order in range(len(views) + len(KINDS))
]
"""Each column's group, its place there, and whether Spott defined it rather than the agency."""


def draw_list(agency: Agency, number: int, times: Times) -> Record:
    """Return a list of candidates, clients or contacts."""
    dice = Dice(agency.seed, "list record", number)
    record: Record = {
        "id": make_id(agency.seed, "list", number),
        "name": f"{dice.pick(words.LIST_NAMES)} {number}",
        "colorHex": dice.pick(("#fff", "#12345678", "#00FF00")),
        "createdBy": user_reference(dice.pick(agency.directory.users)),
        "createdAt": spell_as_sent(dice, times.created),
    }
    return record | ({"type": dice.pick(words.LIST_TYPES)} if dice.chance(ENUMS_SENT) else {})


def draw_attachment(agency: Agency, number: int, times: Times) -> Record:
    """Return what is known of a file."""
    dice = Dice(agency.seed, "attachment record", number)
    name, extension = dice.pick(words.FILES)
    record: Record = {
        "attachmentId": make_id(agency.seed, "attachment", number),
        "attachmentName": name and f"{name} {number}",
        "type": dice.pick(("CV", "UNASSIGNED", None)),
        "createdAt": spell_as_sent(dice, times.created),
        "extension": extension,
        "size": dice.maybe(dice.between(0, 50_000_000), 0.9),
    }
    if not dice.chance(ENUMS_SENT):
        del record["type"]
    return record


def attachment_owner(agency: Agency, number: int) -> tuple[str, str]:
    """Return the filter that finds an attachment, and the id to give it; the record doesn't say."""
    if number % 4 == 1:
        return "vacancyId", str(agency.vacancy_reference(number % agency.vacancy_count)["id"])
    if number % 4 == 2:  # noqa: PLR2004 - a quarter of them
        return "companyId", str(agency.client(number % len(agency.directory.clients)).company["id"])
    return "candidateId", agency.candidate_id(number % agency.candidate_count)


def draw_user_record(agency: Agency, number: int, _: Times) -> Record:
    """Return a user as the list of users sends it."""
    return user_overview(agency.users[number])


def draw_candidate_definition(agency: Agency, number: int, times: Times) -> Record:
    """Return the definition of an attribute of candidates."""
    dice = Dice(agency.seed, "definition record", number)
    return {
        "id": definition_id("candidate", number),
        "label": label(number),
        "viewType": kind(number),
        "definition": {"viewType": kind(number)},
        "createdAt": spell_as_sent(dice, times.created),
        "modifiedAt": spell_as_sent(dice, times.modified),
    }


def draw_stage(agency: Agency, number: int, _: Times) -> Record:
    """Return a stage of one of the pipelines."""
    return agency.stage(number)


def stage_pipeline(agency: Agency, number: int) -> str:
    """Return the pipeline of a stage."""
    return [pipeline for pipeline, stages in agency.stages.items() for _ in stages][number]


def draw_column(_: Agency, number: int, __: Times) -> Record:
    """Return a column of an entity: a view of Spott's, or an attribute that the agency defined."""
    group, order, is_predefined = COLUMNS[number]
    views = _VIEWS[group]
    if is_predefined:
        return {"viewType": views[order]}
    order -= len(views)
    return {"id": definition_id(_ENTITIES[group], order), "label": label(order), "viewType": kind(order)}


def column_id(_: Agency, number: int) -> str:
    """Return what a column is known by in the sandbox: predefined ones have no id."""
    record = draw_column(_, number, Times(0, 0, 0))
    return str(record.get("id", record["viewType"]))


def column_group(_: Agency, number: int) -> str:
    """Return the entity that a column is of, as its address spells it."""
    return COLUMNS[number][0]
