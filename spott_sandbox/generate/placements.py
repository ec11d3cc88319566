"""Placements, with what only their detail shows."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.attributes import attribute_value, definition_id
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import DAY, ENUMS_SENT, Record, spell_as_sent, user_reference
from spott_sandbox.timestamps import spell

_GROSS = 1.21


def draw_placement(agency: Agency, number: int, times: Times) -> Record:
    """Return a placement as the list sends it."""
    dice = Dice(agency.seed, "placement record", number)
    application = agency.placement_application(number)
    vacancy = agency.application_vacancy(application) or 0
    company = agency.client(agency.vacancy_client(vacancy)).company
    earlier = agency.placement_id(number - 1) if number else None
    return {
        "id": agency.placement_id(number),
        "templateId": make_id(agency.seed, "placement template", dice.between(0, 1)),
        "placedByUser": dice.maybe(user_reference(dice.pick(agency.directory.users)), 0.95),
        "placedAt": spell_as_sent(dice, times.created),
        "startDate": dice.maybe(spell(times.created + 30 * DAY, "milliseconds"), 0.9),
        "endDate": dice.maybe(spell(times.created + 395 * DAY, "milliseconds"), 0.3),
        "fee": dice.maybe(_fee(agency, number, dice), 0.9),
        "extensionOf": {"id": earlier} if earlier and dice.chance(0.1) else None,
        "applicationId": agency.application_id(application),
        "candidate": agency.person(agency.application_candidate(application)),
        "company": {"id": company["id"], "name": company["name"], "logoCdnUrl": company["logoUrl"]},
        "vacancy": agency.vacancy_reference(vacancy),
    }


LIST_ALONE = {"candidate", "company", "vacancy", "extensionOf"}


def placement_detail(seed: int, placement_id: str) -> Record:
    """Return what a placement's detail adds to its record."""
    dice = Dice(seed, "placement detail", placement_id)
    enums = dice.chance(ENUMS_SENT)
    return {
        "attributeValues": [
            {
                "id": make_id(seed, "attribute value", placement_id, order),
                "attributeDefinitionId": definition_id("placement", order),
                "value": attribute_value(dice, order, enums=enums),
            }
            for order in range(4)
            if dice.chance(0.4)
        ]
    }


def old_placement(record: Record) -> Record:
    """Return a placement in the older shape, which had no `fee`."""
    fee = record["fee"]
    rest = {key: value for key, value in record.items() if key != "fee"}
    return {**rest, **old_fees(fee), "feeSplits": (fee or {}).get("splits")}


def old_fees(fee: Record | None) -> Record:
    """Return the two fees that placements had before there was one."""
    net = fee and fee.get("net")
    if not net:
        return {"grossFee": None, "netFee": None}
    amount = net["amount"]
    return {"grossFee": {**net, "amount": amount and round(amount * _GROSS, 2)}, "netFee": net}


def _fee(agency: Agency, number: int, dice: Dice) -> Record:
    users = agency.directory.users
    splits = [
        {"user": user_reference(dice.pick(users)), "percentage": percentage}
        for percentage in dice.pick(((), (1,), (0.5, 0.5), (0.7, 0.2, 0.1)))
    ]
    return {
        "id": make_id(agency.seed, "fee", number),
        "net": {"amount": dice.between(2, 40) * 1000 + 0.25, "currency": dice.pick(words.CURRENCIES)},
        "splits": splits,
        "details": {},
    }
