"""What a person at the terminal sees of a sandbox: what it was asked, and how it answered."""

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator

from spott_sandbox.state import State
from spott_singer.progress import ProgressReporter, Row

OUTCOMES = ("ok", "refused", "over quota", "faults")
_LOGGER = logging.getLogger("spott-sandbox")


class Report:
    """Tells what has been asked since it last did, and at the end what was asked in all."""

    def __init__(self, state: State) -> None:
        """Take the sandbox that is served."""
        logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
        self._state = state
        self._told: Counter[str] = Counter()
        self._told_at = time.monotonic()
        self.telling = ProgressReporter(_LOGGER, self._lines, self._rows, writes_messages=False)

    def _lines(self) -> list[str]:
        now, counts = time.monotonic(), self._by_outcome()
        news, seconds = counts - self._told, now - self._told_at
        self._told, self._told_at = counts, now
        if not news:
            return []
        answers = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in OUTCOMES if counts[outcome])
        speed = news.total() / max(seconds, 0.001)
        return [f"{counts.total():,} requests, {speed:,.0f} a second, {self._state.in_flight} in flight: {answers}"]

    def _rows(self) -> Iterator[Row]:
        answers = Counter(self._state.answers)
        if answers:
            yield ("request", "requests", *OUTCOMES)
        for request in sorted({request for request, _ in answers}):
            counts = [answers[request, outcome] for outcome in OUTCOMES]
            yield (request, *(f"{count:,}" for count in (sum(counts), *counts)))

    def _by_outcome(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for (_, outcome), count in list(self._state.answers.items()):
            counts[outcome] += count
        return counts
