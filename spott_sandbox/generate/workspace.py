"""The agency's workspace: lists, attachments, users, stages, attribute definitions and columns."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import KINDS, definition_id, kind, label
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import ENUM_PROBABILITY, Record, format_varied, user_overview, user_reference

CANDIDATE_DEFINITIONS = 30
"""Number of candidate attribute definitions: more than one page. Candidates use only a few."""
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
"""Each column's group, its index there, and whether Spott defined it rather than the agency."""


def make_list(agency: Agency, number: int, times: Times) -> Record:
    """Return a list of candidates, clients or contacts."""
    rng = Rng(agency.seed, "list record", number)
    record: Record = {
        "id": make_id(agency.seed, "list", number),
        "name": f"{rng.choice(words.LIST_NAMES)} {number}",
        "colorHex": rng.choice(("#fff", "#12345678", "#00FF00")),
        "createdBy": user_reference(rng.choice(agency.directory.users)),
        "createdAt": format_varied(rng, times.created),
    }
    return record | ({"type": rng.choice(words.LIST_TYPES)} if rng.chance(ENUM_PROBABILITY) else {})


def make_attachment(agency: Agency, number: int, times: Times) -> Record:
    """Return the metadata of a file."""
    rng = Rng(agency.seed, "attachment record", number)
    name, extension = rng.choice(words.FILES)
    record: Record = {
        "attachmentId": make_id(agency.seed, "attachment", number),
        "attachmentName": name and f"{name} {number}",
        "type": rng.choice(("CV", "UNASSIGNED", None)),
        "createdAt": format_varied(rng, times.created),
        "extension": extension,
        "size": rng.maybe(rng.randint(0, 50_000_000), 0.9),
    }
    if not rng.chance(ENUM_PROBABILITY):
        del record["type"]
    return record


def attachment_owner(agency: Agency, number: int) -> tuple[str, str]:
    """Return the filter parameter for an attachment's owner and the owner's ID, which the record does not have."""
    if number % 4 == 1:
        return "vacancyId", str(agency.vacancy_reference(number % agency.vacancy_count)["id"])
    if number % 4 == 2:  # noqa: PLR2004 - one in four
        return "companyId", str(agency.client(number % len(agency.directory.clients)).company["id"])
    return "candidateId", agency.candidate_id(number % agency.candidate_count)


def make_user_record(agency: Agency, number: int, _: Times) -> Record:
    """Return a list's user record."""
    return user_overview(agency.users[number])


def make_candidate_definition(agency: Agency, number: int, times: Times) -> Record:
    """Return a candidate attribute definition."""
    rng = Rng(agency.seed, "definition record", number)
    return {
        "id": definition_id("candidate", number),
        "label": label(number),
        "viewType": kind(number),
        "definition": {"viewType": kind(number)},
        "createdAt": format_varied(rng, times.created),
        "modifiedAt": format_varied(rng, times.modified),
    }


def make_stage(agency: Agency, number: int, _: Times) -> Record:
    """Return a pipeline stage."""
    return agency.stage(number)


def stage_pipeline(agency: Agency, number: int) -> str:
    """Return the name of a stage's pipeline."""
    return [pipeline for pipeline, stages in agency.stages.items() for _ in stages][number]


def make_column(_: Agency, number: int, __: Times) -> Record:
    """Return a column of an entity: a predefined view or a custom attribute."""
    group, order, is_predefined = COLUMNS[number]
    views = _VIEWS[group]
    if is_predefined:
        return {"viewType": views[order]}
    order -= len(views)
    return {"id": definition_id(_ENTITIES[group], order), "label": label(order), "viewType": kind(order)}


def column_id(_: Agency, number: int) -> str:
    """Return a column's ID in the sandbox: its view type if it is predefined, since those have no ID."""
    record = make_column(_, number, Times(0, 0, 0))
    return str(record.get("id", record["viewType"]))


def column_group(_: Agency, number: int) -> str:
    """Return a column's entity, as in the URL path."""
    return COLUMNS[number][0]
