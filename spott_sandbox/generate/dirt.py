"""Records that break the documentation's word, as records of real systems do."""

from spott_sandbox.generate.shapes import Record
from spott_sandbox.rows import Contact, Row

_NUL = "be\0fore and after"
_LONG = "long text, 長い " * 5100
_LONE_SURROGATE = "cut emoji \ud83d"
_NAIVE = "2021-03-04T05:06:07"
_NO_DATE = "31/12/2020, soon"


def _stage_order(order: object) -> Record:
    return {"id": "dirty-stage", "order": order, "name": "Dirty", "colorHex": "#000000"}


def _opportunity_stage(order: object) -> Record:
    return {"stage": {"id": "dirty-stage", "name": "Dirty", "order": order, "isOpen": True}}


_CONTACT_DIRT: tuple[Record, ...] = (
    {"role": _NUL},
    {"startDate": "", "endDate": ""},
    {"modifiedAt": ""},
    {"stage": _stage_order(3.0)},
    {"createdAt": _NAIVE, "startDate": _NAIVE},
    {"modifiedAt": _NAIVE},
    {
        "locations": [None, {"city": "Null before", "latitude": "51.5"}],
        "customAttributes": [None, {"value": None}],
    },
    {"role": _LONG},
    {"department": _LONE_SURROGATE},
    {"stage": _stage_order("3")},
    {"endDate": _NO_DATE},
)
_OVERVIEW_DIRT: tuple[Record, ...] = (
    {"firstName": _NUL, "lastInteractionDate": "", "nextInteractionDate": _NAIVE, "locations": [None]},
    {"lastName": _LONE_SURROGATE, "lastActivityDate": _NO_DATE},
)
_OPPORTUNITY_DIRT: tuple[Record, ...] = (
    {"name": {"name": _NUL}},
    {"closeDate": {"closeDate": {"target": ""}}},
    {"stage": _opportunity_stage(3.0)},
    {"createdAt": {"createdAt": _NAIVE}},
    {"clientTeam": {"clientTeam": [None, {"id": "dirty-member", "emails": [None]}]}},
    {"description": {"description": _LONG}},
    {"name": {"name": _LONE_SURROGATE}},
    {"stage": _opportunity_stage("3")},
    {"closeDate": {"closeDate": {"target": _NO_DATE}}},
)
DIRTY_CONTACTS = len(_CONTACT_DIRT)
"""How many contacts `--dirty` adds."""
DIRTY_OPPORTUNITIES = len(_OPPORTUNITY_DIRT)
"""How many opportunities `--dirty` adds."""


def soil(contacts: list[Contact], opportunities: list[Row], people: dict[str, Record]) -> None:
    """Make the last contacts and opportunities dirty, each in its own way.

    Args:
        contacts: All contacts; the last `DIRTY_CONTACTS` are changed.
        opportunities: All opportunities; the last `DIRTY_OPPORTUNITIES` are changed.
        people: The records of the people behind the contacts, by id.
    """
    for contact, dirt in zip(contacts[-DIRTY_CONTACTS:], _CONTACT_DIRT, strict=True):
        contact.record |= dirt
    for contact, dirt in zip(contacts[-len(_OVERVIEW_DIRT) :], _OVERVIEW_DIRT, strict=True):
        people.get(contact.candidate_id or "", {}).update(dirt)
    for row, dirt in zip(opportunities[-DIRTY_OPPORTUNITIES:], _OPPORTUNITY_DIRT, strict=True):
        row.record |= dirt
