"""The sandbox's data and what can happen to it. No HTTP in here."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from spott_sandbox.generate.contacts import PERSON_FIELDS, draw_contacts
from spott_sandbox.generate.dice import Dice, make_id
from spott_sandbox.generate.directory import Directory, draw_directory
from spott_sandbox.generate.dirt import DIRTY_CONTACTS, DIRTY_OPPORTUNITIES, soil
from spott_sandbox.generate.opportunities import draw_opportunities
from spott_sandbox.generate.shapes import Record
from spott_sandbox.instants import MICROS, spell
from spott_sandbox.rows import Candidate, Contact, Row
from spott_sandbox.store import Table, encode_json

_CHANGE_MARK = " · change "


@dataclass(slots=True)
class World:
    """Everything that the endpoints show."""

    directory: Directory
    contacts: Table[Contact]
    candidates: dict[str, Candidate]
    opportunities: Table[Row]
    clock_offset: float = 0
    """Seconds that the sandbox's clock is ahead."""
    _changes: int = 0
    _dice: Dice = field(default_factory=lambda: Dice("changes"))
    _details: dict[str, bytes] = field(default_factory=dict)

    def now(self) -> int:
        """Return the sandbox's time in microseconds since 1970."""
        return int((time.time() + self.clock_offset) * MICROS)

    def overview(self, candidate_id: str) -> Record | None:
        """Return what "Get contacts by candidate ID" sends, None for an unknown candidate."""
        candidate = self.candidates.get(candidate_id)
        if candidate is None:
            return None
        contacts = [_contact_in_overview(contact) for contact in self._contacts_of(candidate)]
        return {"clientContacts": contacts, **candidate.overview}

    def encoded_overview(self, candidate_id: str) -> bytes | None:
        """Return `overview` as JSON, encoded once for each change of it."""
        if candidate_id not in self._details:
            overview = self.overview(candidate_id)
            if overview is None:
                return None
            self._details[candidate_id] = encode_json(overview)
        return self._details[candidate_id]

    def detail_watermarks(self) -> Iterable[tuple[str, int]]:
        """Return each `candidateId` with the newest watermark of its contacts."""
        for candidate_id, candidate in self.candidates.items():
            yield candidate_id, max(contact.watermark for contact in self._contacts_of(candidate))

    def add(self, contact: Contact, candidate: Candidate) -> None:
        """Add a new contact of a new candidate."""
        self.candidates[candidate.overview["candidateId"]] = candidate
        self.contacts.put(contact)

    def update(self, contact: Contact, fields: Record) -> None:
        """Change fields of a contact's record now.

        Names are the candidate's: they change in all of its contacts, whose watermarks move with them.
        """
        contact.record |= fields
        self._change_person(contact, {key: fields[key] for key in fields if key in PERSON_FIELDS})
        self._stamp(contact, self.now())

    def touch(
        self, row: Row, *, fields: Record | None = None, watermark_only: bool = False, at: int | None = None
    ) -> int:
        """Let a record change.

        Args:
            row: A contact or an opportunity.
            fields: New values of top-level fields; None for a change of the contact's role or the
                opportunity's description that can be seen.
            watermark_only: Move the watermark, leave `modifiedAt`; without fields, change nothing else.
            at: The new watermark in microseconds since 1970, None for now.

        Returns:
            The new watermark.
        """
        watermark = self.now() if at is None else at
        if fields is None and not watermark_only:
            fields = self._visible_change(row)
        row.record |= fields or {}
        if isinstance(row, Contact):
            self._change_person(row, {key: value for key, value in (fields or {}).items() if key in PERSON_FIELDS})
            self._stamp(row, watermark, watermark_only=watermark_only)
        else:
            self.opportunities.move(row, watermark)
        return watermark

    def touch_any(self) -> None:
        """Let one record change, contact or opportunity, if there is any."""
        place = self._dice.between(0, len(self.contacts) + len(self.opportunities) - 1)
        if place < len(self.contacts):
            self.touch(self.contacts.at(place))
        elif len(self.opportunities):
            self.touch(self.opportunities.at(place - len(self.contacts)))

    def pick(self, table: Table[Contact] | Table[Row], count: int) -> list[Row]:
        """Return so many different records, or all if there are fewer."""
        rest: list[Row] = list(table)
        return [rest.pop(self._dice.between(0, len(rest) - 1)) for _ in range(min(count, len(rest)))]

    def delete_contact(self, contact: Contact) -> None:
        """Take a contact out, and its candidate if that has no other."""
        self.contacts.remove(contact)
        candidate = self.candidates.get(contact.candidate_id or "")
        if candidate is None or contact.candidate_id is None:
            return
        candidate.contact_ids.remove(contact.id)
        self._details.pop(contact.candidate_id, None)
        if not candidate.contact_ids:
            del self.candidates[contact.candidate_id]

    def new_id(self, kind: str) -> str:
        """Return an id that no record has."""
        self._changes += 1
        return make_id("new", kind, self._changes)

    def _contacts_of(self, candidate: Candidate) -> list[Contact]:
        contacts = (self.contacts.get(contact_id) for contact_id in candidate.contact_ids)
        return [contact for contact in contacts if contact is not None]

    def _change_person(self, contact: Contact, fields: Record) -> None:
        candidate = self.candidates.get(contact.candidate_id or "")
        if not fields or candidate is None:
            return
        candidate.overview |= fields
        for sibling in self._contacts_of(candidate):
            sibling.record |= fields
            self._stamp(sibling, self.now(), watermark_only=True)

    def _stamp(self, contact: Contact, watermark: int, *, watermark_only: bool = False) -> None:
        if not watermark_only:
            contact.record["modifiedAt"] = spell(watermark, "milliseconds")
        self._details.pop(contact.candidate_id or "", None)
        self.contacts.move(contact, watermark)

    def _visible_change(self, row: Row) -> Record:
        self._changes += 1
        if isinstance(row, Contact):
            return {"role": self._marked(row.record["role"])}
        wrapper = row.record["description"] or {}
        return {"description": {**wrapper, "description": self._marked(wrapper.get("description"))}}

    def _marked(self, text: str | None) -> str:
        return f"{(text or '').split(_CHANGE_MARK)[0]}{_CHANGE_MARK}{self._changes}"


