"""The sandbox's data and its mutations, independent of HTTP."""

import time
from collections.abc import Sequence
from typing import Any

from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.contacts import PERSON_FIELDS, make_contacts
from spott_sandbox.generate.directory import make_directory
from spott_sandbox.generate.dirty_data import VARIANT_COUNT, make_dirty
from spott_sandbox.generate.opportunities import make_opportunities
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import Record
from spott_sandbox.generate.sources import make_rows
from spott_sandbox.mutations import MUTATIONS
from spott_sandbox.rows import Contact, Person, Row
from spott_sandbox.store import Order, Table
from spott_sandbox.timestamps import MICROS_PER_SECOND, format_timestamp

_MARKER = " · change "


class Dataset:
    """All records that the endpoints send.

    Attributes:
        agency: The relations between records.
        contacts: The client contacts.
        people: The candidates behind the contacts.
        clock_offset: Seconds that the sandbox's clock is ahead.
    """

    def __init__(self, agency: Agency) -> None:
        """Start with the agency's records; most tables are generated on first access."""
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
        self._mutation_count = 0
        self._rng = Rng("changes")

    def table(self, name: str) -> Table[Row]:
        """Return the table of a list's stream, or of `people`."""
        if name not in self._tables:
            self._tables[name] = Table(make_rows(self.agency, name))
            self._tables[name].order = self._order
        return self._tables[name]

    def set_order(self, order: Order) -> None:
        """Set the order of all lists."""
        self._order = order
        for table in self._tables.values():
            table.order = order

    def now(self) -> int:
        """Return the sandbox's time in microseconds since 1970."""
        return int((time.time() + self.clock_offset) * MICROS_PER_SECOND)

    def contacts_of(self, person: Row) -> list[Contact]:
        """Return the contacts of a person."""
        ids = person.contact_ids if isinstance(person, Person) else ()
        contacts = (self.contacts.get(contact_id) for contact_id in ids)
        return [contact for contact in contacts if contact is not None]

    def add(self, contact: Contact, person: Person, candidate: Record) -> None:
        """Add a new contact of a new person, and the person's candidate record."""
        self.people.add(person)
        self.contacts.add(contact)
        self.table("candidates").add(Row(candidate, contact.watermark))

    def touch(
        self,
        stream: str,
        row: Row,
        *,
        fields: Record | None = None,
        watermark_only: bool = False,
        at: int | None = None,
    ) -> None:
        """Change a record. A change to a person's field, such as a name, applies to all of their contacts.

        Args:
            stream: The list's stream.
            row: The record's row.
            fields: New values of top-level fields; None to change a text.
            watermark_only: Move the watermark and keep the record's own modification time. Without fields,
                change nothing else.
            at: The new watermark in microseconds since 1970; None for now. Lists without a watermark ignore it.
        """
        watermark = self.now() if at is None else at
        if fields is None:
            fields = {} if watermark_only else self._text_change(stream, row)
        row.record |= fields
        if isinstance(row, Contact):
            self._update_person(row, {key: fields[key] for key in fields if key in PERSON_FIELDS})
        self._set_modified(stream, row, watermark, watermark_only=watermark_only)

    def touch_random(self, stream: str) -> None:
        """Change a random record of a list, if it has any."""
        table = self.table(stream)
        if len(table):
            self.touch(stream, table.at(self._rng.randint(0, len(table) - 1)))

    def sample(self, stream: str, count: int) -> list[Row]:
        """Return `count` different random rows, or all if there are fewer."""
        rest = list(self.table(stream))
        return [rest.pop(self._rng.randint(0, len(rest) - 1)) for _ in range(min(count, len(rest)))]

    def delete(self, stream: str, row: Row) -> None:
        """Delete a record. A person's last contact takes the person along, but not the candidate."""
        self.table(stream).remove(row)
        if isinstance(row, Contact):
            person = self._person_of(row)
            if person is not None:
                person.contact_ids.remove(row.id)
                self._update_person_row(person)

    def new_id(self, kind: str) -> str:
        """Return an unused ID."""
        self._mutation_count += 1
        return make_id("new", kind, self._mutation_count)

    def _person_of(self, contact: Contact) -> Person | None:
        return self.people.get(contact.candidate_id or "")

    def _update_person(self, contact: Contact, fields: Record) -> None:
        person = self._person_of(contact)
        if not fields or person is None:
            return
        person.record |= fields
        for sibling in self.contacts_of(person):
            sibling.record |= fields
            self._set_modified("client_contacts", sibling, self.now(), watermark_only=True)
        self._update_candidate(person.id, fields)

    def _update_candidate(self, candidate_id: str, fields: Record) -> None:
        candidate = self.table("candidates").get(candidate_id)
        if candidate is None:
            return
        wrappers = {key: key if key == "locations" else "name" for key in fields}
        changed = {wrapper: dict(candidate.record[wrapper] or {}) for wrapper in wrappers.values()}
        for key, wrapper in wrappers.items():
            changed[wrapper][key] = fields[key]
        self.touch("candidates", candidate, fields=changed)

    def _set_modified(self, stream: str, row: Row, watermark: int, *, watermark_only: bool) -> None:
        mutation = MUTATIONS[stream]
        if mutation.modified_field and not watermark_only:
            row.record[mutation.modified_field] = format_timestamp(watermark, "milliseconds")
        self.table(stream).update(row, watermark if mutation.has_watermark else row.watermark)
        person = self._person_of(row) if isinstance(row, Contact) else None
        if person is not None:
            self._update_person_row(person)

    def _update_person_row(self, person: Person) -> None:
        """Set a person's watermark to the newest of their contacts, or remove a person without contacts."""
        contacts = self.contacts_of(person)
        if contacts:
            self.people.update(person, max(contact.watermark for contact in contacts))
        else:
            self.people.remove(person)

    def _text_change(self, stream: str, row: Row) -> Record:
        self._mutation_count += 1
        key, *inner = MUTATIONS[stream].text_path
        value = row.record.get(key)
        if not inner:
            return {key: self._mark(value)}
        wrapper = value or {}
        return {key: {**wrapper, inner[0]: self._mark(wrapper.get(inner[0]))}}

    def _mark(self, text: str | None) -> str:
        return f"{(text or '').split(_MARKER)[0]}{_MARKER}{self._mutation_count}"


def generate_dataset(contacts: int, seed: int, *, dirty: bool = False) -> Dataset:
    """Generate a dataset, the same for the same arguments.

    Args:
        contacts: Number of client contacts; the number of other records is proportional to it.
        seed: Any integer.
        dirty: Add records that violate the documentation.
    """
    directory = make_directory(seed, contacts)
    opportunity_count = max(1, round(contacts * 0.12)) if contacts else 0
    added = VARIANT_COUNT if dirty else 0
    rows, people = make_contacts(seed, contacts + added, directory)
    opportunities = make_opportunities(seed, opportunity_count + added, directory, rows)
    if dirty:
        _make_last_dirty(rows, MUTATIONS["client_contacts"].text_path)
        _make_last_dirty(people, ("firstName",))
        _make_last_dirty(opportunities, MUTATIONS["opportunities"].text_path)
    return Dataset(Agency(seed, contacts, directory, people, rows, opportunities, dirty=dirty))


def _make_last_dirty(rows: Sequence[Row], text_path: tuple[str, ...]) -> None:
    for variant, row in enumerate(rows[-VARIANT_COUNT:]):
        row.record = make_dirty(row.record, text_path, variant)
