"""What happens to the records of a run: they are read, checked, sent side by side, and summed up."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from spott_client.errors import SpottError
from spott_client.rate_limiter import RateLimiter
from spott_client.worker_pool import WorkerPool
from spott_singer.config import create_client
from spott_singer.progress import RATE_LIMIT_MESSAGE
from target_spott.contact_writer import OPERATIONS, Work
from target_spott.dispatcher import Delivery
from target_spott.fields import CREATE, UPDATE
from target_spott.operations import Change, InvalidError, read_change
from target_spott.outcomes import Outcomes
from target_spott.progress import Progress
from target_spott.rejects import Rejects
from target_spott.validators import Ignored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_spott.operations import Source

AHEAD = 50
"""Records for each request in flight that may wait, or wait for one before them."""

GRACE = 10.0
"""Seconds to wait at a premature end for requests that are under way, so that what becomes of them is known."""

logger = logging.getLogger("target-spott")


class Run:
    """One run of the target.

    Attributes:
        rejects: The file of the records that are not taken.
        telling: Tells how far it is while it is entered.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        *,
        write_state: Callable[[Any], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        """Open the files; nothing is sent yet.

        Args:
            config: The settings, checked.
            write_state: Writes a state, from any thread.
            on_failure: Is told, from any thread, what ends the run.

        Raises:
            ConfigError: A setting turns out not to work.
        """
        workers = WorkerPool(config["concurrency"])
        self._is_dry = config["dry_run"]
        self._outcomes = Outcomes(config["outcomes_path"])
        self.rejects = Rejects(config["rejects_path"])
        rate_limiter = RateLimiter(config["requests_per_minute"], on_wait=partial(logger.info, RATE_LIMIT_MESSAGE))
        client = create_client(config, rate_limiter)
        self._work = Work(
            client,
            self._outcomes,
            self.rejects,
            stops_on_reject=config["on_error"] == "stop",
            is_dry_run=self._is_dry,
        )
        self._ignored = Ignored([*CREATE, *UPDATE, "id", "clientId"])
        self._delivery = Delivery[Change](
            self._work.do,
            workers,
            AHEAD * workers.count,
            # A dry run has confirmed nothing: the next one is to be given the same records.
            write_state=(lambda _: None) if self._is_dry else write_state,
            on_failure=on_failure,
        )
        self.telling = Progress(self._work.counts, client.stats, rate_limiter).telling

    def take(self, source: Source) -> None:
        """Take a record.

        Raises:
            BaseException: What has ended the run.
        """
        try:
            change, ignored = read_change(source)
        except InvalidError as error:
            self.reject(source, error)
        else:
            self._ignored.add(ignored)
            self._delivery.submit(change.order, change)

    def reject(self, source: Source, error: InvalidError) -> None:
        """Reject a record that can't be sent.

        Raises:
            BaseException: What has ended the run; perhaps this reject.
        """
        self._delivery.check()
        self._work.reject(source, error)

    def checkpoint(self, state: Any) -> None:  # noqa: ANN401 - JSON may be anything
        """Take a state, to be written once all records before it are dealt with."""
        self._delivery.checkpoint(state)

    def fail(self, error: BaseException) -> None:
        """End the run, from any thread or from a signal's handler."""
        self._delivery.fail(error)

    def finish(self) -> None:
        """Wait until all records are dealt with.

        Raises:
            BaseException: What has ended the run.
        """
        self._delivery.finish()

    def sum_up(self) -> None:
        """Say what came of the records.

        Raises:
            SpottError: Not all of them have come to a good end; its text is the summary.
        """
        counts = self._work.counts
        if counts["rejected"] or counts["unknown"]:
            msg = " ".join([f"{self._summary()}.", *self._where_to_look()])
            raise SpottError(msg)
        logger.info(self._summary())

    def close(self) -> None:
        """Let what is under way come to its end, for a while, and close the files."""
        if self._ignored:
            logger.warning("Ignored, since Spott takes no such fields: %s", self._ignored)
        if self._delivery.failure is not None:
            self._delivery.close(GRACE)
            logger.warning("Not all records were dealt with. %s", self._summary())
        self._outcomes.close()
        self.rejects.close()

    def _summary(self) -> str:
        counted = ", ".join(f"{self._work.counts[operation]} {operation}" for operation in OPERATIONS)
        return f"Dry run, nothing was sent; it would be: {counted}" if self._is_dry else counted

    def _where_to_look(self) -> Iterator[str]:
        if self._work.counts["rejected"]:
            yield f"What was rejected is in {self.rejects.path}, to be mended and sent again."
        if self._work.counts["unknown"]:
            yield f"What is unknown may be in Spott or not: {self._outcomes.path} lists it."
