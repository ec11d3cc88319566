"""Relations between an agency's records: which candidate applied for which vacancy of which client."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from spott_sandbox.generate import words
from spott_sandbox.generate.contacts import PERSON_FIELDS
from spott_sandbox.generate.directory import Directory, make_client, make_user
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import Record
from spott_sandbox.rows import Client, Contact, Person, Row

_SPECULATIVE_INTERVAL = 16
"""One application in this many is speculative."""
_APPLICATIONS_PER_PLACEMENT = 2
"""Fewer than in reality, so that a small dataset has several pages of placements."""


@dataclass
class Agency:
    """The relations by record number, so that a record can be generated without the records it refers to.

    Attributes:
        seed: Seed of the dataset.
        size: Requested number of contacts; the number of other records is proportional to it.
        directory: The records that the contacts refer to.
        people: The candidates behind the contacts.
        contacts: The initial contacts.
        opportunities: The initial opportunities.
        dirty: Whether each list has records that violate the documentation.
    """

    seed: int
    size: int
    directory: Directory
    people: list[Person]
    contacts: list[Contact]
    opportunities: list[Row]
    dirty: bool

    def scaled(self, ratio: float) -> int:
        """Return the number of records of a kind that has `ratio` records per contact."""
        return max(1, round(self.size * ratio)) if self.size else 0

    @property
    def candidate_count(self) -> int:
        """Number of candidates, with and without contacts."""
        return max(len(self.people), self.scaled(1.2))

    @property
    def client_count(self) -> int:
        """Number of clients, with and without contacts."""
        return max(len(self.directory.clients), self.scaled(0.3))

    @property
    def meeting_count(self) -> int:
        """Number of meetings."""
        return self.scaled(0.2)

    @property
    def vacancy_count(self) -> int:
        """Number of vacancies."""
        return self.scaled(0.3)

    @property
    def application_count(self) -> int:
        """Number of applications."""
        return self.scaled(0.8)

    @property
    def placement_count(self) -> int:
        """Number of placements."""
        return -(-self.application_count // _APPLICATIONS_PER_PLACEMENT)

    def candidate_id(self, number: int) -> str:
        """Return a candidate's ID."""
        if number < len(self.people):
            return self.people[number].id
        return make_id(self.seed, "other candidate", number)

    def person(self, number: int) -> Record:
        """Return a candidate as an application refers to them."""
        rng = Rng(self.seed, "name", number)
        person: Record = {"firstName": rng.choice(words.FIRST_NAMES), "lastName": rng.choice(words.LAST_NAMES)}
        person |= {"middleName": rng.maybe(rng.choice(words.FIRST_NAMES), 0.2)}
        person |= {"secondLastName": rng.maybe(rng.choice(words.LAST_NAMES), 0.1), "avatarUrl": None}
        if number < len(self.people):
            known = self.people[number].record
            person |= {key: known[key] for key in PERSON_FIELDS if key != "locations"}
        return {"id": self.candidate_id(number), **person}

    def client(self, number: int) -> Client:
        """Return a client; those beyond the directory have no contacts."""
        clients = self.directory.clients
        return clients[number] if number < len(clients) else make_client(self.seed, number)

    def client_reference(self, number: int) -> Record:
        """Return a client as a vacancy refers to it."""
        client, rng = self.client(number), Rng(self.seed, "client facts", number)
        return {
            "id": client.id,
            "name": client.company["name"],
            "description": rng.maybe(rng.choice(words.SENTENCES), 0.7),
            "domain": rng.maybe(f"client{number}.example.com", 0.9),
            "logoUrl": client.company["logoUrl"],
            "industry": rng.choice(words.INDUSTRIES),
            "size": rng.choice(words.SIZES),
        }

    def vacancy_reference(self, number: int) -> Record:
        """Return a vacancy as a placement refers to it."""
        rng = Rng(self.seed, "vacancy name", number)
        return {"id": make_id(self.seed, "vacancy", number), "name": f"{rng.choice(words.ROLES) or '?'} ({number})"}

    def vacancy_client(self, number: int) -> int:
        """Return the number of a vacancy's client."""
        return (number * 5) % len(self.directory.clients)

    def application_id(self, number: int) -> str:
        """Return an application's ID."""
        return make_id(self.seed, "application", number)

    def application_candidate(self, number: int) -> int:
        """Return the number of the candidate who applied."""
        return (number * 13) % self.candidate_count

    def application_vacancy(self, number: int) -> int | None:
        """Return the number of an application's vacancy; None for a speculative application."""
        speculative = number % _SPECULATIVE_INTERVAL == _SPECULATIVE_INTERVAL - 3
        return None if speculative else (number * 3) % self.vacancy_count

    def placement_id(self, number: int) -> str:
        """Return a placement's ID."""
        return make_id(self.seed, "placement", number)

    def placement_application(self, number: int) -> int:
        """Return the number of a placement's application, which is never speculative."""
        return number % self.placement_count * _APPLICATIONS_PER_PLACEMENT

    def application_placements(self, number: int) -> list[int]:
        """Return the numbers of an application's placements."""
        placement, rest = divmod(number, _APPLICATIONS_PER_PLACEMENT)
        return [] if rest else [placement]

    @cached_property
    def placements_of(self) -> dict[int, list[int]]:
        """Placement numbers by candidate number."""
        placements = defaultdict(list)
        for number in range(self.placement_count):
            placements[self.application_candidate(self.placement_application(number))].append(number)
        return placements

    @cached_property
    def contacts_of(self) -> dict[str, list[Contact]]:
        """The initial contacts by client ID."""
        contacts = defaultdict(list)
        for contact in self.contacts:
            contacts[contact.client_id].append(contact)
        return contacts

    @cached_property
    def users(self) -> list[Record]:
        """All users. Those deactivated before the first contact come last."""
        users, others = self.directory.users, enumerate(words.FORMER_USERS, start=len(self.directory.users))
        left = {"deactivatedAt": "2019-06-30T17:00:00.000Z"}
        return [*users, *({**make_user(self.seed, order, name), **left} for order, name in others)]

    @cached_property
    def stages(self) -> dict[str, list[Record]]:
        """The stages of each pipeline. Contacts use those of the clients' pipeline."""
        names = [*((stage, False) for stage in words.APPLICATION_STAGES)]
        names += [*((stage, True) for stage in words.SPECULATIVE_STAGES)]
        return {
            "applications": [
                self._application_stage(order, *stage, speculative=speculative)
                for order, (stage, speculative) in enumerate(names)
            ],
            "vacancies": [
                {
                    "id": make_id(self.seed, "vacancy stage", order),
                    "order": order,
                    "name": name,
                    "colorHex": color,
                    "isOpen": is_open,
                }
                for order, (name, color, is_open) in enumerate(words.VACANCY_STAGES)
            ],
            "clients": self.directory.contact_stages,
            "opportunities": self.directory.opportunity_stages,
        }

    def stage(self, number: int) -> Record:
        """Return a stage; numbers run through the pipelines one after the other."""
        return [stage for stages in self.stages.values() for stage in stages][number]

    def _application_stage(self, order: int, name: str, color: str, *, speculative: bool) -> Record:
        labels = words.STAGE_LABELS if order % 2 else ()
        return {
            "id": make_id(self.seed, "application stage", order),
            "order": order,
            "name": name,
            "colorHex": color,
            "type": "speculative" if speculative else "standard",
            "templateType": "DEFAULT_SPECULATIVE" if speculative else "DEFAULT",
            "templateId": make_id(self.seed, "application template", speculative),
            "countForAnalytics": not speculative,
            "labels": [
                {
                    "id": make_id(self.seed, "stage label", order, place),
                    "name": label,
                    "colorHex": label_color,
                    "order": place,
                }
                for place, (label, label_color) in enumerate(labels)
            ],
        }
