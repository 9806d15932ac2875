"""An end that comes by itself and is announced on screen before it does. Pure: no clock, no I/O."""

from typing import Final

GRACE_SECONDS: Final = 60.0
"""Between the last announcement and the end."""


class Countdown:
    """One end: what to announce when, and whether it is time. Times are one clock's seconds."""

    def __init__(self, *before: float) -> None:
        """Announce so many seconds before, the largest first."""
        self._before = tuple(sorted(before, reverse=True))
        self.stop()

    def stop(self) -> None:
        """Begin anew: the end does not come."""
        self._said = 0
        self._said_at: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything was announced."""
        return self._said > 0

    def announce(self, now: float, end_at: float, grace: float = GRACE_SECONDS) -> float | None:
        """Return how many seconds are left when that shall be said now, else None.

        Of announcements that are due together only the last is made; it says at least `grace`, and
        so long is waited for. When the end was put off what was said of it is void.
        """
        due = sum(end_at - now <= before for before in self._before)
        if due <= self._said:
            self._said = due
            return None
        self._said, self._said_at = due, now
        return max(end_at - now, grace)

    def is_over(self, now: float, end_at: float, grace: float = GRACE_SECONDS) -> bool:
        """Whether it is time, and was announced at least `grace` before."""
        announced = self._said == len(self._before) and self._said_at is not None
        return now >= end_at and announced and now >= (self._said_at or 0.0) + grace


def in_words(seconds: float) -> str:
    """Return a time as "45 s", "30 min" or "8 h", as short as is true to a tenth."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"
