"""Records that contacts and opportunities refer to: users, stages, and clients with their companies."""

from dataclasses import dataclass

from spott_sandbox.generate import words
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import Record, locations, random_date_time
from spott_sandbox.rows import Client


@dataclass(slots=True)
class Directory:
    """The records that contacts and opportunities refer to."""

    users: list[Record]
    contact_stages: list[Record]
    opportunity_stages: list[Record]
    clients: list[Client]


def make_directory(seed: int, contacts: int) -> Directory:
    """Return a directory with about one client per eight contacts."""
    return Directory(
        users=[make_user(seed, order, name) for order, name in enumerate(words.USER_NAMES)],
        contact_stages=[
            {"id": make_id(seed, "contact stage", order), "order": order, "name": name, "colorHex": color}
            for order, (name, color) in enumerate(words.CONTACT_STAGES)
        ],
        opportunity_stages=[
            {"id": make_id(seed, "opportunity stage", order), "name": name, "order": order, "isOpen": is_open}
            for order, (name, is_open) in enumerate(words.OPPORTUNITY_STAGES)
        ],
        clients=[make_client(seed, number) for number in range(max(3, contacts // 8))],
    )


def make_user(seed: int, order: int, name: str) -> Record:
    """Return a user with all known fields."""
    rng = Rng(seed, "user", order)
    return {
        "id": make_id(seed, "user", order),
        "name": name,
        "email": f"user{order}@agency.example",
        "avatarUrl": rng.maybe(f"https://images.example.com/users/{order}.png", 0.7),
        "deactivatedAt": rng.maybe(random_date_time(rng), 0.2),
    }


def make_client(seed: int, number: int) -> Client:
    """Return a client and its company."""
    rng = Rng(seed, "client", number)
    company: Record = {
        "id": make_id(seed, "company", number),
        "name": f"{rng.choice(words.COMPANY_STEMS)} {rng.choice(words.COMPANY_FORMS)} {number}",
        "logoUrl": rng.maybe(f"https://images.example.com/logos/{number}.svg", 0.8),
        "linkedinUrl": rng.maybe(f"https://www.linkedin.com/company/example-{number}", 0.7),
    }
    return Client(make_id(seed, "client", number), company, locations(rng, enums=rng.chance(0.7)))
