"""Objects that several endpoints share: timestamps, locations, users, email addresses, custom attributes."""

from collections.abc import Iterator
from typing import Any

from spott_sandbox.generate import words
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.timestamps import MICROS_PER_SECOND, format_timestamp, format_with_offset, parse_timestamp

Record = dict[str, Any]
"""A JSON object as the API sends it."""

HISTORY_START = parse_timestamp("2019-01-01T00:00:00Z")
HISTORY_END = parse_timestamp("2026-10-01T00:00:00Z")
DAY = 86_400 * MICROS_PER_SECOND
ENUM_PROBABILITY = 0.7
"""Probability that a record has enum fields (`viewType`, `type`, `purpose`), which newer pages leave out."""
_NEVER_NULL = {"id", "viewType", "entityType"}
UNKNOWN_FIELD_PROBABILITY = 0.1
"""Probability that a record has an undocumented field."""


def random_timestamp(rng: Rng, low: int, high: int) -> int:
    """Return a timestamp from low to high: mostly whole milliseconds, sometimes finer or a whole second."""
    timestamp = rng.randint(low, high)
    if rng.chance(0.05):
        return timestamp
    step = MICROS_PER_SECOND if rng.chance(0.05) else 1000
    return max(low, timestamp - timestamp % step)


def format_varied(rng: Rng, timestamp: int) -> str:
    """Format a timestamp in one of several ISO 8601 forms, without losing precision."""
    if timestamp % 1000:
        return format_timestamp(timestamp)
    if rng.chance(0.03):
        return format_with_offset(timestamp, 2)
    if timestamp % MICROS_PER_SECOND == 0 and rng.chance(0.5):
        return format_timestamp(timestamp, "seconds")
    return format_timestamp(timestamp, "milliseconds")


def random_date_time(rng: Rng, low: int = HISTORY_START, high: int = HISTORY_END) -> str:
    """Return the text of a timestamp from low to high."""
    return format_varied(rng, random_timestamp(rng, low, high))


