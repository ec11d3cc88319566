"""Create and update client contacts from validated request bodies."""

import msgspec
from msgspec import UNSET, UnsetType

from spott_sandbox.dataset import Dataset
from spott_sandbox.errors import bad_request, not_found
from spott_sandbox.generate.candidates import candidate_record
from spott_sandbox.generate.contacts import PERSON_FIELDS
from spott_sandbox.generate.shapes import Record, user_overview, user_reference
from spott_sandbox.request_bodies import ContactUpdate, NewContact
from spott_sandbox.rows import Contact, Person
from spott_sandbox.timestamps import format_timestamp


def create_contact(dataset: Dataset, client_id: str, body: NewContact) -> Contact:
    """Create a contact and the person behind it.

    Raises:
        HTTPException: The client is unknown (404), or the stage or main contact is (400).
    """
    client = next((client for client in dataset.agency.directory.clients if client.id == client_id), None)
    if client is None:
        raise not_found("Client")  # noqa: EM101 - a record's name, not a message
    user_id = body.main_contact if isinstance(body.main_contact, UnsetType) else body.main_contact.user_id
    user, stage = _user(dataset, user_id), _stage(dataset, body.stage_id)
    now = dataset.now()
    person = Person(_new_person_record(dataset, body, user, now), now)
    record = {
        "id": dataset.new_id("contact"),
        **{key: person.record[key] for key in ("candidateId", *PERSON_FIELDS)},
        "client": {"company": client.company, "locations": client.locations},
        **_contact_fields(body),
        "stage": stage,
        "mainContact": user and user_reference(user),
        "createdAt": format_timestamp(now, "milliseconds"),
        "modifiedAt": format_timestamp(now, "milliseconds"),
    }
    contact = Contact(
        record,
        now,
        person.id,
        client.id,
        [] if isinstance(body.emails, UnsetType) else msgspec.to_builtins(body.emails),
        [] if isinstance(body.phone_numbers, UnsetType) else msgspec.to_builtins(body.phone_numbers),
    )
    person.contact_ids.append(contact.id)
    dataset.add(contact, person, _new_candidate(person.record, contact, body))
    return contact


def update_contact(dataset: Dataset, contact: Contact, body: ContactUpdate) -> None:
    """Change the sent fields; the lists of email addresses and phone numbers are replaced as a whole.

    Raises:
        HTTPException: The stage or main contact is unknown (400).
    """
    sent: Record = msgspec.to_builtins(body)
    if body.stage_id is not UNSET:
        sent["stage"] = _stage(dataset, body.stage_id)
    if body.main_contact_id is not UNSET:
        user = _user(dataset, body.main_contact_id)
        sent["mainContact"] = user and user_reference(user)
    contact.emails = sent.pop("emails", contact.emails)
    contact.phones = sent.pop("phoneNumbers", contact.phones)
    dataset.touch("client_contacts", contact, fields={key: sent[key] for key in sent if key in contact.record})


def _user(dataset: Dataset, user_id: str | UnsetType) -> Record | None:
    return _find(dataset.agency.directory.users, user_id, "user")


def _stage(dataset: Dataset, stage_id: str | UnsetType) -> Record | None:
    return _find(dataset.agency.directory.contact_stages, stage_id, "stage")


def _find(records: list[Record], wanted: str | UnsetType, kind: str) -> Record | None:
    if isinstance(wanted, UnsetType):
        return None
    for record in records:
        if record["id"] == wanted:
            return record
    message = f"Unknown {kind} {wanted!r}"
    raise bad_request(message)


def _new_person_record(dataset: Dataset, body: NewContact, user: Record | None, now: int) -> Record:
    return {
        "candidateId": dataset.new_id("candidate"),
        "firstName": body.first_name,
        "lastName": body.last_name,
        "avatarUrl": body.avatar_url,
        "locations": body.locations,
        "lastInteractionDate": None,
        "lastInteractionWith": None,
        "nextInteractionDate": None,
        "nextInteractionWith": None,
        "lastActivityDate": format_timestamp(now, "milliseconds"),
        "nextTaskDue": None,
        "mainContact": user and user_overview(user),
    }


def _new_candidate(person: Record, contact: Contact, body: NewContact) -> Record:
    values = {
        "gender": body.gender,
        "nationality": body.nationality,
        "status": body.status,
        "emails": contact.emails,
        "phoneNumbers": contact.phones,
        "locations": body.locations,
        "dateOfBirth": body.date_of_birth,
        "socialMedia": body.social_media,
        "languages": body.languages,
        "compensation": None if isinstance(body.compensation, UnsetType) else body.compensation,
        "currentPlacements": {"hasCurrentPlacement": False, "placements": []},
    }
    return {
        **candidate_record({"id": person["candidateId"], **person}, values, person, enums=True),
        "customAttributes": [],
    }


def _contact_fields(body: NewContact) -> Record:
    """Return the contact's fields that depend on the body only."""
    return {
        "role": body.role,
        "department": body.department,
        "startDate": body.start_date,
        "endDate": body.end_date,
        "active": True,
        "customAttributes": [
            {
                "attributeDefinitionId": attribute.attribute_definition_id,
                "label": attribute.label,
                "aiFillOngoing": False,
                "aiOverridden": False,
                "isFilledByAI": attribute.filled_by_ai,
                "value": attribute.value,
            }
            for attribute in body.custom_attributes
        ],
    }
