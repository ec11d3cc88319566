"""Documented read endpoints: paths, pagination, filters and serializers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from spott_sandbox import serializers
from spott_sandbox.dataset import Dataset
from spott_sandbox.filters import Filter, at_path, attachment_owner_id, include_deactivated, vacancy_company_id
from spott_sandbox.generate.shapes import Record
from spott_sandbox.rows import Row
from spott_sandbox.settings import Version
from spott_sandbox.store import encode_json
from spott_sandbox.timestamps import parse_strict_timestamp, parse_timestamp

_Serializer = Callable[[Dataset, Row], Record]
Pagination = Literal["cursor", "has_more", "page_info", "page_number", "none"]
"""How a list paginates: by `cursor` alone, `cursor` with `hasMore`, `pageInfo`, page number, or not at all."""


@dataclass(frozen=True)
class ListEndpoint:
    """An endpoint that returns a list of records.

    Attributes:
        stream: The stream of the records.
        path: The URL path.
        pagination: How the list paginates; None if the documentation doesn't say.
        parse_bound: Parses `modifiedSince` and `modifiedUntil`; None if the list has neither.
        supports_until: Whether the list has `modifiedUntil`; None if only third-party clients send it.
        filters: The other query parameters.
        records_key: The response's key for the records.
        group: The part of the stream that the list returns, if several lists make up one stream.
        version: The version of the documentation that has the list; None for all versions.
        serializer: Returns the response's record for a row.
        older_serializer: The same for the older documentation, if that differs.
    """

    stream: str
    path: str
    pagination: Pagination | None
    parse_bound: Callable[[str], int] | None = None
    supports_until: bool | None = False
    filters: tuple[Filter, ...] = ()
    records_key: str = "items"
    group: str = ""
    version: Version | None = None
    serializer: _Serializer = serializers.list_record
    older_serializer: _Serializer | None = None

    @property
    def table(self) -> str:
        """The table that has the rows."""
        return self.stream


@dataclass(frozen=True)
class DetailEndpoint:
    """An endpoint that returns one object by ID, one for each record of a list.

    Attributes:
        stream: The stream of the objects.
        path: The URL path; `{id}` stands for the record's ID.
        list_stream: The stream of the list.
        record_name: The name of the record in a 404 response.
        serializer: Returns the response's object for a row.
        older_serializer: The same for the older documentation, if that differs.
        people: Whether the ID is that of a person, not of the list's record.
    """

    stream: str
    path: str
    list_stream: str
    record_name: str
    serializer: _Serializer
    older_serializer: _Serializer | None = None
    people: bool = False

    @property
    def table(self) -> str:
        """The table that has the rows."""
        return "people" if self.people else self.list_stream


_ENTITIES = ("candidates", "clients", "vacancies", "clients/contacts")
_NOTE_FILTERS = (
    Filter("candidateId", at_path("links.candidate.id")),
    Filter("clientContactId", at_path("links.clientContact.id")),
    Filter("source", at_path("source")),
    Filter("labelIds", at_path("labels.id")),
)
_ATTACHMENT_FILTERS = (
    *(Filter(name, attachment_owner_id(name)) for name in ("candidateId", "companyId", "vacancyId")),
    Filter("type", at_path("type"), ("UNASSIGNED", "CV")),
)
_OPPORTUNITY_FILTERS = (Filter("companyIds", at_path("company.company.id")),)
_VACANCY_FILTERS = (Filter("companyIds", vacancy_company_id),)
_APPLICATION_FILTERS = (Filter("vacancyIds", at_path("vacancy.id")),)
_LIST_FILTERS = (Filter("type", at_path("type"), ("PERSONAL", "WORKSPACE")),)
_PLACEMENT_FILTERS = (Filter("companyId", at_path("company.id")),)
_USER_FILTER = Filter("includeDeactivated", include_deactivated, ("true", "false"), default="false")
_PIPELINES: dict[str, tuple[Filter, ...]] = {
    "applications": (Filter("templateId", at_path("templateId")),),
    "vacancies": (),
    "clients": (),
    "opportunities": (),
}


def _list(
    stream: str,
    pagination: Pagination | None,
    *,
    until: bool | None = None,
    filters: tuple[Filter, ...] = (),
    older: _Serializer | None = None,
) -> ListEndpoint:
    """Declare a list that has `modifiedSince` and is named like its stream."""
    return ListEndpoint(
        stream, f"/{stream}", pagination, parse_strict_timestamp, until, filters, older_serializer=older
    )


LISTS = (
    ListEndpoint("client_contacts", "/clients/contacts", "cursor", parse_strict_timestamp, supports_until=True),
    ListEndpoint("opportunities", "/opportunities", "has_more", parse_timestamp, filters=_OPPORTUNITY_FILTERS),
    _list("clients", "page_info"),
    _list("candidates", None),
    _list("vacancies", "page_info", filters=_VACANCY_FILTERS, older=serializers.older_vacancy),
    _list("applications", "has_more", until=True, filters=_APPLICATION_FILTERS),
    _list("notes", "page_info", filters=_NOTE_FILTERS),
    ListEndpoint("tasks", "/tasks", "page_info"),
    _list("meetings", "has_more", until=True),
    ListEndpoint("lists", "/lists", "cursor", filters=_LIST_FILTERS),
    _list("placements", "page_number", filters=_PLACEMENT_FILTERS, older=serializers.older_placement),
    ListEndpoint("attachments", "/attachments", "page_number", filters=_ATTACHMENT_FILTERS),
    ListEndpoint("users", "/users", "none", filters=(_USER_FILTER,), records_key="users", version="newer"),
    ListEndpoint(
        *("users", "/users/_list", "none"),
        filters=(replace(_USER_FILTER, name=None),),
        records_key="users",
        version="older",
    ),
    *(
        ListEndpoint(
            *("pipeline_stages", f"/pipeline/{group}/stages", "none"),
            filters=filters,
            records_key="stages",
            group=group,
        )
        for group, filters in _PIPELINES.items()
    ),
    ListEndpoint("candidate_attribute_definitions", "/custom-attributes/candidate/definitions", "page_number"),
    *(
        ListEndpoint("attribute_definitions", f"/{group}/columns", "none", records_key="definitions", group=group)
        for group in _ENTITIES
    ),
)
DETAILS = (
    DetailEndpoint(
        *("client_contact_details", "/clients/contacts/{id}", "client_contacts", "Candidate"),
        serializers.person_detail,
        people=True,
    ),
    DetailEndpoint(
        *("opportunity_details", "/opportunities/{id}", "opportunities", "Opportunity"),
        serializers.opportunity_detail,
    ),
    DetailEndpoint("client_details", "/clients/{id}", "clients", "Client", serializers.client_detail),
    DetailEndpoint("candidate_details", "/candidates/{id}", "candidates", "Candidate", serializers.candidate_detail),
    DetailEndpoint(
        *("vacancy_details", "/vacancies/{id}", "vacancies", "Vacancy"),
        serializers.vacancy_detail,
        serializers.older_vacancy_detail,
    ),
    DetailEndpoint(
        *("application_details", "/applications/{id}", "applications", "Application"),
        serializers.application_detail,
        serializers.older_application_detail,
    ),
    DetailEndpoint(
        *("application_activities", "/applications/{id}/activities", "applications", "Application"),
        serializers.application_activities,
    ),
    DetailEndpoint(
        *("placement_details", "/placements/{id}", "placements", "Placement"),
        serializers.placement_detail,
        serializers.older_placement_detail,
    ),
)


def serialize_row(endpoint: ListEndpoint | DetailEndpoint, dataset: Dataset, row: Row, version: Version) -> bytes:
    """Return the JSON that an endpoint sends for a row, cached until the row changes."""
    key = f"{endpoint.stream} {version}"
    if key not in row.json_cache:
        serializer = (version == "older" and endpoint.older_serializer) or endpoint.serializer
        row.json_cache[key] = encode_json(serializer(dataset, row))
    return row.json_cache[key]
