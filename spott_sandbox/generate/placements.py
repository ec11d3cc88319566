"""Placements and the extra fields of their details."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import attribute_value, definition_id
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import DAY, ENUM_PROBABILITY, Record, format_varied, user_reference
from spott_sandbox.timestamps import format_timestamp

_GROSS_FACTOR = 1.21


def make_placement(agency: Agency, number: int, times: Times) -> Record:
    """Return a list's placement record."""
    rng = Rng(agency.seed, "placement record", number)
    application = agency.placement_application(number)
    vacancy = agency.application_vacancy(application) or 0
    company = agency.client(agency.vacancy_client(vacancy)).company
    earlier = agency.placement_id(number - 1) if number else None
    return {
        "id": agency.placement_id(number),
        "templateId": make_id(agency.seed, "placement template", rng.randint(0, 1)),
        "placedByUser": rng.maybe(user_reference(rng.choice(agency.directory.users)), 0.95),
        "placedAt": format_varied(rng, times.created),
        "startDate": rng.maybe(format_timestamp(times.created + 30 * DAY, "milliseconds"), 0.9),
        "endDate": rng.maybe(format_timestamp(times.created + 395 * DAY, "milliseconds"), 0.3),
        "fee": rng.maybe(_fee(agency, number, rng), 0.9),
        "extensionOf": {"id": earlier} if earlier and rng.chance(0.1) else None,
        "applicationId": agency.application_id(application),
        "candidate": agency.person(agency.application_candidate(application)),
        "company": {"id": company["id"], "name": company["name"], "logoCdnUrl": company["logoUrl"]},
        "vacancy": agency.vacancy_reference(vacancy),
    }


LIST_ONLY_FIELDS = {"candidate", "company", "vacancy", "extensionOf"}


def placement_extras(seed: int, placement_id: str) -> Record:
    """Return the fields that only a placement's detail has."""
    rng = Rng(seed, "placement detail", placement_id)
    enums = rng.chance(ENUM_PROBABILITY)
    return {
        "attributeValues": [
            {
                "id": make_id(seed, "attribute value", placement_id, order),
                "attributeDefinitionId": definition_id("placement", order),
                "value": attribute_value(rng, order, enums=enums),
            }
            for order in range(4)
            if rng.chance(0.4)
        ]
    }


def older_placement(record: Record) -> Record:
    """Return a placement of the older documentation, which has no `fee`."""
    fee = record["fee"]
    rest = {key: value for key, value in record.items() if key != "fee"}
    return {**rest, **older_fees(fee), "feeSplits": (fee or {}).get("splits")}


def older_fees(fee: Record | None) -> Record:
    """Return the two fees of the older documentation."""
    net = fee and fee.get("net")
    if not net:
        return {"grossFee": None, "netFee": None}
    amount = net["amount"]
    return {"grossFee": {**net, "amount": amount and round(amount * _GROSS_FACTOR, 2)}, "netFee": net}


def _fee(agency: Agency, number: int, rng: Rng) -> Record:
    users = agency.directory.users
    splits = [
        {"user": user_reference(rng.choice(users)), "percentage": percentage}
        for percentage in rng.choice(((), (1,), (0.5, 0.5), (0.7, 0.2, 0.1)))
    ]
    return {
        "id": make_id(agency.seed, "fee", number),
        "net": {"amount": rng.randint(2, 40) * 1000 + 0.25, "currency": rng.choice(words.CURRENCIES)},
        "splits": splits,
        "details": {},
    }
