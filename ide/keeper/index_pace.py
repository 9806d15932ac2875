"""How much of a processor the indexing may have: little, and nearly none while its keeper works."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

QUIET_SHARE: Final = 0.25
"""Of one processor, while the keeper has little to do."""
BUSY_SHARE: Final = 0.06
"""Of what the keeper takes, while it has much to do."""
BUSY_FROM: Final = 0.1
"""So much of one processor is much."""
LONGEST_SECONDS: Final = 3.0
LISTEN_SECONDS: Final = 0.25
"""So long it is looked what the keeper does before anything is indexed."""
_FADING: Final = 0.7
"""A keeper that was busy counts as busy for a few more pieces: its time comes in hundredths."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Return the processor time of a process in seconds, 0 when nobody says it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Pace:
    """Asked after each piece of work how long to rest."""

    def __init__(
        self,
        keeper_cpu: Callable[[], float],
        own_cpu: Callable[[], float] = time.process_time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """All three give seconds."""
        self._keeper_cpu, self._own_cpu, self._clock = keeper_cpu, own_cpu, clock
        self._debt = own_cpu()
        """Processor time that was used and not rested for yet."""
        self._own, self._keeper, self._at = self._debt, keeper_cpu(), clock()
        self._share = 0.0

    def rest(self) -> float:
        """Return for how many seconds to rest now."""
        own, keeper, at = self._own_cpu(), self._keeper_cpu(), self._clock()
        passed = max(at - self._at, 1e-3)
        self._share = max((keeper - self._keeper) / passed, self._share * _FADING)
        is_busy = self._share >= BUSY_FROM
        allowed = BUSY_SHARE * min(self._share, 1.0) if is_busy else QUIET_SHARE
        self._debt = max(0.0, self._debt + own - self._own - allowed * passed)
        self._own, self._keeper, self._at = own, keeper, at
        return min(self._debt / allowed, LONGEST_SECONDS)
