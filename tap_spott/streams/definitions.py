"""The streams: one short class each. `stream` has what they share; `schemas` has a file for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from spott_client.pagination import Pagination
from tap_spott.endpoints import DetailEndpoint, FilterSupport, ListEndpoint
from tap_spott.streams.base import Confidence, DetailStream, ListStream

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Record


class ClientContacts(ListStream):
    """A person's role at a client; somebody who works for two clients has two."""

    name = "client_contacts"
    replication_key = "modifiedAt"
    lists = (
        ListEndpoint(path="/clients/contacts", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED),
    )


class ClientContactDetails(DetailStream):
    """The person behind client contacts: e-mail addresses, phone numbers, interactions."""

    name = "client_contact_details"
    primary_keys = ("candidateId",)
    replication_key = "modifiedAt"
    selected_by_default = True
    parent = ClientContacts
    detail = DetailEndpoint(
        path="/clients/contacts/{}", record_name="candidate", id_column="candidateId", required_field="clientContacts"
    )


class Opportunities(ListStream):
    """Deals with clients, their stage, owner and team."""

    name = "opportunities"
    lists = (ListEndpoint(path="/opportunities", supports_modified_since=True, company_filter="companyIds"),)


class OpportunityDetails(DetailStream):
    """Opportunities with their custom attributes."""

    name = "opportunity_details"
    parent = Opportunities
    detail = DetailEndpoint(path="/opportunities/{}", record_name="opportunity")


