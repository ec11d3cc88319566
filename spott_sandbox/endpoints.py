"""The documented endpoints that read: where they are, how they page, what they filter by."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from spott_sandbox import serializers
from spott_sandbox.dataset import World
from spott_sandbox.filters import Filter, at, company_of_vacancy, owner_of_attachment, whether_deactivated
from spott_sandbox.generate.shapes import Record
from spott_sandbox.rows import Row
from spott_sandbox.settings import Version
from spott_sandbox.store import encode_json
from spott_sandbox.timestamps import parse, parse_strict

_Draw = Callable[[World, Row], Record]
Family = Literal["cursor", "has_more", "page_info", "numbered", "whole"]
"""How a list pages: by a cursor alone, by one with `hasMore`, by `pageInfo`, by number, or not at all."""


@dataclass(frozen=True)
class List:
    """A list.

    Attributes:
        stream: Whose records it sends.
        path: Where it is.
        family: How it pages; None where no page of the documentation shows it.
        since: Reads `modifiedSince` and `modifiedUntil`; None where the list does not take them.
        until: Whether it takes `modifiedUntil`; None where only others' code shows that it does.
        filters: Its other parameters.
        rows: What the answer calls the records.
        group: The part of the stream that it sends, where several lists make one.
        version: The documentation that has the list, if not all has.
        draw: Returns what is sent of a record.
        older: The same for older documentation, where that differs.
    """

    stream: str
    path: str
    family: Family | None
    since: Callable[[str], int] | None = None
    until: bool | None = False
    filters: tuple[Filter, ...] = ()
    rows: str = "items"
    group: str = ""
    version: Version | None = None
    draw: _Draw = serializers.itself
    older: _Draw | None = None


@dataclass(frozen=True)
class Detail:
    """A single object for each record of a list.

    Attributes:
        stream: The name of all the objects.
        path: Where they are; `{id}` is the record's.
        of: The list's stream.
        noun: What the record is called when it is not found.
        draw: Returns the object for a record.
        older: The same for older documentation, where that differs.
        table: The table of the records, where it is not the list's.
    """

    stream: str
    path: str
    of: str
    noun: str
    draw: _Draw
    older: _Draw | None = None
    table: str = ""


_ENTITIES = ("candidates", "clients", "vacancies", "clients/contacts")
_NOTE_FILTERS = (
    Filter("candidateId", at("links.candidate.id")),
    Filter("clientContactId", at("links.clientContact.id")),
    Filter("source", at("source")),
    Filter("labelIds", at("labels.id")),
)
_ATTACHMENT_FILTERS = (
    *(Filter(name, owner_of_attachment(name)) for name in ("candidateId", "companyId", "vacancyId")),
    Filter("type", at("type"), ("UNASSIGNED", "CV")),
)
_OPPORTUNITY_FILTERS = (Filter("companyIds", at("company.company.id")),)
_VACANCY_FILTERS = (Filter("companyIds", company_of_vacancy),)
_APPLICATION_FILTERS = (Filter("vacancyIds", at("vacancy.id")),)
_LIST_FILTERS = (Filter("type", at("type"), ("PERSONAL", "WORKSPACE")),)
_PLACEMENT_FILTERS = (Filter("companyId", at("company.id")),)
_IS_DEACTIVATED = Filter("includeDeactivated", whether_deactivated, ("true", "false"), default="false")
_PIPELINES: dict[str, tuple[Filter, ...]] = {
    "applications": (Filter("templateId", at("templateId")),),
    "vacancies": (),
    "clients": (),
    "opportunities": (),
}

LISTS = (
    List("client_contacts", "/clients/contacts", "cursor", parse_strict, until=True),
    List("opportunities", "/opportunities", "has_more", parse, filters=_OPPORTUNITY_FILTERS),
    List("clients", "/clients", "page_info", parse_strict, until=None),
    List("candidates", "/candidates", None, parse_strict, until=None),
    List(
        "vacancies",
        "/vacancies",
        "page_info",
        parse_strict,
        until=None,
        filters=_VACANCY_FILTERS,
        older=serializers.older_vacancy,
    ),
    List("applications", "/applications", "has_more", parse_strict, until=True, filters=_APPLICATION_FILTERS),
    List("notes", "/notes", "page_info", parse_strict, until=None, filters=_NOTE_FILTERS),
    List("tasks", "/tasks", "page_info"),
    List("meetings", "/meetings", "has_more", parse_strict, until=True),
    List("lists", "/lists", "cursor", filters=_LIST_FILTERS),
    List(
        "placements",
        "/placements",
        "numbered",
        parse_strict,
        until=None,
        filters=_PLACEMENT_FILTERS,
        older=serializers.older_placement,
    ),
    List("attachments", "/attachments", "numbered", filters=_ATTACHMENT_FILTERS),
    List("users", "/users", "whole", rows="users", filters=(_IS_DEACTIVATED,), version="newer"),
    List(
        "users", "/users/_list", "whole", rows="users", filters=(replace(_IS_DEACTIVATED, name=None),), version="older"
    ),
    *(
        List("pipeline_stages", f"/pipeline/{group}/stages", "whole", filters=filters, rows="stages", group=group)
        for group, filters in _PIPELINES.items()
    ),
    List("candidate_attribute_definitions", "/custom-attributes/candidate/definitions", "numbered"),
    *(
        List("attribute_definitions", f"/{group}/columns", "whole", rows="definitions", group=group)
        for group in _ENTITIES
    ),
)
DETAILS = (
    Detail(
        "client_contact_details",
        "/clients/contacts/{id}",
        of="client_contacts",
        noun="Candidate",
        draw=serializers.person,
        table="people",
    ),
    Detail(
        "opportunity_details", "/opportunities/{id}", "opportunities", "Opportunity", serializers.opportunity_detail
    ),
    Detail("client_details", "/clients/{id}", "clients", "Client", serializers.client_detail),
    Detail("candidate_details", "/candidates/{id}", "candidates", "Candidate", serializers.candidate_detail),
    Detail(
        "vacancy_details",
        "/vacancies/{id}",
        "vacancies",
        "Vacancy",
        serializers.vacancy_detail,
        serializers.older_vacancy_detail,
    ),
    Detail(
        "application_details",
        "/applications/{id}",
        "applications",
        "Application",
        serializers.application_detail,
        serializers.older_application_detail,
    ),
    Detail(
        "application_activities",
        "/applications/{id}/activities",
        "applications",
        "Application",
        serializers.application_activities,
    ),
    Detail(
        "placement_details",
        "/placements/{id}",
        "placements",
        "Placement",
        serializers.placement_detail,
        serializers.older_placement_detail,
    ),
)


def as_sent(endpoint: List | Detail, world: World, row: Row, version: Version) -> bytes:
    """Return what an endpoint sends of a record as JSON, drawn once for each change of the record."""
    shape = f"{endpoint.stream} {version}"
    if shape not in row.sent:
        draw = (version == "older" and endpoint.older) or endpoint.draw
        row.sent[shape] = encode_json(draw(world, row))
    return row.sent[shape]