def draw_world(contacts: int, seed: int, *, dirty: bool = False) -> World:
    """Return a world that is the same for the same arguments.

    Args:
        contacts: How many client contacts; there are about 0.12 opportunities and 0.13 clients to each.
        seed: Any whole number.
        dirty: Add records that break the documentation's word.
    """
    directory = draw_directory(seed, contacts)
    opportunity_count = max(1, round(contacts * 0.12)) if contacts else 0
    if dirty:
        contacts += DIRTY_CONTACTS
        opportunity_count += DIRTY_OPPORTUNITIES
    contact_rows, candidates = draw_contacts(seed, contacts, directory)
    opportunities = draw_opportunities(seed, opportunity_count, directory, contact_rows)
    world = World(directory, Table(contact_rows), candidates, Table(opportunities))
    if dirty:
        soil(contact_rows, opportunities, lambda contact: _overview_of(world, contact))
    return world


def _overview_of(world: World, contact: Contact) -> Record | None:
    candidate = world.candidates.get(contact.candidate_id or "")
    return candidate.overview if candidate else None


def _contact_in_overview(contact: Contact) -> Record:
    record = contact.record
    company = (record["client"] or {}).get("company")
    return {
        "emailAddresses": contact.emails,
        "phoneNumbers": contact.phones,
        "id": contact.id,
        "company": company and {key: company[key] for key in ("id", "name", "logoUrl")},
        **{key: record[key] for key in ("role", "department", "startDate", "endDate", "active", "stage")},
        "customAttributes": record["customAttributes"],
    }
