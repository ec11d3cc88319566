"""Request bodies of "Create a new client contact" and "Update client contact"."""

from collections.abc import Callable
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from spott_sandbox.errors import bad_request
from spott_sandbox.generate.shapes import Record
from spott_sandbox.timestamps import parse_strict_timestamp, parse_timestamp

M = TypeVar("M")
Name = Annotated[str, Meta(min_length=1)]
Status = Literal["actively_looking", "do_not_contact", "do_not_poach", "not_actively_looking"]
AcquisitionSource = Literal[
    "manual",
    "cv_parse",
    "inbound_vacancy_portal",
    "chrome_extension_linkedin",
    "inbound_from_linkedin_jobboard_email",
    "inbound_from_external_jobboard",
    "juicebox",
]
_NATIONALITIES = frozenset((files(__package__) / "nationalities.txt").read_text("utf-8").splitlines())


class Email(msgspec.Struct, rename="camel"):
    """An email address."""

    email: str
    is_primary: bool = False
    purpose: str | UnsetType | None = UNSET


class Phone(msgspec.Struct, rename="camel"):
    """A phone number."""

    phone_number: str
    is_primary: bool = False
    purpose: str | UnsetType | None = UNSET


class MainContact(msgspec.Struct, rename="camel"):
    """The user in charge of a contact."""

    user_id: str


class CustomAttribute(msgspec.Struct, rename="camel"):
    """A custom attribute in a request; responses have other fields."""

    value: dict[str, Any] | None = None
    attribute_definition_id: str | None = None
    label: str | None = None
    filled_by_ai: bool = msgspec.field(default=False, name="filledByAI")


class _ContactDetails(msgspec.Struct, rename="camel", kw_only=True):
    emails: list[Email] | UnsetType = UNSET
    phone_numbers: list[Phone] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.emails and sum(email.is_primary for email in self.emails) > 1:
            message = "ONLY_ONE_PRIMARY_EMAIL_ALLOWED"
            raise bad_request(message)
        if self.phone_numbers and sum(phone.is_primary for phone in self.phone_numbers) > 1:
            message = "ONLY_ONE_PRIMARY_PHONE_NUMBER_ALLOWED"
            raise bad_request(message)


class NewContact(_ContactDetails, rename="camel", kw_only=True):
    """The body of "Create a new client contact". Fields that no read endpoint sends are validated and dropped."""

    first_name: str
    last_name: str
    gender: Literal["male", "female"] | None = None
    nationality: list[str] = []
    status: list[Status] = []
    acquisition_source: AcquisitionSource = "manual"
    role: str | None = None
    department: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    stage_id: str | UnsetType = UNSET
    keep_showing_as_candidate: bool = False
    avatar_url: str | None = None
    locations: list[Record] = []
    date_of_birth: str | None = None
    social_media: list[Record] = []
    education: list[Record] = []
    work_experiences: list[Record] = []
    custom_attributes: list[CustomAttribute] = []
    main_contact: MainContact | UnsetType = UNSET
    languages: list[Record] = []
    compensation: Record | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Validate what the types can't express."""
        super().__post_init__()
        dates = {"startDate": self.start_date, "endDate": self.end_date, "dateOfBirth": self.date_of_birth}
        for name, text in dates.items():
            if text is not None:
                _validate_date(name, text, parse_timestamp)
        unknown = set(self.nationality) - _NATIONALITIES
        if unknown:
            message = f"Unknown nationality {min(unknown)!r}"
            raise ValueError(message)


class ContactUpdate(_ContactDetails, rename="camel", kw_only=True):
    """The body of "Update client contact": every field is optional, and only sent fields change."""

    role: str | UnsetType | None = UNSET
    department: str | UnsetType | None = UNSET
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    main_contact_id: str | UnsetType = UNSET
    stage_id: str | UnsetType = UNSET
    start_date: str | UnsetType = UNSET
    end_date: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Validate what the types can't express."""
        super().__post_init__()
        for name, text in (("startDate", self.start_date), ("endDate", self.end_date)):
            if isinstance(text, str):
                _validate_date(name, text, parse_strict_timestamp)


def _validate_date(name: str, text: str, parse_date: Callable[[str], int]) -> None:
    try:
        parse_date(text)
    except ValueError as error:
        message = f"{name}: {error}"
        raise ValueError(message) from error


def parse_body(body: bytes, model: type[M]) -> M:
    """Parse and validate a request's JSON body; unknown fields are ignored.

    Raises:
        HTTPException: The body is not JSON or does not fit the model (400).
    """
    try:
        return msgspec.json.decode(body, type=model)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(str(error)) from error
