"""The streams, one class each. `base` has the shared behavior, `schemas` the JSON schema of each stream."""

from singer_sdk.helpers.types import Record
from typing_extensions import override

from spott_client.pagination import Pagination
from spott_singer.pseudonyms import pseudonym
from tap_spott.endpoints import DetailEndpoint, FilterSupport, ListEndpoint
from tap_spott.streams.base import Confidence, DetailStream, ListStream


class ClientContacts(ListStream):
    """People at the agency's clients, one record per person and client."""

    name = "client_contacts"
    replication_key = "modifiedAt"
    endpoints = (
        ListEndpoint(path="/clients/contacts", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED),
    )


class ClientContactDetails(DetailStream):
    """People behind the client contacts, with email addresses, phone numbers, interactions and the next task."""

    name = "client_contact_details"
    primary_keys = ("candidateId",)
    replication_key = "modifiedAt"
    selected_by_default = True
    parent = ClientContacts
    endpoint = DetailEndpoint(
        path="/clients/contacts/{}", record_name="candidate", id_column="candidateId", required_field="clientContacts"
    )


class Opportunities(ListStream):
    """Potential deals with companies, with stage, owner, client team and target close date."""

    name = "opportunities"
    endpoints = (ListEndpoint(path="/opportunities", supports_modified_since=True, company_filter="companyIds"),)


class OpportunityDetails(DetailStream):
    """Opportunities with their custom attributes."""

    name = "opportunity_details"
    parent = Opportunities
    endpoint = DetailEndpoint(path="/opportunities/{}", record_name="opportunity")


