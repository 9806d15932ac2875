"""When a home folder is counted next: seldom while nothing happens, soon when it may matter."""

import os
from collections.abc import Callable
from typing import Final

FULL_SECONDS: Final = 1.0
NEAR_SECONDS: Final = 2.0
LEAST_SECONDS: Final = 5.0
MOST_SECONDS: Final = 60.0
FIRST_SECONDS: Final = 2.0
"""The first count waits until the person who opened the workspace has their prompt."""
HINT_SECONDS: Final = 0.5
USUAL_COST: Final = 19.0
"""After a count so many times its cost passes: it takes 5 % of the time."""
NEAR_COST: Final = 4.0
HINT_BYTES: Final = 1024 * 1024
HINT_FILES: Final = 20_000
HINT_PARTS: Final = 8
MOST_HINT_BYTES: Final = 256 * 1024 * 1024


class Pace:
    """The pace of one workspace. Not thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.failures = 0
        self._clock = clock
        self._due = clock() + FIRST_SECONDS
        self._hinted_due = self._due
        self._quiet = LEAST_SECONDS
        self._room: tuple[int, int] | None = None

    def look(self, folder: int, headroom: int) -> None:
        """Look at the file system: when it fills quickly, the count is due at once.

        `headroom` is how many bytes the workspace may still take, 0 when there is no limit.
        """
        try:
            free = os.fstatvfs(folder)
        except OSError:
            return
        room = free.f_bfree * free.f_frsize, free.f_ffree
        if self._room is None:
            self._room = room
        much = max(HINT_BYTES, min(headroom // HINT_PARTS, MOST_HINT_BYTES))
        fell = self._room[0] - room[0] >= much or self._room[1] - room[1] >= HINT_FILES
        if headroom and fell:
            self._due = min(self._due, self._hinted_due)

    def is_due(self) -> bool:
        """Whether to count now."""
        return self._clock() >= self._due

    def began(self) -> None:
        """Take note that a count begins: the file system is looked at anew."""
        self._room = None

    def failed(self) -> None:
        """Take note that a count came to nothing."""
        self.failures += 1
        self._due = self._clock() + min(MOST_SECONDS, LEAST_SECONDS * self.failures)
        self._hinted_due = self._due

    def ended(self, cost_seconds: float, *, near: bool, full: bool, changed: bool) -> None:
        """Take note that a count ended, and what it cost."""
        now = self._clock()
        self.failures = 0
        self._room = None
        self._quiet = LEAST_SECONDS if changed else min(MOST_SECONDS, 2 * self._quiet)
        pause = FULL_SECONDS if full else NEAR_SECONDS if near else self._quiet
        cost = cost_seconds * (NEAR_COST if near or full else USUAL_COST)
        self._due = now + max(pause, cost)
        self._hinted_due = now + max(HINT_SECONDS, cost)
