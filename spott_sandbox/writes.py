"""Creating and updating client contacts, as asked by a checked request body."""

import msgspec
from msgspec import UNSET, UnsetType

from spott_sandbox.dataset import World
from spott_sandbox.errors import bad_request, not_found
from spott_sandbox.generate.candidates import candidate_record
from spott_sandbox.generate.contacts import PERSON_FIELDS
from spott_sandbox.generate.shapes import Record, user_overview, user_reference
from spott_sandbox.request_bodies import ContactUpdate, NewContact
from spott_sandbox.rows import Contact, Person
from spott_sandbox.timestamps import spell


def create_contact(world: World, client_id: str, body: NewContact) -> Contact:
    """Create a contact and the person behind it.

    Raises:
        HTTPException: The client does not exist (404), or the stage or the main contact does not (400).
    """
    client = next((client for client in world.agency.directory.clients if client.id == client_id), None)
    if client is None:
        what = "Client"
        raise not_found(what)
    user_id = body.main_contact if isinstance(body.main_contact, UnsetType) else body.main_contact.user_id
    user, stage = _user(world, user_id), _stage(world, body.stage_id)
    now = world.now()
    person = Person(_new_overview(world, body, user, now), now)
    record = {
        "id": world.new_id("contact"),
        **{key: person.record[key] for key in ("candidateId", *PERSON_FIELDS)},
        "client": {"company": client.company, "locations": client.locations},
        **_written(body),
        "stage": stage,
        "mainContact": user and user_reference(user),
        "createdAt": spell(now, "milliseconds"),
        "modifiedAt": spell(now, "milliseconds"),
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
    world.add(contact, person, _new_candidate(person.record, contact, body))
    return contact


def update_contact(world: World, contact: Contact, body: ContactUpdate) -> None:
    """Change the fields that were sent; addresses and numbers are replaced as a whole.

    Raises:
        HTTPException: The stage or the main contact does not exist (400).
    """
    sent: Record = msgspec.to_builtins(body)
    if body.stage_id is not UNSET:
        sent["stage"] = _stage(world, body.stage_id)
    if body.main_contact_id is not UNSET:
        user = _user(world, body.main_contact_id)
        sent["mainContact"] = user and user_reference(user)
    contact.emails = sent.pop("emails", contact.emails)
    contact.phones = sent.pop("phoneNumbers", contact.phones)
    world.touch("client_contacts", contact, fields={key: sent[key] for key in sent if key in contact.record})


def _user(world: World, user_id: str | UnsetType) -> Record | None:
    return _find(world.agency.directory.users, user_id, "user")


def _stage(world: World, stage_id: str | UnsetType) -> Record | None:
    return _find(world.agency.directory.contact_stages, stage_id, "stage")


def _find(records: list[Record], wanted: str | UnsetType, what: str) -> Record | None:
    if isinstance(wanted, UnsetType):
        return None
    for record in records:
        if record["id"] == wanted:
            return record
    message = f"Unknown {what} {wanted!r}"
    raise bad_request(message)


def _new_overview(world: World, body: NewContact, user: Record | None, now: int) -> Record:
    return {
        "candidateId": world.new_id("candidate"),
        "firstName": body.first_name,
        "lastName": body.last_name,
        "avatarUrl": body.avatar_url,
        "locations": body.locations,
        "lastInteractionDate": None,
        "lastInteractionWith": None,
        "nextInteractionDate": None,
        "nextInteractionWith": None,
        "lastActivityDate": spell(now, "milliseconds"),
        "nextTaskDue": None,
        "mainContact": user and user_overview(user),
    }


def _new_candidate(overview: Record, contact: Contact, body: NewContact) -> Record:
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
    person = {"id": overview["candidateId"], **overview}
    return {**candidate_record(person, values, overview, enums=True), "customAttributes": []}


def _written(body: NewContact) -> Record:
    """Return the fields of a contact that its body alone decides."""
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
