"""How long to wait before the next try. Pure but for chance."""

import random
from datetime import timedelta
from typing import Final

FIRST_SECONDS: Final = 4.0
LONGEST_SECONDS: Final = 3600.0
LONGEST: Final = timedelta(hours=7)
"""Longer than any pause: what lies further ahead comes from a clock that was set back."""
GIVE_UP_AFTER: Final = timedelta(hours=24)


def next_pause(tries: int, asked_seconds: float) -> timedelta:
    """Return the pause after `tries` failures and this one: twice as long each time, by chance.

    Never shorter than what the other side asked for.
    """
    seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(tries, 20))
    by_chance = seconds * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
    return timedelta(seconds=max(by_chance, asked_seconds * random.uniform(1.0, 1.1)))  # noqa: S311
