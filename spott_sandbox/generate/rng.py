"""The only random number generator of generated data."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Rng:
    """A random number generator with the same results on every platform and Python version for the same seed."""

    def __init__(self, *seed: object) -> None:
        """Seed the generator with values whose `str` is stable."""
        # Python guarantees the same results between versions for random() only, so every method uses it.
        self._random = random.Random(":".join(map(str, seed))).random  # noqa: S311 - generated data, no secrets

    def chance(self, probability: float) -> bool:
        """Return true with this probability (0 to 1)."""
        return self._random() < probability

    def randint(self, low: int, high: int) -> int:
        """Return an integer from low to high, inclusive."""
        return low + int(self._random() * (high - low + 1))

    def choice(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self._random() * len(choices))]

    def maybe(self, value: T, probability: float) -> T | None:
        """Return the value with this probability (0 to 1), else None."""
        return value if self.chance(probability) else None


def make_id(*parts: object) -> str:
    """Return an ID in Spott's format, the same for the same parts."""
    text = ":".join(map(str, parts))
    return "c" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