def location(rng: Rng, *, enums: bool) -> Record:
    """Return a location of "Get contacts by candidate ID"; the list of contacts has no `type`."""
    city, region, state, country, latitude, longitude = rng.choice(words.CITIES)
    street = f"{rng.randint(1, 400)} {rng.choice(words.STREETS)}"
    place: Record = {
        "type": "primary_home",
        "street1": street,
        "street2": rng.maybe("2nd floor", 0.2),
        "postalCode": f"{rng.randint(0, 99_999):05}",
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
    if rng.chance(UNKNOWN_FIELD_PROBABILITY):
        place["what3words"] = "filled.count.soap"
    return place


def locations(rng: Rng, *, enums: bool) -> list[Record]:
    """Return up to two locations."""
    return [location(rng, enums=enums) for _ in range(rng.choice((0, 1, 1, 1, 1, 2)))]


def email_addresses(rng: Rng, name: str, *, enums: bool) -> list[Record]:
    """Return up to three email addresses; the first is primary."""
    purposes = ("work", "personal", "personal")[: rng.choice((0, 1, 1, 1, 2, 3))]
    addresses: list[Record] = [
        {"purpose": purpose, "email": f"{name}.{order}@example.com", "isPrimary": order == 0}
        for order, purpose in enumerate(purposes)
    ]
    return addresses if enums else [_without(address, "purpose") for address in addresses]


def phone_numbers(rng: Rng, *, enums: bool) -> list[Record]:
    """Return up to two phone numbers; the first is primary."""
    purposes = ("work", "personal")[: rng.randint(0, 2)]
    numbers: list[Record] = [
        {
            "purpose": purpose,
            "phoneNumber": f"+44 20 7946 0{rng.randint(0, 999):03}",
            "isPrimary": order == 0,
        }
        for order, purpose in enumerate(purposes)
    ]
    return numbers if enums else [_without(number, "purpose") for number in numbers]


def task(rng: Rng) -> Record:
    """Return a task as other records refer to it."""
    return {
        "id": make_id("task", rng.randint(0, 10**12)),
        "content": rng.choice(words.TASKS),
        "dueDate": rng.maybe(random_date_time(rng), 0.9),
    }


def user_reference(user: Record) -> Record:
    """Return a user as lists refer to them."""
    return {key: user[key] for key in ("id", "name", "avatarUrl", "deactivatedAt")}


def user_overview(user: Record) -> Record:
    """Return a user as the `mainContact` of "Get contacts by candidate ID"."""
    return {
        "userId": user["id"],
        **{key: user[key] for key in ("name", "email", "avatarUrl", "deactivatedAt")},
    }


def wrapped(entity: str, key: str, value: object, *, enums: bool) -> Record:
    """Return an attribute in its view, such as `{"viewType": "clientName", "name": ...}`."""
    return view(entity, key, {key: value}, enums=enums)


def view(entity: str, name: str, inner: Record, *, enums: bool) -> Record:
    """Return a view with these fields. `enums` includes `viewType`."""
    return {"viewType": f"{entity}{name[0].upper()}{name[1:]}", **inner} if enums else inner


def custom_attributes(rng: Rng, *, enums: bool) -> list[Record]:
    """Return custom attributes of known kinds and of an undocumented one."""
    chosen = [order for order in range(len(CUSTOM_LABELS)) if rng.chance(0.4)]
    return [_custom_attribute(rng, order, enums=enums) for order in chosen]


CUSTOM_LABELS = (
    *("Notes from the first call", "Badge photo", "Team size", "Contract renewal"),
    *("Region 🌍", "Skills", "Constellation"),
)
"""Labels of the client contacts' attributes."""


def _custom_attribute(rng: Rng, order: int, *, enums: bool) -> Record:
    view_type, payload = custom_values(rng)[order]
    attribute: Record = {
        "attributeDefinitionId": make_id("definition", order),
        "label": CUSTOM_LABELS[order],
        "aiFillOngoing": rng.chance(0.05),
        "aiOverridden": rng.chance(0.1),
        "isFilledByAI": rng.chance(0.3),
        "value": {"viewType": view_type, **payload} if enums else payload,
    }
    if rng.chance(UNKNOWN_FIELD_PROBABILITY):
        attribute["confidence"] = rng.randint(0, 100) / 100
    return attribute


def custom_values(rng: Rng) -> tuple[tuple[str, Record], ...]:
    """Return a view type and a value of each kind."""
    return (
        ("customText", {"text": rng.choice(words.SENTENCES)}),
        ("customImage", {"imageUrl": f"https://images.example.com/{rng.randint(1, 999)}.png"}),
        ("customNumber", {"number": rng.choice((0, -3, 12, 2.5, 1e21, 9_007_199_254_740_993))}),
        ("customDate", {"date": random_date_time(rng)}),
        ("customSelect", {"option": rng.choice(words.REGIONS)}),
        ("customMultiSelect", {"options": list(words.SKILLS[: rng.randint(0, 4)])}),
        (
            "customConstellation",
            {"constellation": {"name": "Lyra", "stars": [{"magnitude": 0.03}]}},
        ),
    )


def _without(record: Record, key: str) -> Record:
    return {name: value for name, value in record.items() if name != key}


def with_null(value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with null at a path, or unchanged if it does not have the path.

    Args:
        value: Any JSON value. It is copied, since other records share parts of it.
        path: Keys from the outside in; they apply to the first element of a list.
    """
    if isinstance(value, list):
        return [with_null(value[0], path), *value[1:]] if value else value
    if not isinstance(value, dict) or path[0] not in value:
        return value
    inner = with_null(value[path[0]], path[1:]) if len(path) > 1 else None
    return {**value, path[0]: inner}


def with_rotating_null(record: Record, number: int) -> Record:
    """Return a record with one null, in the next field for the next number. IDs and view types are never null."""
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