class Clients(ListStream):
    """The agency's clients: companies, their status, industry, size and stage."""

    name = "clients"
    replication_key = "modifiedAt"
    lists = (ListEndpoint(path="/clients", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)


class ClientDetails(DetailStream):
    """Clients with their funding and contacts."""

    name = "client_details"
    replication_key = "modifiedAt"
    parent = Clients
    detail = DetailEndpoint(path="/clients/{}", record_name="client")
    confidence = Confidence.IN_PART


class Candidates(ListStream):
    """People that the agency may place, client contacts among them."""

    name = "candidates"
    lists = (ListEndpoint(path="/candidates", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)
    confidence = Confidence.IN_PART


class CandidateDetails(DetailStream):
    """Candidates, each asked for alone."""

    name = "candidate_details"
    parent = Candidates
    detail = DetailEndpoint(path="/candidates/{}", record_name="candidate")
    confidence = Confidence.IN_PART


class Vacancies(ListStream):
    """The jobs that clients want filled."""

    name = "vacancies"
    lists = (ListEndpoint(path="/vacancies", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)
    confidence = Confidence.IN_PART


class VacancyDetails(DetailStream):
    """Vacancies with their custom attributes and totals of applications by stage."""

    name = "vacancy_details"
    parent = Vacancies
    detail = DetailEndpoint(path="/vacancies/{}", record_name="vacancy")
    confidence = Confidence.IN_PART


class Applications(ListStream):
    """Candidates for a vacancy; without a vacancy they are speculative."""

    name = "applications"
    lists = (ListEndpoint(path="/applications", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED),)


class ApplicationDetails(DetailStream):
    """Applications with their stage, owner, placements, rejection and latest activity."""

    name = "application_details"
    parent = Applications
    detail = DetailEndpoint(path="/applications/{}", record_name="application")
    confidence = Confidence.IN_PART


class ApplicationActivities(DetailStream):
    """What has happened to each application, as one list a record."""

    name = "application_activities"
    primary_keys = ("applicationId",)
    parent = Applications
    detail = DetailEndpoint(path="/applications/{}/activities", record_name="application", records_key="activities")
    confidence = Confidence.INFERRED


class Notes(ListStream):
    """Notes, and which candidates, clients, vacancies and so on they are about."""

    name = "notes"
    lists = (ListEndpoint(path="/notes", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)


class Tasks(ListStream):
    """What is to be done, by whom, until when, and whom it is about."""

    name = "tasks"
    replication_key = None
    lists = (ListEndpoint(path="/tasks"),)


class Meetings(ListStream):
    """Meetings with their participants."""

    name = "meetings"
    lists = (ListEndpoint(path="/meetings", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED),)


class Lists(ListStream):
    """Names of the lists into which users sort candidates, clients and contacts."""

    name = "lists"
    replication_key = None
    lists = (ListEndpoint(path="/lists"),)


class Placements(ListStream):
    """Candidates who got the job, and the fee for it."""

    name = "placements"
    lists = (
        ListEndpoint(
            path="/placements",
            supports_modified_since=True,
            modified_until=FilterSupport.UNKNOWN,
            pagination=Pagination.PAGE_NUMBER,
        ),
    )


class PlacementDetails(DetailStream):
    """Placements with their own attributes."""

    name = "placement_details"
    parent = Placements
    detail = DetailEndpoint(path="/placements/{}", record_name="placement")


class Attachments(ListStream):
    """Names, types and sizes of files; what they are attached to is not told."""

    name = "attachments"
    replication_key = None
    primary_keys = ("attachmentId",)
    lists = (ListEndpoint(path="/attachments", pagination=Pagination.PAGE_NUMBER),)


class Users(ListStream):
    """The agency's own people, those who have left among them where Spott tells."""

    name = "users"
    replication_key = None
    primary_keys = ("userId",)
    lists = (
        ListEndpoint(
            path="/users",
            records_key="users",
            parameters={"includeDeactivated": "true"},
            fallback=ListEndpoint(path="/users/_list", records_key="users"),
        ),
    )
    confidence = Confidence.IN_PART

    @override
    def prepare(self, record: Record) -> Record:
        """Give the key its name; other pages call a user's id just `id`."""
        return super().prepare({"userId": record.get("id"), **record})


class PipelineStages(ListStream):
    """The stages of the four pipelines, and which of them each belongs to."""

    name = "pipeline_stages"
    replication_key = None
    primary_keys = ("pipeline", "id")
    lists = tuple(
        ListEndpoint(path=f"/pipeline/{pipeline}/stages", records_key="stages", extra_columns={"pipeline": pipeline})
        for pipeline in ("applications", "vacancies", "clients", "opportunities")
    )
    confidence = Confidence.IN_PART


class CandidateAttributeDefinitions(ListStream):
    """The custom attributes that candidates may have."""

    name = "candidate_attribute_definitions"
    replication_key = None
    lists = (ListEndpoint(path="/custom-attributes/candidate/definitions", pagination=Pagination.PAGE_NUMBER),)


class AttributeDefinitions(ListStream):
    """The attributes of candidates, clients, vacancies and client contacts, Spott's own and custom ones."""

    name = "attribute_definitions"
    replication_key = None
    primary_keys = ("entity", "key")
    lists = tuple(
        ListEndpoint(path=f"/{entity}/columns", records_key="definitions", extra_columns={"entity": entity})
        for entity in ("candidates", "clients", "vacancies", "clients/contacts")
    )
    confidence = Confidence.IN_PART

    @override
    def prepare(self, record: Record) -> Record:
        """Add a key: no page shows a definition's id, but `viewType` is the same for all custom ones of a kind."""
        named = [str(record[name]) for name in ("viewType", "label") if record.get(name)]
        identity = record.get("id") or record.get("attributeDefinitionId") or " ".join(named)
        return super().prepare({"key": identity or None, **record})


STREAMS: tuple[type[ListStream | DetailStream], ...] = (
    ClientContacts,
    ClientContactDetails,
    Opportunities,
    OpportunityDetails,
    Clients,
    ClientDetails,
    Candidates,
    CandidateDetails,
    Vacancies,
    VacancyDetails,
    Applications,
    ApplicationDetails,
    ApplicationActivities,
    Notes,
    Tasks,
    Meetings,
    Lists,
    Placements,
    PlacementDetails,
    Attachments,
    Users,
    PipelineStages,
    CandidateAttributeDefinitions,
    AttributeDefinitions,
)
"""In the order in which they are read: a list before the details of its records."""
