"""The sandbox's data and what can happen to it. No HTTP in here."""

import time
from collections.abc import Sequence
from typing import Any

from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.contacts import PERSON_FIELDS, draw_contacts
from spott_sandbox.generate.directory import draw_directory
from spott_sandbox.generate.dirty_data import WAYS, soiled
from spott_sandbox.generate.opportunities import draw_opportunities
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import Record
from spott_sandbox.generate.sources import draw_rows
from spott_sandbox.mutations import CHANGES
from spott_sandbox.rows import Contact, Person, Row
from spott_sandbox.store import Order, Table
from spott_sandbox.timestamps import MICROS, spell

_CHANGE_MARK = " · change "


class World:
    """Everything that the endpoints show.

    Attributes:
        agency: Who is who.
        contacts: The client contacts.
        people: The candidates behind them.
        clock_offset: Seconds that the sandbox's clock is ahead.
    """

    def __init__(self, agency: Agency) -> None:
        """Start with the records that the agency has; most tables are made when they are first asked for."""
        self.agency = agency
        self.contacts = Table(agency.contacts)
        self.people = Table(agency.people)
        self.clock_offset: float = 0
        self._order: Order = "watermark"
        self._tables: dict[str, Table[Any]] = {
            "client_contacts": self.contacts,
            "people": self.people,
            "opportunities": Table(agency.opportunities),
        }
        self._changes = 0
        self._dice = Dice("changes")

    def table(self, name: str) -> Table[Row]:
        """Return the records of a list's stream, or of `people`."""
        if name not in self._tables:
            self._tables[name] = Table(draw_rows(self.agency, name))
            self._tables[name].order = self._order
        return self._tables[name]

    def set_order(self, order: Order) -> None:
        """Put the records of all lists into an order."""
        self._order = order
        for table in self._tables.values():
            table.order = order

    def now(self) -> int:
        """Return the sandbox's time in microseconds since 1970."""
        return int((time.time() + self.clock_offset) * MICROS)

    def contacts_of(self, person: Row) -> list[Contact]:
        """Return the contacts that a person is."""
        ids = person.contact_ids if isinstance(person, Person) else ()
        contacts = (self.contacts.get(contact_id) for contact_id in ids)
        return [contact for contact in contacts if contact is not None]

    def add(self, contact: Contact, person: Person, candidate: Record) -> None:
        """Add a new contact of a new person, with the candidate's record."""
        self.people.put(person)
        self.contacts.put(contact)
        self.table("candidates").put(Row(candidate, contact.watermark))

    def touch(
        self,
        stream: str,
        row: Row,
        *,
        fields: Record | None = None,
        watermark_only: bool = False,
        at: int | None = None,
    ) -> None:
        """Let a record change. Names and the like are the person's: they change in all of their contacts.

        Args:
            stream: The list that has the record.
            row: The record.
            fields: New values of top-level fields; None for a change of a text that can be seen.
            watermark_only: Move the watermark, leave the record's own time of change; without fields, change
                nothing else.
            at: The new watermark in microseconds since 1970, None for now. Some lists have none to move.
        """
        watermark = self.now() if at is None else at
        if fields is None:
            fields = {} if watermark_only else self._visible_change(stream, row)
        row.record |= fields
        if isinstance(row, Contact):
            self._change_person(row, {key: fields[key] for key in fields if key in PERSON_FIELDS})
        self._stamp(stream, row, watermark, watermark_only=watermark_only)

    def touch_any(self, stream: str) -> None:
        """Let one record of a list change, if it has any."""
        table = self.table(stream)
        if len(table):
            self.touch(stream, table.at(self._dice.between(0, len(table) - 1)))

    def pick(self, stream: str, count: int) -> list[Row]:
        """Return so many different records, or all if there are fewer."""
        rest = list(self.table(stream))
        return [rest.pop(self._dice.between(0, len(rest) - 1)) for _ in range(min(count, len(rest)))]

    def delete(self, stream: str, row: Row) -> None:
        """Take a record out; with the last of their contacts a person goes too, but stays a candidate."""
        self.table(stream).remove(row)
        if isinstance(row, Contact):
            person = self._person_of(row)
            if person is not None:
                person.contact_ids.remove(row.id)
                self._renew(person)

    def new_id(self, kind: str) -> str:
        """Return an id that no record has."""
        self._changes += 1
        return make_id("new", kind, self._changes)

    def _person_of(self, contact: Contact) -> Person | None:
        return self.people.get(contact.candidate_id or "")

    def _change_person(self, contact: Contact, fields: Record) -> None:
        person = self._person_of(contact)
        if not fields or person is None:
            return
        person.record |= fields
        for sibling in self.contacts_of(person):
            sibling.record |= fields
            self._stamp("client_contacts", sibling, self.now(), watermark_only=True)
        self._change_candidate(person.id, fields)

    def _change_candidate(self, candidate_id: str, fields: Record) -> None:
        candidate = self.table("candidates").get(candidate_id)
        if candidate is None:
            return
        wrappers = {key: key if key == "locations" else "name" for key in fields}
        changed = {wrapper: dict(candidate.record[wrapper] or {}) for wrapper in wrappers.values()}
        for key, wrapper in wrappers.items():
            changed[wrapper][key] = fields[key]
        self.touch("candidates", candidate, fields=changed)

    def _stamp(self, stream: str, row: Row, watermark: int, *, watermark_only: bool) -> None:
        change = CHANGES[stream]
        if change.stamp and not watermark_only:
            row.record[change.stamp] = spell(watermark, "milliseconds")
        self.table(stream).move(row, watermark if change.has_watermark else row.watermark)
        person = self._person_of(row) if isinstance(row, Contact) else None
        if person is not None:
            self._renew(person)

    def _renew(self, person: Person) -> None:
        """Bring a person up to date with their contacts."""
        contacts = self.contacts_of(person)
        if contacts:
            self.people.move(person, max(contact.watermark for contact in contacts))
        else:
            self.people.remove(person)

    def _visible_change(self, stream: str, row: Row) -> Record:
        self._changes += 1
        key, *inner = CHANGES[stream].field
        value = row.record.get(key)
        if not inner:
            return {key: self._marked(value)}
        wrapper = value or {}
        return {key: {**wrapper, inner[0]: self._marked(wrapper.get(inner[0]))}}

    def _marked(self, text: str | None) -> str:
        return f"{(text or '').split(_CHANGE_MARK)[0]}{_CHANGE_MARK}{self._changes}"


def draw_world(contacts: int, seed: int, *, dirty: bool = False) -> World:
    """Return a world that is the same for the same arguments.

    Args:
        contacts: How many client contacts; other records come in proportion.
        seed: Any whole number.
        dirty: Add records that break the documentation's word.
    """
    directory = draw_directory(seed, contacts)
    opportunity_count = max(1, round(contacts * 0.12)) if contacts else 0
    added = WAYS if dirty else 0
    rows, people = draw_contacts(seed, contacts + added, directory)
    opportunities = draw_opportunities(seed, opportunity_count + added, directory, rows)
    if dirty:
        _soil(rows, CHANGES["client_contacts"].field)
        _soil(people, ("firstName",))
        _soil(opportunities, CHANGES["opportunities"].field)
    return World(Agency(seed, contacts, directory, people, rows, opportunities, dirty=dirty))


def _soil(rows: Sequence[Row], field: tuple[str, ...]) -> None:
    """Make the last rows dirty."""
    for way, row in enumerate(rows[-WAYS:]):
        row.record = soiled(row.record, field, way)
