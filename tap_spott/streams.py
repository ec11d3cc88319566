"""The streams: one short class each. `stream` has what they share; `schemas` has a file for each."""

from __future__ import annotations

from tap_spott.endpoints import DetailEndpoint, ListEndpoint, Until
from tap_spott.stream import DetailStream, ListStream


class ClientContacts(ListStream):
    """A person's role at a client; somebody who works for two clients has two."""

    name = "client_contacts"
    replication_key = "modifiedAt"
    lists = (ListEndpoint(path="/clients/contacts", since=True, until=Until.DOCUMENTED),)


class ClientContactDetails(DetailStream):
    """The person behind client contacts: e-mail addresses, phone numbers, interactions."""

    name = "client_contact_details"
    primary_keys = ("candidateId",)
    replication_key = "modifiedAt"
    selected_by_default = True
    parent = ClientContacts
    detail = DetailEndpoint(
        path="/clients/contacts/{}", noun="candidate", id_column="candidateId", proof="clientContacts"
    )


class Opportunities(ListStream):
    """Deals with clients, their stage, owner and team."""

    name = "opportunities"
    lists = (ListEndpoint(path="/opportunities", since=True, company_filter="companyIds"),)


STREAMS: tuple[type[ListStream | DetailStream], ...] = (
    ClientContacts,
    ClientContactDetails,
    Opportunities,
)
"""In the order in which they are read: a list before the details of its records."""
