"""Clients, with what only their detail shows."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Dice
from spott_sandbox.generate.shapes import ENUMS_SENT, Record, draw_time, in_view, spell_as_sent, task, wrapped
from spott_sandbox.rows import Contact


def draw_client_record(agency: Agency, number: int, times: Times) -> Record:
    """Return a client as the list sends it."""
    dice = Dice(agency.seed, "client record", number)
    enums = dice.chance(ENUMS_SENT)
    client, facts = agency.client(number), agency.client_reference(number)
    values = {
        "description": facts["description"],
        "industry": facts["industry"],
        "domain": facts["domain"],
        "linkedinUrl": client.company["linkedinUrl"],
        "size": facts["size"],
        "stage": dice.maybe(dice.pick(agency.stages["clients"]), 0.95),
        "nextTaskDue": dice.maybe(task(dice), 0.3),
        "locations": client.locations,
    }
    return {
        "id": client.id,
        "status": wrapped("client", "status", dice.pick(words.CLIENT_STATUSES), enums=enums),
        "name": in_view("client", "name", {"name": facts["name"], "avatarUrl": facts["logoUrl"]}, enums=enums),
        **{key: wrapped("client", key, value, enums=enums) for key, value in values.items()},
        "customAttributes": entity_attributes(dice, "client", enums=enums),
        "createdAt": spell_as_sent(dice, times.created),
        "modifiedAt": spell_as_sent(dice, times.modified),
    }


def client_detail(seed: int, client_id: str, contacts: list[Contact]) -> Record:
    """Return what a client's detail adds to its record."""
    dice = Dice(seed, "client detail", client_id)
    enums = dice.chance(ENUMS_SENT)
    funding: Record = {
        "round": dice.between(0, 6),
        "lastFundingDate": dice.maybe(draw_time(dice), 0.8),
        "lastRoundType": dice.maybe(dice.pick(words.ROUND_TYPES), 0.8),
        "lastRoundAmount": dice.maybe(f"{dice.between(1, 90)} M €", 0.7),
    }
    return {
        "funding": wrapped("client", "funding", dice.maybe(funding, 0.6), enums=enums),
        "contacts": wrapped("client", "contacts", [_contact(contact) for contact in contacts], enums=enums),
    }


def _contact(contact: Contact) -> Record:
    person = {key: contact.record[key] for key in ("id", "candidateId", "firstName", "lastName", "avatarUrl")}
    addresses = [
        {"emailAddress" if key == "email" else key: value for key, value in address.items()}
        for address in contact.emails
    ]
    return {**person, "middleName": None, "emailAddresses": addresses}
