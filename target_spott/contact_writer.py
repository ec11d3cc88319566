"""What is done with each change, on any thread: it is sent, and what came of it is counted and written down."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from spott_client.errors import (
    AmbiguousWriteError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RetryableError,
    SpottError,
    UnexpectedRedirectError,
)
from spott_client.responses import parse_object

if TYPE_CHECKING:
    from spott_client.client import SpottClient
    from spott_client.models import APIResponse
    from target_spott.operations import Change, InvalidError, Source
    from target_spott.outcomes import Outcomes
    from target_spott.rejects import Rejects

PATH = "/clients/contacts"

FAILURES_IN_A_ROW = 5
"""Of Spott to answer, after all retries: then it is not the records' fault, and the run ends."""

REJECTS_SHOWN = 5
"""In the log; all are in the file."""

OPERATIONS = ("created", "updated", "unchanged", "rejected", "unknown")

logger = logging.getLogger("target-spott")


class Work:
    """Sends changes, and knows what came of them."""

    def __init__(
        self, client: SpottClient, outcomes: Outcomes, rejects: Rejects, *, stops_on_reject: bool, is_dry_run: bool
    ) -> None:
        """Begin with nothing done.

        Args:
            client: Sends.
            outcomes: Remembers.
            rejects: Takes what was not taken.
            stops_on_reject: Whether the first reject ends the run.
            is_dry_run: Whether nothing is sent.
        """
        self.counts: Counter[str] = Counter()
        self._client = client
        self._outcomes = outcomes
        self._rejects = rejects
        self._stops_on_reject = stops_on_reject
        self._is_dry_run = is_dry_run
        self._lock = threading.Lock()
        self._failures = 0

    def do(self, change: Change) -> None:
        """Send a change, unless there is nothing to send.

        Raises:
            SpottError: The run has to end; the change is not settled.
        """
        if change.contact_id is None:
            self._create(change)
        elif change.body:
            self._update(change, change.contact_id)
        else:
            self._note("unchanged", change)

    def reject(self, source: Source, error: InvalidError) -> None:
        """Reject a record that can't be sent.

        Raises:
            SpottError: The run is to end with the first reject.
        """
        self._rejects.write(source, str(error))
        self._count_reject("not valid: " + ", ".join(sorted({problem.path for problem in error.problems})))

    def _update(self, change: Change, contact_id: str) -> None:
        path = f"{PATH}/{contact_id}"
        if self._is_dry_run:
            self._would("update", "PATCH", path, change)
            return
        try:
            self._client.send("PATCH", path, _encoded(change), _confirmed, idempotent=True)
        except SpottError as error:
            self._failed(change, error, f"PATCH {path}: Spott knows no client contact with this `id`")
        else:
            self._succeeded()
            self._note("updated", change)

    def _create(self, change: Change) -> None:
        before = self._outcomes.created(change)
        if before is not None:
            self._created_before(change, before.contact_id, is_same=before.content == change.content)
            return
        path = f"{PATH}/{change.client_id}"
        if self._is_dry_run:
            self._would("create", "POST", path, change)
            return
        self._outcomes.begin(change)
        try:
            contact_id = self._client.send("POST", path, _encoded(change), _new_id, idempotent=False)
        except SpottError as error:
            self._failed(change, error, f"POST {path}: Spott knows no client with this `clientId`")
        else:
            self._succeeded()
            self._note("created", change, contact_id)

    def _created_before(self, change: Change, contact_id: str | None, *, is_same: bool) -> None:
        if contact_id is None:
            self._note("unknown", change, reason="An earlier try may have created it or not; look in Spott")
        elif is_same:
            self._note("unchanged", change, contact_id)
        else:
            reason = f"This record has already created {contact_id}; to update that contact, give the record this `id`"
            self._rejects.write(change.source, reason)
            self._count_reject("created already, and different now")

    def _failed(self, change: Change, error: SpottError, gone: str) -> None:
        """Reject a change that Spott has not taken, or say that its fate is unknown; re-raise what ends the run.

        Raises:
            SpottError: It is not the change's fault.
        """
        answer = error.response
        request_id = answer.request_id if answer else None
        if isinstance(error, AmbiguousWriteError):
            self._note("unknown", change, reason=str(error), requestId=request_id)
            self._count_failure(error)
            return
        refused = isinstance(error, InvalidRequestError) and not isinstance(error, PermissionDeniedError)
        if not refused and not isinstance(error, RetryableError):
            if not isinstance(error, UnexpectedRedirectError):  # which may follow upon a create
                self._withdraw(change)
            raise error
        reason = f"{gone} (404)" if isinstance(error, NotFoundError) else str(error)
        said = answer.message if answer and answer.message and answer.message not in reason else None
        self._rejects.write(
            change.source,
            f"{reason.rstrip('.')}. Spott says: {said}" if said else reason,
            request_id,
            status=answer.status if answer else None,
            errors=answer.errors if answer else None,
        )
        self._withdraw(change)
        self._count_reject(reason)
        if isinstance(error, RetryableError):
            self._count_failure(error)

    def _withdraw(self, change: Change) -> None:
        """Write that a create has surely not happened, so that it may be sent again."""
        if change.contact_id is None:
            self._outcomes.write("rejected", change)

    def _would(self, verb: str, method: str, path: str, change: Change) -> None:
        """Write what would be sent; no later run takes it for done."""
        self._outcomes.write(f"would {verb}", change, request=f"{method} {path}", body=change.body)
        self._count(f"{verb}d")

    def _note(self, operation: str, change: Change, contact_id: str | None = None, **more: object) -> None:
        self._outcomes.write(operation, change, contact_id, **more)
        self._count(operation)

    def _count(self, operation: str) -> int:
        with self._lock:
            self.counts[operation] += 1
            return self.counts[operation]

    def _count_reject(self, reason: str) -> None:
        count = self._count("rejected")
        if self._stops_on_reject:
            msg = f"A record was rejected, and on_error is `stop`: {reason}"
            raise SpottError(msg)
        if count <= REJECTS_SHOWN:
            logger.warning("Rejected: %s%s", reason, "; more are not shown" if count == REJECTS_SHOWN else "")

    def _succeeded(self) -> None:
        with self._lock:
            self._failures = 0

    def _count_failure(self, error: SpottError) -> None:
        with self._lock:
            self._failures += 1
            if self._failures < FAILURES_IN_A_ROW:
                return
        msg = f"{error} This is the failure number {FAILURES_IN_A_ROW} in a row."
        raise SpottError(msg)


def _encoded(change: Change) -> bytes:
    return msgspec.json.encode(change.body)


def _confirmed(_: APIResponse) -> None:
    """Take any answer: the page of updates documents none."""


def _new_id(answer: APIResponse) -> str:
    """Return the new contact's id.

    Raises:
        RetryableError: The answer has none.
    """
    return str(parse_object("id", answer)["id"])
