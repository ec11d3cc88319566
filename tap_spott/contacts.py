"""Client contacts are read once a run, for both streams that live on them: contacts, and candidates' details."""

from __future__ import annotations

import logging
import math
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tap_spott.due import DueList
from tap_spott.errors import AheadError, GoneError
from tap_spott.incremental import Step, Window, catch_up, format_time
from tap_spott.pace import OrderedMap
from tap_spott.windows import WindowedList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_spott.answers import Page
    from tap_spott.client import Parameters, SpottClient
    from tap_spott.due import Due
    from tap_spott.pace import Workers

PATH = "/clients/contacts"
CONTACTS, DETAILS = "client_contacts", "client_contact_details"

DETAILS_AHEAD = 16
"""How many details may lie ready or be under way for each worker."""

Starts = dict[str, "datetime | None"]
"""From which watermark on each stream has to know the contacts; None: from the beginning."""

logger = logging.getLogger("tap-spott")


class Detail(NamedTuple):
    """What was due, and the answer: None for a checkpoint, and for a candidate that is gone."""

    due: Due
    overview: dict[str, Any] | None


class ContactReading:
    """One reading of the contacts, from the earliest time that a stream needs them; details are asked for meanwhile."""

    def __init__(
        self,
        client: SpottClient,
        details_client: SpottClient,
        workers: Workers,
        *,
        page_size: int,
        until: datetime | None,
        begin_again: Callable[[str, datetime], datetime | None],
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            client: Asks for the contacts.
            details_client: Asks for the details; it counts apart.
            workers: Make the requests.
            page_size: Contacts a page.
            until: Watermark that the reading ends with (`end_date`); None: Spott's now.
            begin_again: Tells where a stream starts whose bookmark is later than Spott's now.
        """
        self._client = client
        self._details_client = details_client
        self._page_size = page_size
        self._until = until
        self._begin_again = begin_again
        self._list = WindowedList(self._ask, PATH, workers)
        self._due = DueList()
        self.details = OrderedMap(self._ask_for_detail, self._due.take, workers, DETAILS_AHEAD * workers.count)
        self.covers: frozenset[str] = frozenset()
        """The streams that it was read for, once it has been read to the end."""

    def read(self, starts: Starts, whole: frozenset[str]) -> Iterator[tuple[Step, frozenset[str]]]:
        """Yield the contacts, each step with the streams that need it.

        A bookmark that is later than Spott's clock vouches for nothing: that stream then starts from the beginning.

        Args:
            starts: From where each stream needs the contacts.
            whole: The streams that have to know all there are, because they are read in full.

        Raises:
            SpottError: As SpottClient.page.
        """
        while not self.covers:
            try:
                for step, takers in chain(self._read(starts), self._catch_up(whole)):
                    if DETAILS in takers:
                        self._note_due(step)
                    yield step, takers
                self.covers = frozenset(starts)
            except AheadError as ahead:
                late = [stream for stream, since in starts.items() if since and since > ahead.now]
                starts = starts | {stream: self._begin_again(stream, ahead.now) for stream in late}

    def _read(self, starts: Starts) -> Iterator[tuple[Step, frozenset[str]]]:
        for since, until, takers in self._stretches(starts):
            for step in self._list.read(Window(since, until)):
                yield step, takers

    def _catch_up(self, whole: frozenset[str]) -> Iterator[tuple[Step, frozenset[str]]]:
        if whole and self._until is None:
            for step in catch_up(self._read_since, self._list.clock):
                yield step, whole

    def _read_since(self, since: datetime) -> Iterator[Page]:
        return self._client.pages(PATH, self._parameters(Window(since, None)))

    def _stretches(self, starts: Starts) -> Iterator[tuple[datetime | None, datetime | None, frozenset[str]]]:
        """Yield the stretches between the streams' starts, each with the streams that have started by then."""
        bounds = sorted(set(starts.values()), key=_beginning_first)
        for since, following in zip(bounds, [*bounds[1:], None], strict=True):
            until = min(filter(None, [following, self._until]), default=None)
            if since is None or until is None or since < until:
                takers = (name for name, at in starts.items() if _beginning_first(at) <= _beginning_first(since))
                yield since, until, frozenset(takers)

    def _note_due(self, step: Step) -> None:
        self._due.add(
            (str(contact["candidateId"]), _text_or_none(contact.get("modifiedAt")))
            for contact in step.records
            if contact.get("candidateId")
        )
        if not step.records:
            self._due.reach(step.reached)
        self.details.start()

    def _ask(self, window: Window, cursor: str | None) -> Page:
        return self._client.page(PATH, self._parameters(window), cursor)

    def _parameters(self, window: Window) -> Parameters:
        parameters: Parameters = {"limit": self._page_size}
        if window.since:
            parameters["modifiedSince"] = format_time(window.since)
        if window.until:
            parameters["modifiedUntil"] = format_time(window.until)
        return parameters

    def _ask_for_detail(self, due: Due) -> Detail:
        if due.candidate_id is None:
            return Detail(due, None)
        try:
            path = f"{PATH}/{quote(due.candidate_id, safe='')}"
            return Detail(due, self._details_client.get(path, required="clientContacts"))
        except GoneError:
            self._details_client.tally.add(skipped=1)
            logger.warning("%s: candidate %s is gone (404), skipped", DETAILS, due.candidate_id)
            return Detail(due, None)


def _beginning_first(instant: datetime | None) -> float:
    return instant.timestamp() if instant else -math.inf


def _text_or_none(value: Any) -> str | None:  # noqa: ANN401 - JSON may be anything
    return value if isinstance(value, str) else None
