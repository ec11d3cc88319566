"""What endpoints show of a record: lists mostly the record itself, details more, drawn around it as it is now."""

import zlib

from spott_sandbox.dataset import World
from spott_sandbox.generate import applications, clients, placements, vacancies
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.candidates import candidate_attributes
from spott_sandbox.generate.rng import Dice
from spott_sandbox.generate.shapes import ENUMS_SENT, Record, null_somewhere
from spott_sandbox.rows import Contact, Row


def itself(_: World, row: Row) -> Record:
    """Return the record as it is, which is what lists send."""
    return row.record


def person(world: World, row: Row) -> Record:
    """Return a person with the contacts that they are."""
    contacts = [_contact_of_person(contact) for contact in world.contacts_of(row)]
    return {"clientContacts": contacts, **row.record}


def opportunity_detail(world: World, row: Row) -> Record:
    """Return an opportunity with its custom attributes."""
    dice = Dice(world.agency.seed, "opportunity detail", row.id)
    return _with(row, {"customAttributes": entity_attributes(dice, "opportunity", enums=dice.chance(ENUMS_SENT))})


def client_detail(world: World, row: Row) -> Record:
    """Return a client with its funding and contacts."""
    contacts = [contact for contact in world.agency.contacts_of.get(row.id, ()) if world.contacts.get(contact.id)]
    return _with(row, clients.client_detail(world.agency.seed, row.id, contacts))


def candidate_detail(world: World, row: Row) -> Record:
    """Return a candidate with their custom attributes."""
    return _with(row, candidate_attributes(world.agency.seed, row.number))


def vacancy_detail(world: World, row: Row) -> Record:
    """Return a vacancy with its custom attributes."""
    return _with(row, vacancies.vacancy_detail(world.agency.seed, row.id))


def older_vacancy(world: World, row: Row) -> Record:
    """Return a vacancy as older documentation has it, with a status."""
    return vacancies.old_vacancy(world.agency, row.record)


def older_vacancy_detail(world: World, row: Row) -> Record:
    """Return a vacancy as older documentation has it, with the number of its applications in each stage."""
    return vacancies.old_vacancy(world.agency, vacancy_detail(world, row)) | vacancies.old_vacancy_extras(
        world.agency, row.id
    )


def application_detail(world: World, row: Row) -> Record:
    """Return an application, wrapped as its list's records are not, with its vacancy and placements."""
    agency = world.agency
    number = agency.application_vacancy(row.number)
    vacancy_row = None if number is None else world.table("vacancies").get(agency.vacancy_reference(number)["id"])
    led_to = (
        world.table("placements").get(agency.placement_id(placement))
        for placement in agency.application_placements(row.number)
    )
    return applications.application_detail(
        agency,
        row.number,
        row.record,
        vacancy_row.record if vacancy_row else None,
        [placement.record for placement in led_to if placement],
    )


def older_application_detail(world: World, row: Row) -> Record:
    """Return an application as older documentation has it, with its comments and interviews."""
    is_speculative = world.agency.application_vacancy(row.number) is None
    return application_detail(world, row) | applications.old_application_extras(
        world.agency, row.id, speculative=is_speculative
    )


def application_activities(world: World, row: Row) -> Record:
    """Return what has happened to an application."""
    return {"activities": applications.application_activities(world.agency, row.number)}


def placement_detail(world: World, row: Row) -> Record:
    """Return a placement with its own attributes, but without what its page shows in the list alone."""
    detail = _with(row, placements.placement_detail(world.agency.seed, row.id))
    fee = detail["fee"] and {key: value for key, value in detail["fee"].items() if key != "details"}
    return {key: value for key, value in detail.items() if key not in placements.LIST_ALONE} | {"fee": fee}


def older_placement(_: World, row: Row) -> Record:
    """Return a placement as older documentation has it, with its fees side by side."""
    return placements.old_placement(row.record)


def older_placement_detail(world: World, row: Row) -> Record:
    """Return a placement as older documentation has it, with its fees side by side."""
    return placements.old_placement(placement_detail(world, row))


def _with(row: Row, added: Record) -> Record:
    """Return a record with what only its detail shows, a null somewhere in that."""
    return {**null_somewhere(added, zlib.crc32(row.id.encode())), **row.record}


def _contact_of_person(contact: Contact) -> Record:
    record = contact.record
    company = (record["client"] or {}).get("company")
    return {
        "emailAddresses": contact.emails,
        "phoneNumbers": contact.phones,
        "id": contact.id,
        "company": company and {key: company[key] for key in ("id", "name", "logoUrl")},
        **{key: record[key] for key in ("role", "department", "startDate", "endDate", "active", "stage")},
        "customAttributes": record["customAttributes"],
    }