class Clients(ListStream):
    """Companies that the agency works for or wants to work for, with status, industry, size and stage."""

    name = "clients"
    replication_key = "modifiedAt"
    endpoints = (ListEndpoint(path="/clients", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)


class ClientDetails(DetailStream):
    """Clients with their funding and contacts."""

    name = "client_details"
    replication_key = "modifiedAt"
    parent = Clients
    endpoint = DetailEndpoint(path="/clients/{}", record_name="client")
    confidence = Confidence.IN_PART


class Candidates(ListStream):
    """People that the agency can place, including client contacts."""

    name = "candidates"
    endpoints = (ListEndpoint(path="/candidates", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)
    confidence = Confidence.IN_PART


class CandidateDetails(DetailStream):
    """Candidates as returned by the endpoint for a single candidate."""

    name = "candidate_details"
    parent = Candidates
    endpoint = DetailEndpoint(path="/candidates/{}", record_name="candidate")
    confidence = Confidence.IN_PART


class Vacancies(ListStream):
    """Jobs that clients want to fill."""

    name = "vacancies"
    endpoints = (ListEndpoint(path="/vacancies", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)
    confidence = Confidence.IN_PART


class VacancyDetails(DetailStream):
    """Vacancies with their custom attributes and the number of applications per stage."""

    name = "vacancy_details"
    parent = Vacancies
    endpoint = DetailEndpoint(path="/vacancies/{}", record_name="vacancy")
    confidence = Confidence.IN_PART


class Applications(ListStream):
    """Candidates considered for a vacancy, or for none (speculative applications), with their stage."""

    name = "applications"
    endpoints = (
        ListEndpoint(path="/applications", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED),
    )


class ApplicationDetails(DetailStream):
    """Applications with their owner, placements, rejection and latest activity."""

    name = "application_details"
    parent = Applications
    endpoint = DetailEndpoint(path="/applications/{}", record_name="application")
    confidence = Confidence.IN_PART


class ApplicationActivities(DetailStream):
    """Activities of each application, in one array per application."""

    name = "application_activities"
    primary_keys = ("applicationId",)
    parent = Applications
    endpoint = DetailEndpoint(path="/applications/{}/activities", record_name="application", records_key="activities")
    confidence = Confidence.INFERRED


class Notes(ListStream):
    """Notes, with links to the candidates, clients, vacancies and other records they concern."""

    name = "notes"
    endpoints = (ListEndpoint(path="/notes", supports_modified_since=True, modified_until=FilterSupport.UNKNOWN),)


class Tasks(ListStream):
    """Tasks with their assignee, due date and linked records."""

    name = "tasks"
    replication_key = None
    endpoints = (ListEndpoint(path="/tasks"),)


class Meetings(ListStream):
    """Meetings with their times, participants and transcript IDs."""

    name = "meetings"
    endpoints = (ListEndpoint(path="/meetings", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED),)


class Lists(ListStream):
    """Lists that users create to group candidates, clients and contacts, without their members."""

    name = "lists"
    replication_key = None
    endpoints = (ListEndpoint(path="/lists"),)


class Placements(ListStream):
    """Placed candidates, with dates and the agency's fee."""

    name = "placements"
    endpoints = (
        ListEndpoint(
            path="/placements",
            supports_modified_since=True,
            modified_until=FilterSupport.UNKNOWN,
            pagination=Pagination.PAGE_NUMBER,
            max_page_size=100,
        ),
    )


class PlacementDetails(DetailStream):
    """Placements with their attributes."""

    name = "placement_details"
    parent = Placements
    endpoint = DetailEndpoint(path="/placements/{}", record_name="placement")


class Attachments(ListStream):
    """Names, types and sizes of files, without their content or the record they belong to."""

    name = "attachments"
    replication_key = None
    primary_keys = ("attachmentId",)
    endpoints = (ListEndpoint(path="/attachments", pagination=Pagination.PAGE_NUMBER, max_page_size=100),)


class Users(ListStream):
    """Users of the agency's account, including deactivated users if Spott returns them."""

    name = "users"
    replication_key = None
    primary_keys = ("userId",)
    endpoints = (
        ListEndpoint(
            path="/users",
            records_key="users",
            parameters={"includeDeactivated": "true"},
            fallback=ListEndpoint(path="/users/_list", records_key="users"),
        ),
    )
    confidence = Confidence.IN_PART

    @override
    def transform(self, record: Record) -> Record:
        """Add the key `userId`, which a response can also name `id`."""
        return super().transform({"userId": record.get("id"), **record})


class PipelineStages(ListStream):
    """Stages of the application, vacancy, client and opportunity pipelines."""

    name = "pipeline_stages"
    replication_key = None
    primary_keys = ("pipeline", "id")
    endpoints = tuple(
        ListEndpoint(path=f"/pipeline/{pipeline}/stages", records_key="stages", extra_columns={"pipeline": pipeline})
        for pipeline in ("applications", "vacancies", "clients", "opportunities")
    )
    confidence = Confidence.IN_PART


class CandidateAttributeDefinitions(ListStream):
    """Definitions of the custom attributes for candidates."""

    name = "candidate_attribute_definitions"
    replication_key = None
    endpoints = (
        ListEndpoint(
            path="/custom-attributes/candidate/definitions", pagination=Pagination.PAGE_NUMBER, max_page_size=100
        ),
    )


class AttributeDefinitions(ListStream):
    """Definitions of predefined and custom attributes of candidates, clients, vacancies and client contacts."""

    name = "attribute_definitions"
    replication_key = None
    primary_keys = ("entity", "key")
    endpoints = tuple(
        ListEndpoint(path=f"/{entity}/columns", records_key="definitions", extra_columns={"entity": entity})
        for entity in ("candidates", "clients", "vacancies", "clients/contacts")
    )
    confidence = Confidence.IN_PART

    @override
    def transform(self, record: Record) -> Record:
        """Add `key`: the definition's ID, else `viewType` and label; custom attributes share a `viewType`.

        A label is free text. If personal data is not kept, the key has a pseudonym of the label instead.
        """
        parts = [str(record[name]) for name in ("viewType", "label") if record.get(name)]
        if self.policy is not None and record.get("label"):
            parts[-1] = pseudonym(self.policy.key, "label", parts[-1])
        key = record.get("id") or record.get("attributeDefinitionId") or " ".join(parts)
        return super().transform({"key": key or None, **record})


STREAMS: tuple[type[ListStream | DetailStream], ...] = (*ListStream.__subclasses__(), *DetailStream.__subclasses__())
"""All streams in the order of reading: the lists above, then the details, which cost a request per record."""
