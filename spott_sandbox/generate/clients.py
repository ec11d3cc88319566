"""Clients and the extra fields of their details."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Rng
from spott_sandbox.generate.shapes import ENUM_PROBABILITY, Record, format_varied, random_date_time, task, view, wrapped
from spott_sandbox.rows import Contact


def make_client_record(agency: Agency, number: int, times: Times) -> Record:
    """Return a list's client record."""
    rng = Rng(agency.seed, "client record", number)
    enums = rng.chance(ENUM_PROBABILITY)
    client, facts = agency.client(number), agency.client_reference(number)
    values = {
        "description": facts["description"],
        "industry": facts["industry"],
        "domain": facts["domain"],
        "linkedinUrl": client.company["linkedinUrl"],
        "size": facts["size"],
        "stage": rng.maybe(rng.choice(agency.stages["clients"]), 0.95),
        "nextTaskDue": rng.maybe(task(rng), 0.3),
        "locations": client.locations,
    }
    return {
        "id": client.id,
        "status": wrapped("client", "status", rng.choice(words.CLIENT_STATUSES), enums=enums),
        "name": view("client", "name", {"name": facts["name"], "avatarUrl": facts["logoUrl"]}, enums=enums),
        **{key: wrapped("client", key, value, enums=enums) for key, value in values.items()},
        "customAttributes": entity_attributes(rng, "client", enums=enums),
        "createdAt": format_varied(rng, times.created),
        "modifiedAt": format_varied(rng, times.modified),
    }


def client_extras(seed: int, client_id: str, contacts: list[Contact]) -> Record:
    """Return the fields that only a client's detail has."""
    rng = Rng(seed, "client detail", client_id)
    enums = rng.chance(ENUM_PROBABILITY)
    funding: Record = {
        "round": rng.randint(0, 6),
        "lastFundingDate": rng.maybe(random_date_time(rng), 0.8),
        "lastRoundType": rng.maybe(rng.choice(words.ROUND_TYPES), 0.8),
        "lastRoundAmount": rng.maybe(f"{rng.randint(1, 90)} M €", 0.7),
    }
    return {
        "funding": wrapped("client", "funding", rng.maybe(funding, 0.6), enums=enums),
        "contacts": wrapped("client", "contacts", [_contact(contact) for contact in contacts], enums=enums),
    }


def _contact(contact: Contact) -> Record:
    person = {key: contact.record[key] for key in ("id", "candidateId", "firstName", "lastName", "avatarUrl")}
    addresses = [
        {"emailAddress" if key == "email" else key: value for key, value in address.items()}
        for address in contact.emails
    ]
    return {**person, "middleName": None, "emailAddresses": addresses}
