"""The state that the endpoints, the middleware and the admin API share."""

import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from spott_sandbox.dataset import Dataset
from spott_sandbox.rate_limiter import RateLimiter
from spott_sandbox.settings import FaultKind, Settings, merge_settings

_MAX_LOGGED_REQUESTS = 1_000_000


@dataclass(slots=True)
class State:
    """The state of one running sandbox."""

    dataset: Dataset
    api_key: str
    settings: Settings = field(default_factory=Settings)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    in_flight: int = 0
    # Bounded, so that a sandbox that runs for weeks does not use up the memory.
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_MAX_LOGGED_REQUESTS))
    request_counts: Counter[tuple[str, str]] = field(default_factory=Counter)  # by endpoint and outcome
    fault_counts: Counter[FaultKind] = field(default_factory=Counter)
    fault_rng: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secrets

    def update_settings(self, changes: dict[str, Any]) -> None:
        """Merge changes into the settings. A change to a fault setting resets the fault generator and counts.

        Raises:
            msgspec.ValidationError: A setting is unknown or its value is invalid.
        """
        self.settings = merge_settings(self.settings, changes)
        self.dataset.clock_offset = self.settings.clock_offset
        if "order" in changes:
            self.dataset.set_order(self.settings.order)
        if any(name.startswith("fault") for name in changes):
            self.fault_rng.seed(self.settings.fault_seed)
            self.fault_counts.clear()
