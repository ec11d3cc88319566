"""The shapes that several endpoints share: times, places, users, e-mail addresses, custom attributes."""

from collections.abc import Iterator
from typing import Any

from spott_sandbox.generate import words
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.timestamps import MICROS, parse, spell, spell_with_offset

Record = dict[str, Any]
"""A JSON object as the API sends it."""

HISTORY_START = parse("2019-01-01T00:00:00Z")
HISTORY_END = parse("2026-10-01T00:00:00Z")
DAY = 86_400 * MICROS
ENUMS_SENT = 0.7
"""The share of records with enum fields (`viewType`, `type`, `purpose`): the newer pages leave them out."""
_NEVER_NULL = {"id", "viewType", "entityType"}
UNKNOWN_SENT = 0.1
"""The share of records with fields that no page documents."""


def draw_instant(dice: Dice, low: int, high: int) -> int:
    """Return an instant from low to high: to the millisecond mostly, sometimes finer or a whole second."""
    instant = dice.between(low, high)
    if dice.chance(0.05):
        return instant
    step = MICROS if dice.chance(0.05) else 1000
    return max(low, instant - instant % step)


def spell_as_sent(dice: Dice, instant: int) -> str:
    """Spell an instant in one of the ways that occur, without losing precision."""
    if instant % 1000:
        return spell(instant)
    if dice.chance(0.03):
        return spell_with_offset(instant, 2)
    if instant % MICROS == 0 and dice.chance(0.5):
        return spell(instant, "seconds")
    return spell(instant, "milliseconds")


def draw_time(dice: Dice, low: int = HISTORY_START, high: int = HISTORY_END) -> str:
    """Return the text of an instant from low to high."""
    return spell_as_sent(dice, draw_instant(dice, low, high))


def location(dice: Dice, *, enums: bool) -> Record:
    """Return a place as on "Get contacts by candidate ID"; the list of contacts shows no `type`."""
    city, region, state, country, latitude, longitude = dice.pick(words.CITIES)
    street = f"{dice.between(1, 400)} {dice.pick(words.STREETS)}"
    place: Record = {
        "type": "primary_home",
        "street1": street,
        "street2": dice.maybe("2nd floor", 0.2),
        "postalCode": f"{dice.between(0, 99_999):05}",
        "city": city,
        "region": region,
        "state": state,
        "country": country,
        "rawCityCountry": f"{city}, {country}",
        "latitude": latitude,
        "longitude": longitude,
        "formattedAddress": f"{street}, {city}, {country}",
    }
    if not enums:
        del place["type"]
    if dice.chance(UNKNOWN_SENT):
        place["what3words"] = "filled.count.soap"
    return place


def locations(dice: Dice, *, enums: bool) -> list[Record]:
    """Return no, one or two places."""
    return [location(dice, enums=enums) for _ in range(dice.pick((0, 1, 1, 1, 1, 2)))]


def email_addresses(dice: Dice, name: str, *, enums: bool) -> list[Record]:
    """Return up to three e-mail addresses, the first one primary."""
    purposes = ("work", "personal", "personal")[: dice.pick((0, 1, 1, 1, 2, 3))]
    addresses: list[Record] = [
        {"purpose": purpose, "email": f"{name}.{order}@example.com", "isPrimary": order == 0}
        for order, purpose in enumerate(purposes)
    ]
    return addresses if enums else [_without(address, "purpose") for address in addresses]


def phone_numbers(dice: Dice, *, enums: bool) -> list[Record]:
    """Return up to two phone numbers, the first one primary."""
    purposes = ("work", "personal")[: dice.between(0, 2)]
    numbers: list[Record] = [
        {
            "purpose": purpose,
            "phoneNumber": f"+44 20 7946 0{dice.between(0, 999):03}",
            "isPrimary": order == 0,
        }
        for order, purpose in enumerate(purposes)
    ]
    return numbers if enums else [_without(number, "purpose") for number in numbers]


def task(dice: Dice) -> Record:
    """Return a task that is due."""
    return {
        "id": make_id("task", dice.between(0, 10**12)),
        "content": dice.pick(words.TASKS),
        "dueDate": dice.maybe(draw_time(dice), 0.9),
    }


