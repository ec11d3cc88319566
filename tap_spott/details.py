"""What a list leaves out: one request for each of its records, while the list is still being read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tap_spott.due import DueList
from tap_spott.errors import GoneError
from tap_spott.incremental import SYNCED_AT
from tap_spott.pace import OrderedMap

if TYPE_CHECKING:
    from tap_spott.client import SpottClient
    from tap_spott.due import Due
    from tap_spott.incremental import Step
    from tap_spott.pace import Workers
    from tap_spott.stream import DetailStream

AHEAD = 16
"""How many details may lie ready or be under way for each worker."""

GONE_AT_MOST = 25
"""So many records in a row that are gone, and none that is there, mean that the address itself is not."""

logger = logging.getLogger("tap-spott")


class Detail(NamedTuple):
    """What was due, and the answer: None for a checkpoint, and for a record that is gone."""

    due: Due
    body: Any


class DetailSource:
    """Details that have become due, each asked for once; they come in the order in which they became due."""

    def __init__(self, stream: type[DetailStream], client: SpottClient, workers: Workers) -> None:
        """Set up; nothing is asked yet."""
        self._stream = stream.name
        self._endpoint = stream.detail
        self._bookmark = stream.replication_key
        self._client = client
        self._due = DueList()
        self._found = False
        self._gone = 0
        self.results = OrderedMap(self._ask, self._due.take, workers, AHEAD * workers.count)

    @property
    def due(self) -> int:
        """How many records have become due by now."""
        return self._due.count

    def note(self, step: Step, began_at: str | None) -> None:
        """Take note of what a step of the list has made due, and begin to ask.

        Args:
            step: Records, or an instant that all before it reach.
            began_at: Spott's time when the reading began.
        """
        self._due.add(
            (
                str(record[self._endpoint.id_column]),
                began_at if self._bookmark == SYNCED_AT else _text_or_none(record.get(str(self._bookmark))),
            )
            for record in step.records
            if record.get(self._endpoint.id_column)
        )
        if not step.records:
            self._due.reach(step.reached)
        self.results.start()

    def stop(self) -> None:
        """Ask for no more: nobody waits for it. Otherwise it would keep the other streams waiting."""
        self.results.stop()
        self._client.give_up()

    def _ask(self, due: Due) -> Detail:
        if due.id is None:
            return Detail(due, None)
        try:
            body = self._get(self._endpoint.path.format(quote(due.id, safe="")))
        except GoneError:
            self._gone += 1
            if not self._found and self._gone > GONE_AT_MOST:
                raise
            self._client.tally.add(skipped=1)
            logger.warning("%s: %s %s is gone (404), skipped", self._stream, self._endpoint.noun, due.id)
            return Detail(due, None)
        self._found = True
        return Detail(due, body)

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON may be anything
        if self._endpoint.rows is None:
            return self._client.get(path, self._endpoint.proof)
        return [item for page in self._client.pages(path, {}, self._endpoint.rows) for item in page.items]


def _text_or_none(value: Any) -> str | None:  # noqa: ANN401 - JSON may be anything
    return value if isinstance(value, str) else None
