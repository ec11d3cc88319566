"""Send operations to Spott and record their outcomes. Thread-safe."""

import logging
import threading
from collections import Counter
from collections.abc import Callable

import msgspec

from spott_client.client import SpottClient
from spott_client.errors import (
    AmbiguousWriteError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RetryableError,
    SpottError,
    UnexpectedRedirectError,
)
from spott_client.models import APIResponse
from spott_client.responses import parse_object
from target_spott.operations import InvalidRecordError, Operation, SourceRecord
from target_spott.outcomes import Created, OutcomeLog
from target_spott.rejects import RejectsFile

MAX_CONSECUTIVE_FAILURES = 5
"""Failed requests in a row, each after all retries, that end the run: then the records are not the cause."""

MAX_LOGGED_REJECTS = 5
"""Rejected records to log; the rejects file has all of them."""

logger = logging.getLogger("target-spott")


class ContactWriter:
    """Sends operations.

    Attributes:
        counts: Number of records by outcome.
    """

    def __init__(
        self, client: SpottClient, outcomes: OutcomeLog, rejects: RejectsFile, *, stop_on_reject: bool, dry_run: bool
    ) -> None:
        """Start with all counts at 0. `stop_on_reject` is the setting `on_error: stop`."""
        self.counts: Counter[str] = Counter()
        self._client = client
        self._outcomes = outcomes
        self._rejects = rejects
        self._stop_on_reject = stop_on_reject
        self._dry_run = dry_run
        self._lock = threading.Lock()
        self._consecutive_failures = 0

    def write(self, operation: Operation) -> None:
        """Send an operation, unless it has nothing to send, and record its outcome.

        Raises:
            SpottError: The run has to end; the operation has no outcome.
        """
        earlier = self._outcomes.created(operation) if operation.creates else None
        if earlier is not None:
            self._handle_repeated_create(operation, earlier)
        elif not operation.body:
            self._record_outcome("unchanged", operation)
        else:
            self._send(operation)

    def reject(self, source: SourceRecord, error: InvalidRecordError) -> None:
        """Reject a record that failed validation.

        Raises:
            SpottError: `stop_on_reject` is set.
        """
        self._rejects.write(source, str(error))
        self._count_reject("invalid fields: " + ", ".join(sorted({field.path for field in error.errors})))

    def _send(self, operation: Operation) -> None:
        path = f"/clients/contacts/{operation.contact_id or operation.client_id}"
        parse: Callable[[APIResponse], str | None]
        if operation.creates:
            method, verb, parse = "POST", "create", _parse_id
            not_found = f"POST {path}: no client has this `clientId`"
        else:
            method, verb, parse = "PATCH", "update", _accept_any
            not_found = f"PATCH {path}: no client contact has this `id`"
        if self._dry_run:  # the outcome has a name of its own, so that later runs don't take it for done
            self._outcomes.write(f"would {verb}", operation, request=f"{method} {path}", body=operation.body)
            self._count(f"{verb}d")
            return
        body = msgspec.json.encode(operation.body)
        if operation.creates:
            self._outcomes.begin(operation)
        try:
            contact_id = self._client.send(method, path, body, parse, idempotent=not operation.creates)
        except SpottError as error:
            self._handle_error(operation, error, not_found)
        else:
            with self._lock:
                self._consecutive_failures = 0
            self._record_outcome(f"{verb}d", operation, contact_id)

    def _handle_repeated_create(self, operation: Operation, earlier: Created) -> None:
        if earlier.contact_id is None:
            reason = "An earlier request may have created this contact; look for it in Spott"
            self._record_outcome("unknown", operation, reason=reason)
        elif earlier.fingerprint == operation.fingerprint:
            self._record_outcome("unchanged", operation, earlier.contact_id)
        else:
            contact = f"contact {earlier.contact_id}"
            reason = f"This record has already created {contact}; to update it, add this `id` to the record"
            self._rejects.write(operation.source, reason)
            self._count_reject("already created, with other values")

    def _handle_error(self, operation: Operation, error: SpottError, not_found: str) -> None:
        """Record an operation as rejected or unknown, or re-raise an error that concerns all operations.

        Raises:
            SpottError: The run has to end.
        """
        response = error.response
        request_id = response.request_id if response else None
        if isinstance(error, AmbiguousWriteError):
            self._record_outcome("unknown", operation, reason=str(error), requestId=request_id)
            self._count_failure(error)
            return
        refused = isinstance(error, InvalidRequestError) and not isinstance(error, PermissionDeniedError)
        if not refused and not isinstance(error, RetryableError):
            if not isinstance(error, UnexpectedRedirectError):  # a server may redirect after it created the contact
                self._mark_not_created(operation)
            raise error
        reason = f"{not_found} (404)" if isinstance(error, NotFoundError) else str(error)
        said = response.message if response and response.message and response.message not in reason else None
        self._rejects.write(
            operation.source,
            f"{reason.rstrip('.')}. Spott's message: {said}" if said else reason,
            request_id,
            status=response.status if response else None,
            errors=response.errors if response else None,
        )
        self._mark_not_created(operation)
        self._count_reject(reason)
        if isinstance(error, RetryableError):
            self._count_failure(error)

    def _mark_not_created(self, operation: Operation) -> None:
        """Record that a create certainly failed, so that a later run can send it again."""
        if operation.creates:
            self._outcomes.write("rejected", operation)

    def _record_outcome(
        self, outcome: str, operation: Operation, contact_id: str | None = None, **details: object
    ) -> None:
        self._outcomes.write(outcome, operation, contact_id, **details)
        self._count(outcome)

    def _count(self, outcome: str) -> int:
        with self._lock:
            self.counts[outcome] += 1
            return self.counts[outcome]

    def _count_reject(self, reason: str) -> None:
        count = self._count("rejected")
        if self._stop_on_reject:
            msg = f"Stopped at the first rejected record, because on_error is `stop`: {reason}"
            raise SpottError(msg)
        if count <= MAX_LOGGED_REJECTS:
            logger.warning("Rejected: %s%s", reason, "; not logging more" if count == MAX_LOGGED_REJECTS else "")

    def _count_failure(self, error: SpottError) -> None:
        with self._lock:
            self._consecutive_failures += 1
            if self._consecutive_failures < MAX_CONSECUTIVE_FAILURES:
                return
        msg = f"{error} Stopped after {MAX_CONSECUTIVE_FAILURES} consecutive failures."
        raise SpottError(msg)


def _accept_any(_: APIResponse) -> None:
    """Accept any successful response: the documentation of "Update client contact" shows no body."""


def _parse_id(response: APIResponse) -> str:
    """Return the new contact's id.

    Raises:
        RetryableError: The response has none.
    """
    return str(parse_object("id", response)["id"])
