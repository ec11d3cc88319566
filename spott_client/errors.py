"""Errors with a message for the user: what failed, where, and what to do.

Response bodies are personal data. A message therefore holds at most the error code and the request ID of a body, and
never the API key. `SpottError.response` holds more, for files that contain the data anyway.
"""

from typing import Any, NamedTuple


class ErrorResponse(NamedTuple):
    """Status and documented fields of an error response; None for each missing field."""

    status: int
    message: str | None = None
    request_id: str | None = None
    errors: list[Any] | None = None


class SpottError(Exception):
    """A failure whose text is the complete message for the user.

    Attributes:
        response: What Spott responded, if it did. It may hold personal data, so never log it.
        fatal: Whether every other request would fail too.
    """

    response: ErrorResponse | None = None
    fatal = True


class ConfigError(SpottError):
    """A setting, the catalog or the state is invalid."""


class AuthenticationError(SpottError):
    """401: Spott rejected the API key."""


class UnexpectedRedirectError(SpottError):
    """3xx: Spott redirects to another address."""


class InvalidRequestError(SpottError):
    """Spott rejected the request, and would reject it again."""

    fatal = False


class PermissionDeniedError(InvalidRequestError):
    """403: the API key lacks a permission."""


class NotFoundError(InvalidRequestError):
    """404: the path or the record does not exist."""


class InvalidCursorError(InvalidRequestError):
    """Spott rejected a cursor or page number that it had returned itself; it may have expired."""


class MissingKeyError(SpottError):
    """A record has no primary key."""

    fatal = False


class AmbiguousWriteError(SpottError):
    """Spott may or may not have processed a request that must not be sent twice."""


class PaginationLoopError(SpottError):
    """The pages of a list would never end."""


class RetryableError(SpottError):
    """The same request may succeed later: 408, 429, 5xx, timeouts, failed connections, invalid responses.

    Attributes:
        retry_after: Seconds to wait, if Spott's response says so.
        not_processed: Whether Spott certainly did not process the request.
    """

    fatal = False

    def __init__(self, message: str, retry_after: float | None = None, *, not_processed: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.not_processed = not_processed


class RateLimitError(RetryableError):
    """429: the rate limit is exceeded, for every request with this API key."""

    fatal = True


class APIConnectionError(RetryableError):
    """No connection to Spott, or no complete response in time."""

    fatal = True
