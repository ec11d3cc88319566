"""The fields that two pages of Spott's documentation take: "Create a new client contact", "Update client contact"."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from target_spott.validators import anything, email, list_of, number, object_of, one_of, some_text, text, time, truth

if TYPE_CHECKING:
    from target_spott.validators import Kind

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
    """What a page says of a field."""

    kind: Kind
    nullable: bool = False


PHONE_NUMBER = {"phoneNumber": some_text, "isPrimary": truth}
EMAIL = {"email": email, "isPrimary": truth}

UPDATE = {
    "role": Field(text, nullable=True),
    "department": Field(text, nullable=True),
    "firstName": Field(some_text),
    "lastName": Field(some_text),
    "emails": Field(list_of(object_of(EMAIL, ["email"]), one_primary=True)),
    "phoneNumbers": Field(list_of(object_of(PHONE_NUMBER, ["phoneNumber"]), one_primary=True)),
    "mainContactId": Field(some_text),
    "stageId": Field(some_text),
    "startDate": Field(time),
    "endDate": Field(time),
}

LOCATION = object_of(
    {
        **dict.fromkeys(("type", "street1", "street2", "postalCode", "city", "region", "state", "country"), text),
        "rawCityCountry": text,
        "latitude": number,
        "longitude": number,
        "formattedAddress": text,
    }
)
EDUCATION = object_of(
    {
        **dict.fromkeys(("degree", "companyId", "fieldOfStudy", "grade", "description"), text),
        "startDate": time,
        "endDate": time,
    }
)
WORK_EXPERIENCE = object_of(
    {
        "companyId": text,
        "jobTitle": text,
        "location": LOCATION,
        "description": text,
        "startDate": time,
        "endDate": time,
    }
)
CUSTOM_ATTRIBUTE = object_of(
    {
        "value": anything,
        "attributeDefinitionId": text,
        "label": text,
        "description": text,
        "filledByAI": truth,
        "options": list_of(text),
    }
)
COMPENSATION = object_of({"currency": text, "id": text, "totalCompensation": number, "baseCompensation": number})

CREATE = {
    "firstName": Field(some_text),  # the page of updates says that a name has a character; here it says nothing
    "lastName": Field(some_text),
    "gender": Field(one_of(GENDERS), nullable=True),
    "nationality": Field(list_of(one_of(NATIONALITIES))),
    "status": Field(list_of(one_of(STATUSES))),
    "acquisitionSource": Field(one_of(ACQUISITION_SOURCES)),
    "role": Field(text),
    "department": Field(text),
    "startDate": Field(time),
    "endDate": Field(time),
    "stageId": Field(some_text),
    "keepShowingAsCandidate": Field(truth),
    "avatarUrl": Field(text, nullable=True),
    "emails": Field(list_of(object_of({"purpose": text, **EMAIL}, ["email"]), one_primary=True)),
    "phoneNumbers": Field(list_of(object_of({"purpose": text, **PHONE_NUMBER}, ["phoneNumber"]), one_primary=True)),
    "locations": Field(list_of(LOCATION)),
    "dateOfBirth": Field(time, nullable=True),
    "socialMedia": Field(list_of(object_of({"url": text, "type": text, "isPrimary": truth}))),
    "education": Field(list_of(EDUCATION)),
    "workExperiences": Field(list_of(WORK_EXPERIENCE)),
    "customAttributes": Field(list_of(CUSTOM_ATTRIBUTE)),
    "mainContact": Field(object_of({"userId": some_text}, ["userId"])),
    "languages": Field(list_of(object_of({"language": text, "id": text, "fluency": text}))),
    "compensation": Field(COMPENSATION),
}
REQUIRED = ("firstName", "lastName")
"""Of "Create a new client contact"."""