def user_reference(user: Record) -> Record:
    """Return a user as the lists name them."""
    return {key: user[key] for key in ("id", "name", "avatarUrl", "deactivatedAt")}


def user_overview(user: Record) -> Record:
    """Return a user as the `mainContact` of "Get contacts by candidate ID" names them."""
    return {
        "userId": user["id"],
        **{key: user[key] for key in ("name", "email", "avatarUrl", "deactivatedAt")},
    }


def wrapped(entity: str, key: str, value: object, *, enums: bool) -> Record:
    """Return an attribute in the view that shows it, such as `{"viewType": "clientName", "name": ...}`."""
    return in_view(entity, key, {key: value}, enums=enums)


def in_view(entity: str, name: str, inner: Record, *, enums: bool) -> Record:
    """Return what a view holds with the view's name, which is left out as other enums are."""
    return {"viewType": f"{entity}{name[0].upper()}{name[1:]}", **inner} if enums else inner


def custom_attributes(dice: Dice, *, enums: bool) -> list[Record]:
    """Return attributes that an agency defined itself, of every known kind and of an undocumented one."""
    chosen = [order for order in range(len(CUSTOM_LABELS)) if dice.chance(0.4)]
    return [_custom_attribute(dice, order, enums=enums) for order in chosen]


CUSTOM_LABELS = (
    *("Notes from the first call", "Badge photo", "Team size", "Contract renewal"),
    *("Region 🌍", "Skills", "Constellation"),
)
"""What the attributes of client contacts are called."""


def _custom_attribute(dice: Dice, order: int, *, enums: bool) -> Record:
    view_type, payload = custom_values(dice)[order]
    attribute: Record = {
        "attributeDefinitionId": make_id("definition", order),
        "label": CUSTOM_LABELS[order],
        "aiFillOngoing": dice.chance(0.05),
        "aiOverridden": dice.chance(0.1),
        "isFilledByAI": dice.chance(0.3),
        "value": {"viewType": view_type, **payload} if enums else payload,
    }
    if dice.chance(UNKNOWN_SENT):
        attribute["confidence"] = dice.between(0, 100) / 100
    return attribute


def custom_values(dice: Dice) -> tuple[tuple[str, Record], ...]:
    """Return a value of each kind, with its view type."""
    return (
        ("customText", {"text": dice.pick(words.SENTENCES)}),
        ("customImage", {"imageUrl": f"https://images.example.com/{dice.between(1, 999)}.png"}),
        ("customNumber", {"number": dice.pick((0, -3, 12, 2.5, 1e21, 9_007_199_254_740_993))}),
        ("customDate", {"date": draw_time(dice)}),
        ("customSelect", {"option": dice.pick(words.REGIONS)}),
        ("customMultiSelect", {"options": list(words.SKILLS[: dice.between(0, 4)])}),
        (
            "customConstellation",
            {"constellation": {"name": "Lyra", "stars": [{"magnitude": 0.03}]}},
        ),
    )


def _without(record: Record, key: str) -> Record:
    return {name: value for name, value in record.items() if name != key}


def with_null(value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with null at a path; what is not there stays away.

    Args:
        value: Any JSON value. It is not changed: parts of it belong to other records too.
        path: Keys from the outside in. The first element stands for a list.
    """
    if isinstance(value, list):
        return [with_null(value[0], path), *value[1:]] if value else value
    if not isinstance(value, dict) or path[0] not in value:
        return value
    inner = with_null(value[path[0]], path[1:]) if len(path) > 1 else None
    return {**value, path[0]: inner}


def null_somewhere(record: Record, number: int) -> Record:
    """Return a record with a null that moves from record to record; ids and view types are never null."""
    paths = list(_nullable(record))
    nulled: Record = with_null(record, paths[number % len(paths)]) if paths else record
    return nulled


def _nullable(record: Record) -> Iterator[tuple[str, ...]]:
    for key, value in record.items():
        if key in _NEVER_NULL or key.endswith("Id"):
            continue
        yield (key,)
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            yield from ((key, *path) for path in _nullable(inner))
