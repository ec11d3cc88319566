"""What can go wrong, each as one line that says what, where and what to do.

    SpottError
    ├── SettingError       a setting, the catalog or the state can't be worked with
    ├── KeyRefusedError    401
    ├── RedirectedError    3xx
    ├── RefusedError       Spott refuses the request; the same request would be refused again
    │   ├── ForbiddenError     403
    │   └── GoneError          404
    ├── KeylessError       a record has no key
    ├── CursorLoopError    a page points to one that has been read before
    ├── UnknownFateError   a request that must not be repeated may have been acted upon, or not
    └── TransientError     the same request may succeed later
        ├── SlowDownError      429
        └── NoAnswerError      no connection, or no whole answer in time

No message holds the API key, or any part of an answer's body but its error code and its request id: bodies are
personal data. `SpottError.answer` has more of it, for a file that holds the data anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class ErrorAnswer(NamedTuple):
    """What an answer says is wrong, in the words of the documented error body; None for what it does not say."""

    status: int
    message: str | None = None
    request_id: str | None = None
    errors: list[Any] | None = None


class SpottError(Exception):
    """A failure whose text is the whole message for the user.

    Attributes:
        answer: What Spott says is wrong, if it has answered. It may be personal data: it is not for logs.
        concerns_all: Whether other requests would fail as well.
    """

    answer: ErrorAnswer | None = None
    concerns_all = True


class SettingError(SpottError):
    """A setting, the catalog or the state can't be worked with."""


class KeyRefusedError(SpottError):
    """401: the API key is wrong."""


class RedirectedError(SpottError):
    """3xx: the API is somewhere else."""


class RefusedError(SpottError):
    """Spott refuses this request, and would refuse it again."""

    concerns_all = False


class ForbiddenError(RefusedError):
    """403: the API key may not do this."""


class GoneError(RefusedError):
    """404: there is no such thing (any more)."""


class KeylessError(SpottError):
    """A record has no key."""

    concerns_all = False


class UnknownFateError(SpottError):
    """Nobody knows whether Spott has acted upon a request that must not be made twice."""


class CursorLoopError(SpottError):
    """Following this cursor would never end."""


class AheadError(Exception):
    """A reading was to begin later than Spott's clock shows.

    Attributes:
        now: What it shows.
    """

    def __init__(self, now: datetime) -> None:
        """Take what Spott's clock shows."""
        super().__init__(now)
        self.now = now


class TransientError(SpottError):
    """The same request may succeed later: broken connections and answers, time-outs, 408, 5xx.

    Attributes:
        retry_after: How long the answer asks to wait, in seconds, if it says so.
        untouched: Whether Spott has surely not acted upon the request.
    """

    concerns_all = False

    def __init__(self, message: str, retry_after: float | None = None, *, untouched: bool = False) -> None:
        """Take the message, in seconds the wait that the answer asks for, and whether Spott surely has not acted."""
        super().__init__(message)
        self.retry_after = retry_after
        self.untouched = untouched


class SlowDownError(TransientError):
    """429: the quota is used up, for every request of this key."""

    concerns_all = True


class NoAnswerError(TransientError):
    """Spott can't be reached, or has not answered in time or to the end."""

    concerns_all = True
