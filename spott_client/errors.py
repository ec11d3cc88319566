"""What can go wrong, each as one line that says what, where and what to do.

    SpottError
    ├── ConfigError       a setting, the catalog or the state can't be worked with
    ├── AuthenticationError    401
    ├── UnexpectedRedirectError    3xx
    ├── InvalidRequestError       Spott refuses the request; the same request would be refused again
    │   ├── PermissionDeniedError     403
    │   └── NotFoundError          404
    ├── MissingKeyError       a record has no key
    ├── PaginationLoopError    a page points to one that has been read before
    ├── AmbiguousWriteError   a request that must not be repeated may have been acted upon, or not
    └── RetryableError     the same request may succeed later
        ├── RateLimitError      429
        └── APIConnectionError      no connection, or no whole answer in time

No message holds the API key, or any part of an answer's body but its error code and its request id: bodies are
personal data. `SpottError.response` has more of it, for a file that holds the data anyway.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class ErrorResponse(NamedTuple):
    """What an answer says is wrong, in the words of the documented error body; None for what it does not say."""

    status: int
    message: str | None = None
    request_id: str | None = None
    errors: list[Any] | None = None


class SpottError(Exception):
    """A failure whose text is the whole message for the user.

    Attributes:
        response: What Spott says is wrong, if it has answered. It may be personal data: it is not for logs.
        fatal: Whether other requests would fail as well.
    """

    response: ErrorResponse | None = None
    fatal = True


class ConfigError(SpottError):
    """A setting, the catalog or the state can't be worked with."""


class AuthenticationError(SpottError):
    """401: the API key is wrong."""


class UnexpectedRedirectError(SpottError):
    """3xx: the API is somewhere else."""


class InvalidRequestError(SpottError):
    """Spott refuses this request, and would refuse it again."""

    fatal = False


class PermissionDeniedError(InvalidRequestError):
    """403: the API key may not do this."""


class NotFoundError(InvalidRequestError):
    """404: there is no such thing (any more)."""


class MissingKeyError(SpottError):
    """A record has no key."""

    fatal = False


class AmbiguousWriteError(SpottError):
    """Nobody knows whether Spott has acted upon a request that must not be made twice."""


class PaginationLoopError(SpottError):
    """Following this cursor would never end."""


class RetryableError(SpottError):
    """The same request may succeed later: broken connections and answers, time-outs, 408, 5xx.

    Attributes:
        retry_after: How long the answer asks to wait, in seconds, if it says so.
        not_processed: Whether Spott has surely not acted upon the request.
    """

    fatal = False

    def __init__(self, message: str, retry_after: float | None = None, *, not_processed: bool = False) -> None:
        """Take the message, in seconds the wait that the answer asks for, and whether Spott surely has not acted."""
        super().__init__(message)
        self.retry_after = retry_after
        self.not_processed = not_processed


class RateLimitError(RetryableError):
    """429: the quota is used up, for every request of this key."""

    fatal = True


class APIConnectionError(RetryableError):
    """Spott can't be reached, or has not answered in time or to the end."""

    fatal = True
