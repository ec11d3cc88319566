"""How an agency's records belong together: which candidate applied for which vacancy of which client."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from spott_sandbox.generate import words
from spott_sandbox.generate.contacts import PERSON_FIELDS
from spott_sandbox.generate.directory import Directory, draw_client, draw_user
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import Record
from spott_sandbox.rows import Client, Contact, Person, Row

_SPECULATIVE = 16
_APPLICATIONS_TO_A_PLACEMENT = 2
"""Far fewer than in life, so that a small world has pages of placements."""


@dataclass
class Agency:
    """The relations, all by number, so that a record can be drawn without those it refers to.

    Attributes:
        seed: The world's seed.
        size: How many contacts were asked for; other records come in proportion.
        directory: What the contacts were made with.
        people: Those behind the contacts.
        contacts: The contacts of the start.
        opportunities: The opportunities of the start.
        dirty: Whether each list has records that break the documentation's word.
    """

    seed: int
    size: int
    directory: Directory
    people: list[Person]
    contacts: list[Contact]
    opportunities: list[Row]
    dirty: bool

    def share(self, share: float) -> int:
        """Return the number of records of which there are so many to a contact."""
        return max(1, round(self.size * share)) if self.size else 0

    @property
    def candidate_count(self) -> int:
        """How many candidates there are: those behind contacts and others."""
        return max(len(self.people), self.share(1.2))

    @property
    def client_count(self) -> int:
        """How many clients there are: those of contacts and others."""
        return max(len(self.directory.clients), self.share(0.3))

    @property
    def meeting_count(self) -> int:
        """How many meetings there are."""
        return self.share(0.2)

    @property
    def vacancy_count(self) -> int:
        """How many vacancies there are."""
        return self.share(0.3)

    @property
    def application_count(self) -> int:
        """How many applications there are."""
        return self.share(0.8)

    @property
    def placement_count(self) -> int:
        """How many placements there are."""
        return -(-self.application_count // _APPLICATIONS_TO_A_PLACEMENT)

    def candidate_id(self, number: int) -> str:
        """Return a candidate's id."""
        if number < len(self.people):
            return self.people[number].id
        return make_id(self.seed, "other candidate", number)

    def person(self, number: int) -> Record:
        """Return a candidate as an application names it."""
        dice = Dice(self.seed, "name", number)
        known: Record = {"firstName": dice.pick(words.FIRST_NAMES), "lastName": dice.pick(words.LAST_NAMES)}
        known |= {"middleName": dice.maybe(dice.pick(words.FIRST_NAMES), 0.2)}
        known |= {"secondLastName": dice.maybe(dice.pick(words.LAST_NAMES), 0.1), "avatarUrl": None}
        if number < len(self.people):
            overview = self.people[number].record
            known |= {key: overview[key] for key in PERSON_FIELDS if key != "locations"}
        return {"id": self.candidate_id(number), **known}

    def client(self, number: int) -> Client:
        """Return a client; those beyond the directory's are nobody's."""
        clients = self.directory.clients
        return clients[number] if number < len(clients) else draw_client(self.seed, number)

    def client_reference(self, number: int) -> Record:
        """Return a client as a vacancy names it."""
        client, dice = self.client(number), Dice(self.seed, "client facts", number)
        return {
            "id": client.id,
            "name": client.company["name"],
            "description": dice.maybe(dice.pick(words.SENTENCES), 0.7),
            "domain": dice.maybe(f"client{number}.example.com", 0.9),
            "logoUrl": client.company["logoUrl"],
            "industry": dice.pick(words.INDUSTRIES),
            "size": dice.pick(words.SIZES),
        }

    def vacancy_reference(self, number: int) -> Record:
        """Return a vacancy as a placement names it."""
        dice = Dice(self.seed, "vacancy name", number)
        return {"id": make_id(self.seed, "vacancy", number), "name": f"{dice.pick(words.ROLES) or '?'} ({number})"}

    def vacancy_client(self, number: int) -> int:
        """Return the number of the client that a vacancy is of."""
        return (number * 5) % len(self.directory.clients)

    def application_id(self, number: int) -> str:
        """Return an application's id."""
        return make_id(self.seed, "application", number)

    def application_candidate(self, number: int) -> int:
        """Return the number of the candidate who applied."""
        return (number * 13) % self.candidate_count

    def application_vacancy(self, number: int) -> int | None:
        """Return the number of the vacancy applied for, None for a speculative application."""
        speculative = number % _SPECULATIVE == _SPECULATIVE - 3
        return None if speculative else (number * 3) % self.vacancy_count

    def placement_id(self, number: int) -> str:
        """Return a placement's id."""
        return make_id(self.seed, "placement", number)

    def placement_application(self, number: int) -> int:
        """Return the number of the application that led to a placement; it is for a vacancy."""
        return number % self.placement_count * _APPLICATIONS_TO_A_PLACEMENT

    def application_placements(self, number: int) -> list[int]:
        """Return the numbers of the placements that an application led to."""
        placement, rest = divmod(number, _APPLICATIONS_TO_A_PLACEMENT)
        return [] if rest else [placement]

    @cached_property
    def placements_of(self) -> dict[int, list[int]]:
        """The numbers of the placements by the number of the candidate."""
        placements = defaultdict(list)
        for number in range(self.placement_count):
            placements[self.application_candidate(self.placement_application(number))].append(number)
        return placements

    @cached_property
    def contacts_of(self) -> dict[str, list[Contact]]:
        """The contacts of the start by the id of their client."""
        contacts = defaultdict(list)
        for contact in self.contacts:
            contacts[contact.client_id].append(contact)
        return contacts

    @cached_property
    def users(self) -> list[Record]:
        """Everybody who has or had an account; those who left before there were contacts come last."""
        users, others = self.directory.users, enumerate(words.FORMER_USERS, start=len(self.directory.users))
        left = {"deactivatedAt": "2019-06-30T17:00:00.000Z"}
        return [*users, *({**draw_user(self.seed, order, name), **left} for order, name in others)]

    @cached_property
    def stages(self) -> dict[str, list[Record]]:
        """The stages of each pipeline. Contacts go through those of their clients."""
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
        """Return a stage; the pipelines' stages are counted one after the other."""
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
