"""The streams that failed during a sync, and when the sync must stop."""

import logging

from spott_client.errors import RetryableError, SpottError

MAX_RETRYABLE_FAILURES = 2
"""Streams that may fail after all retries; one more, and Spott itself is assumed to be unavailable."""

logger = logging.getLogger("tap-spott")


class StreamFailures:
    """Collects the errors of streams, so that one failed stream doesn't keep the others from being read."""

    def __init__(self) -> None:
        self._messages: dict[str, str] = {}
        self._retryable = 0

    def add(self, stream: str, error: SpottError) -> None:
        """Log and keep the error of a stream.

        Raises:
            SpottError: The error itself, if the other streams would fail too.
        """
        self._retryable += isinstance(error, RetryableError)
        if error.fatal or self._retryable > MAX_RETRYABLE_FAILURES:
            raise error
        self._messages[stream] = str(error)
        logger.error(error)

    def raise_if_any(self) -> None:
        """Raise one error for all failed streams.

        Raises:
            SpottError: At least one stream failed.
        """
        if not self._messages:
            return
        msg, *others = self._messages.values()
        if others:
            failed = ", ".join(self._messages)
            msg = f"{len(self._messages)} streams failed; all other streams were read: {failed}. {msg}"
        raise SpottError(msg)
