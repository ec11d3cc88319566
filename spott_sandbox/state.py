"""What the endpoints, the front and the control calls share."""

import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from spott_sandbox.dataset import World
from spott_sandbox.rate_limiter import Quota
from spott_sandbox.settings import FaultKind, Settings, merge

_REQUESTS_KEPT = 1_000_000


@dataclass(slots=True)
class State:
    """One running sandbox."""

    world: World
    api_key: str
    settings: Settings = field(default_factory=Settings)
    quota: Quota = field(default_factory=Quota)
    in_flight: int = 0
    # Bounded, so that a sandbox left running for weeks does not fill the memory.
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_REQUESTS_KEPT))
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)  # by request and by what came of it
    fault_counts: Counter[FaultKind] = field(default_factory=Counter)
    fault_draws: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secrets

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Merge changes into the settings; a change to the faults starts their draws and limits afresh.

        Raises:
            msgspec.ValidationError: A change has an unknown name or a wrong value.
        """
        self.settings = merge(self.settings, changes)
        self.world.clock_offset = self.settings.clock_offset
        if "order" in changes:
            self.world.set_order(self.settings.order)
        if any(name.startswith("fault") for name in changes):
            self.fault_draws.seed(self.settings.fault_seed)
            self.fault_counts.clear()
