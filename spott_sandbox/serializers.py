"""Serializers: the objects that endpoints send for a row. Details include related records as they are now."""

import zlib

from spott_sandbox.dataset import Dataset
from spott_sandbox.generate import applications, clients, placements, vacancies
from spott_sandbox.generate.attributes import entity_attributes
from spott_sandbox.generate.candidates import candidate_attributes
from spott_sandbox.generate.rng import Rng
from spott_sandbox.generate.shapes import ENUM_PROBABILITY, Record, with_rotating_null
from spott_sandbox.rows import Contact, Row


def list_record(_: Dataset, row: Row) -> Record:
    """Return a list's record unchanged."""
    return row.record


def person_detail(dataset: Dataset, row: Row) -> Record:
    """Return a person with their contacts."""
    contacts = [_contact_of_person(contact) for contact in dataset.contacts_of(row)]
    return {"clientContacts": contacts, **row.record}


def opportunity_detail(dataset: Dataset, row: Row) -> Record:
    """Return an opportunity with its custom attributes."""
    rng = Rng(dataset.agency.seed, "opportunity detail", row.id)
    enums = rng.chance(ENUM_PROBABILITY)
    return _with_extras(row, {"customAttributes": entity_attributes(rng, "opportunity", enums=enums)})


def client_detail(dataset: Dataset, row: Row) -> Record:
    """Return a client with its funding and contacts."""
    contacts = [contact for contact in dataset.agency.contacts_of.get(row.id, ()) if dataset.contacts.get(contact.id)]
    return _with_extras(row, clients.client_extras(dataset.agency.seed, row.id, contacts))


def candidate_detail(dataset: Dataset, row: Row) -> Record:
    """Return a candidate with their custom attributes."""
    return _with_extras(row, candidate_attributes(dataset.agency.seed, row.number))


def vacancy_detail(dataset: Dataset, row: Row) -> Record:
    """Return a vacancy with its custom attributes."""
    return _with_extras(row, vacancies.vacancy_extras(dataset.agency.seed, row.id))


def older_vacancy(dataset: Dataset, row: Row) -> Record:
    """Return a vacancy of the older documentation, with a status instead of a stage."""
    return vacancies.older_vacancy(dataset.agency, row.record)


def older_vacancy_detail(dataset: Dataset, row: Row) -> Record:
    """Return a vacancy of the older documentation, with the number of its applications in each stage."""
    extras = vacancies.older_vacancy_extras(dataset.agency, row.id)
    return vacancies.older_vacancy(dataset.agency, vacancy_detail(dataset, row)) | extras


def application_detail(dataset: Dataset, row: Row) -> Record:
    """Return an application with wrapped attributes, its vacancy and its placements."""
    agency = dataset.agency
    number = agency.application_vacancy(row.number)
    vacancy_row = None if number is None else dataset.table("vacancies").get(agency.vacancy_reference(number)["id"])
    placement_rows = (
        dataset.table("placements").get(agency.placement_id(placement))
        for placement in agency.application_placements(row.number)
    )
    return applications.application_detail(
        agency,
        row.number,
        row.record,
        vacancy_row.record if vacancy_row else None,
        [placement.record for placement in placement_rows if placement],
    )


def older_application_detail(dataset: Dataset, row: Row) -> Record:
    """Return an application of the older documentation, with its comments and interviews."""
    is_speculative = dataset.agency.application_vacancy(row.number) is None
    extras = applications.older_application_extras(dataset.agency, row.id, speculative=is_speculative)
    return application_detail(dataset, row) | extras


def application_activities(dataset: Dataset, row: Row) -> Record:
    """Return the activities of an application."""
    return {"activities": applications.application_activities(dataset.agency, row.number)}


def placement_detail(dataset: Dataset, row: Row) -> Record:
    """Return a placement with its attributes, without the fields that only the list has."""
    detail = _with_extras(row, placements.placement_extras(dataset.agency.seed, row.id))
    fee = detail["fee"] and {key: value for key, value in detail["fee"].items() if key != "details"}
    return {key: value for key, value in detail.items() if key not in placements.LIST_ONLY_FIELDS} | {"fee": fee}


def older_placement(_: Dataset, row: Row) -> Record:
    """Return a placement of the older documentation, with separate fees."""
    return placements.older_placement(row.record)


def older_placement_detail(dataset: Dataset, row: Row) -> Record:
    """Return a placement's detail of the older documentation, with separate fees."""
    return placements.older_placement(placement_detail(dataset, row))


def _with_extras(row: Row, extras: Record) -> Record:
    """Return a record with the fields that only its detail has, one of which is null."""
    return {**with_rotating_null(extras, zlib.crc32(row.id.encode())), **row.record}


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
