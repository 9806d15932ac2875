"""How much a workspace may print while nobody looks: a burst, then a rate."""

from collections.abc import Callable
from typing import Final

BURST_BYTES: Final = 128 * 1024 * 1024
RATE_BYTES: Final = 4_000_000
"""Bytes a second once the burst is used up; what is not used fills the burst again."""


class OutputBudget:
    """A token bucket for all consoles of a workspace that nobody watches."""

    def __init__(
        self,
        clock: Callable[[], float],
        burst_bytes: int = BURST_BYTES,
        rate_bytes: float = RATE_BYTES,
    ) -> None:
        self._clock, self._burst, self._rate = clock, burst_bytes, rate_bytes
        self._left = float(burst_bytes)
        self._at = clock()

    def take(self, count: int) -> bool:
        """Use `count` bytes; true while there are any left."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - count
        self._at = now
        return self._left > 0
