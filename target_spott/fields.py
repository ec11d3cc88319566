"""The documented request bodies of "Create a new client contact" and "Update client contact"."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from typing import NamedTuple

from target_spott.validators import (
    Validator,
    boolean,
    email,
    json_object,
    list_of,
    non_empty_string,
    number,
    object_of,
    one_of,
    string,
    timestamp,
)

NATIONALITIES = (files(__package__) / "nationalities.txt").read_text("utf-8").splitlines()
GENDERS = ("male", "female")
STATUSES = ("actively_looking", "do_not_contact", "do_not_poach", "not_actively_looking")
ACQUISITION_SOURCES = (
    "manual",
    "cv_parse",
    "inbound_vacancy_portal",
    "chrome_extension_linkedin",
    "inbound_from_linkedin_jobboard_email",
    "inbound_from_external_jobboard",
    "juicebox",
)


class Field(NamedTuple):
    """The documentation of a field."""

    validator: Validator
    nullable: bool = False


PHONE_NUMBER = {"phoneNumber": non_empty_string, "isPrimary": boolean}
EMAIL = {"email": email, "isPrimary": boolean}

UPDATE_FIELDS = {
    "role": Field(string, nullable=True),
    "department": Field(string, nullable=True),
    "firstName": Field(non_empty_string),
    "lastName": Field(non_empty_string),
    "emails": Field(list_of(object_of(EMAIL, ["email"]), one_primary=True)),
    "phoneNumbers": Field(list_of(object_of(PHONE_NUMBER, ["phoneNumber"]), one_primary=True)),
    "mainContactId": Field(non_empty_string),
    "stageId": Field(non_empty_string),
    "startDate": Field(timestamp),
    "endDate": Field(timestamp),
}

LOCATION = object_of(
    {
        **dict.fromkeys(("type", "street1", "street2", "postalCode", "city", "region", "state", "country"), string),
        "rawCityCountry": string,
        "latitude": number,
        "longitude": number,
        "formattedAddress": string,
    }
)
EDUCATION = object_of(
    {
        **dict.fromkeys(("degree", "companyId", "fieldOfStudy", "grade", "description"), string),
        "startDate": timestamp,
        "endDate": timestamp,
    }
)
WORK_EXPERIENCE = object_of(
    {
        "companyId": string,
        "jobTitle": string,
        "location": LOCATION,
        "description": string,
        "startDate": timestamp,
        "endDate": timestamp,
    }
)
CUSTOM_ATTRIBUTE = object_of(
    {
        "value": json_object,
        "attributeDefinitionId": string,
        "label": string,
        "description": string,
        "filledByAI": boolean,
        "options": list_of(string),
    }
)
COMPENSATION = object_of({"currency": string, "id": string, "totalCompensation": number, "baseCompensation": number})

CREATE_FIELDS = {
    "firstName": Field(non_empty_string),  # documented only for updates; assumed here
    "lastName": Field(non_empty_string),
    "gender": Field(one_of(GENDERS), nullable=True),
    "nationality": Field(list_of(one_of(NATIONALITIES))),
    "status": Field(list_of(one_of(STATUSES))),
    "acquisitionSource": Field(one_of(ACQUISITION_SOURCES)),
    "role": Field(string),
    "department": Field(string),
    "startDate": Field(timestamp),
    "endDate": Field(timestamp),
    "stageId": Field(non_empty_string),
    "keepShowingAsCandidate": Field(boolean),
    "avatarUrl": Field(string, nullable=True),
    "emails": Field(list_of(object_of({"purpose": string, **EMAIL}, ["email"]), one_primary=True)),
    "phoneNumbers": Field(list_of(object_of({"purpose": string, **PHONE_NUMBER}, ["phoneNumber"]), one_primary=True)),
    "locations": Field(list_of(LOCATION)),
    "dateOfBirth": Field(timestamp, nullable=True),
    "socialMedia": Field(list_of(object_of({"url": string, "type": string, "isPrimary": boolean}))),
    "education": Field(list_of(EDUCATION)),
    "workExperiences": Field(list_of(WORK_EXPERIENCE)),
    "customAttributes": Field(list_of(CUSTOM_ATTRIBUTE)),
    "mainContact": Field(object_of({"userId": non_empty_string}, ["userId"])),
    "languages": Field(list_of(object_of({"language": string, "id": string, "fluency": string}))),
    "compensation": Field(COMPENSATION),
}
REQUIRED_FIELDS = ("firstName", "lastName")
"""Fields without which a contact can't be created."""
WRITABLE_FIELDS = {name.lower(): name for name in (*CREATE_FIELDS, *UPDATE_FIELDS, "id", "clientId")}


def with_suggestion(name: str) -> str:
    """Return the name of an ignored field for a log, with the writable field that it may be a misspelling of."""
    close = get_close_matches(name.lower(), WRITABLE_FIELDS, 1, 0.9)
    meant = WRITABLE_FIELDS[close[0]] if close else name
    plain = name.encode("unicode_escape").decode()
    return plain if meant == name else f"{plain} (did you mean {meant}?)"
