"""The only source of chance in generated data."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that are the same for the same seed on every run, platform and Python version."""

    def __init__(self, *seed: object) -> None:
        """Seed the dice with values whose text is stable."""
        # Only random() is promised to stay the same between Python versions, so everything is made of it.
        self._draw = random.Random(":".join(map(str, seed))).random  # noqa: S311 - made-up data, no secrets

    def chance(self, probability: float) -> bool:
        """Return true in this share of the draws (0 to 1)."""
        return self._draw() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self._draw() * len(choices))]

    def maybe(self, value: T, probability: float) -> T | None:
        """Return the value in this share of the draws (0 to 1), else None."""
        return value if self.chance(probability) else None


def make_id(*parts: object) -> str:
    """Return an id in the look of Spott's own, the same for the same parts."""
    text = ":".join(map(str, parts))
    return "c" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
