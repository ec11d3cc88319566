"""One run of the target: validates the records, has them written, and reports their outcomes."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from spott_client.errors import SpottError
from spott_client.rate_limiter import RateLimiter
from spott_client.worker_pool import WorkerPool
from spott_singer.config import create_client
from target_spott.contact_writer import ContactWriter
from target_spott.dispatcher import Dispatcher, Host
from target_spott.fields import with_suggestion
from target_spott.operations import InvalidRecordError, SourceRecord, operation_for
from target_spott.outcomes import OUTCOMES, OutcomeLog
from target_spott.progress import LoadProgress
from target_spott.rejects import RejectsFile

MAX_PENDING_PER_WORKER = 50
"""Records to queue for each concurrent request."""

SHUTDOWN_TIMEOUT = 10.0
"""Seconds to wait for the requests in flight when a run ends early, so that their outcomes are recorded."""

MAX_IGNORED_FIELDS = 50
"""Names of ignored fields to log; records may have any number of them."""

logger = logging.getLogger("target-spott")


class LoadSession:
    """Everything that one run of the target shares between its streams.

    Attributes:
        rejects: The rejects file.
        dispatcher: Queues the operations and states.
        progress: Reports the progress of the run.
    """

    def __init__(self, config: Mapping[str, Any], host: Host) -> None:
        """Open the rejects file and the outcomes file; send nothing yet.

        Raises:
            ConfigError: A file can't be opened, or a setting doesn't work.
        """
        workers = WorkerPool(config["concurrency"])
        self._dry_run = config["dry_run"]
        self._outcomes = OutcomeLog(config["outcomes_path"])
        self.rejects = RejectsFile(config["rejects_path"])
        rate_limiter = RateLimiter(config["requests_per_minute"])
        client = create_client(config, workers, rate_limiter)
        stops = config["on_error"] == "stop"
        self._writer = ContactWriter(client, self._outcomes, self.rejects, stop_on_reject=stops, dry_run=self._dry_run)
        self._ignored: set[str] = set()
        self.dispatcher = Dispatcher(self._writer, workers, MAX_PENDING_PER_WORKER * workers.count, host)
        self.progress = LoadProgress(self._writer.counts, client.stats, rate_limiter)

    def submit(self, source: SourceRecord) -> None:
        """Validate a record and queue its operation.

        Raises:
            BaseException: The failure that ended the run.
        """
        try:
            operation, ignored = operation_for(source)
        except InvalidRecordError as error:
            self.reject(source, error)
        else:
            if len(self._ignored) < MAX_IGNORED_FIELDS:
                self._ignored |= ignored
            self.dispatcher.submit(operation)

    def reject(self, source: SourceRecord, error: InvalidRecordError) -> None:
        """Reject a record that failed validation.

        Raises:
            BaseException: The failure that ended the run, such as this reject.
        """
        self.dispatcher.raise_if_failed()
        self._writer.reject(source, error)

    def report(self) -> None:
        """Log the number of records by outcome.

        Raises:
            SpottError: Records were rejected, or their outcome is unknown. The message is the report.
        """
        counts = self._writer.counts
        if counts["rejected"] or counts["unknown"]:
            msg = " ".join([f"{self._summary()}.", *self._advice()])
            raise SpottError(msg)
        logger.info(self._summary())

    def close(self) -> None:
        """Wait for the requests in flight if the run has failed, and close the files."""
        if self._ignored:
            names = sorted(self._ignored)[:MAX_IGNORED_FIELDS]
            logger.warning("Ignored fields that Spott's API doesn't accept: %s", ", ".join(map(with_suggestion, names)))
        if self.dispatcher.failure is not None:
            self.dispatcher.wait_in_flight(SHUTDOWN_TIMEOUT)
            logger.warning("The run ended before all records were processed: %s", self._summary())
        self._outcomes.close()
        self.rejects.close()

    def _summary(self) -> str:
        counts = ", ".join(f"{self._writer.counts[outcome]} {outcome}" for outcome in OUTCOMES)
        return f"Dry run, nothing was sent: {counts}" if self._dry_run else counts

    def _advice(self) -> Iterator[str]:
        if self._writer.counts["rejected"]:
            yield f"Rejected records are in {self.rejects.path}; correct them and send them again."
        if self._writer.counts["unknown"]:
            yield f"Unknown contacts may or may not exist in Spott; look for those that {self._outcomes.path} lists."
