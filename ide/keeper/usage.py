"""What the workspace uses: asked of the supervisor while somebody looks, told when it changed.

A supervisor that does not answer costs nothing: what was known last stands until it does.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ide.errors import IdeError, UnavailableError
from ide.guard.plan import MIB
from ide.keeper.rises import Rise, rises_between
from ide.keeper.sample import Sample

WATCHED_SECONDS: Final = 2.0
BUSY_SECONDS: Final = 15.0
"""How often while nobody looks and something runs: it may be ended by a limit all the same."""
ANSWER_SECONDS: Final = 3.0
SLOWED_SHARE: Final = 0.1
AGAIN_SECONDS: Final = 0.2
_STEPS: Final = 200
_PERCENT_STEP: Final = 2.0

Ask = Callable[[], Awaitable[dict[str, Any]]]


class Usage:
    """The newest measurement, what pages were told of it, and where limits ended something."""

    def __init__(
        self,
        ask: Ask,
        tell: Callable[[dict[str, Any]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tell` sends an event to every page."""
        self._ask, self._tell, self._clock = ask, tell, clock
        self.limit_ended: Callable[[Rise], None] = lambda _rise: None
        """Hears of each rise, a measurement late."""
        self._lock = asyncio.Lock()
        self._asked_at = float("-inf")
        self.since_when = float("inf")
        """When was measured first, in loop time: what limits ended before is not known."""
        self.sample: Sample | None = None
        self.event: dict[str, Any] | None = None
        """The EVENT of now, told or not."""
        self._told: dict[str, Any] | None = None

    def is_due(self, *, watched: bool, busy: bool) -> bool:
        """Whether to measure now; `watched` while a page is open, `busy` while programs run."""
        if not (watched or busy) or self._lock.locked():
            return False
        apart = WATCHED_SECONDS if watched else BUSY_SECONDS
        return self._clock() - self._asked_at >= apart

    async def measure(self) -> Sample | None:
        """Ask the supervisor and tell what changed; None when it does not answer in time."""
        async with self._lock:
            self._asked_at = self._clock()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    sample = Sample.of(await self._ask())
            except (IdeError, TimeoutError, KeyError, TypeError, ValueError):
                return None
            self._take(sample)
            return sample

    async def newest(self) -> dict[str, Any]:
        """Return the EVENT of now, not older than WATCHED_SECONDS. Raises UnavailableError."""
        if self.event is None or self._clock() - self._asked_at >= WATCHED_SECONDS:
            await self.measure()
        if self.event is None:
            raise UnavailableError("What this workspace uses is not known yet. Try again.")
        return self.event

    async def since(self, moment: float, seconds: float) -> Sample | None:
        """Return a measurement made after `moment` (loop time); None after `seconds`."""
        deadline = self._clock() + seconds
        while self._clock() < deadline:
            if self.sample and self.sample.clock > moment:
                return self.sample
            try:
                async with asyncio.timeout(max(0.0, deadline - self._clock())):
                    sample = await self.measure()
                    if sample is None or sample.clock <= moment:
                        await asyncio.sleep(AGAIN_SECONDS)
            except TimeoutError:
                break
        return None

    def _take(self, sample: Sample) -> None:
        before, self.sample = self.sample, sample
        self.since_when = min(self.since_when, sample.clock)
        if before is not None and sample.clock == before.clock:
            return  # the supervisor measures no more often
        self.event = {"type": "usage", "at": round(time.time(), 3), **_shown(before, sample)}
        if self._told is None or _differs(self._told, self.event):
            self._told = self.event
            self._tell(self.event)
        for rise in rises_between(before, sample) if before else ():
            self.limit_ended(rise)


def _shown(before: Sample | None, now: Sample) -> dict[str, Any]:
    percent, slowed = 0.0, False
    if before is not None and now.cpu_usec >= before.cpu_usec:
        passed = (now.clock - before.clock) * 1_000_000
        percent = round((now.cpu_usec - before.cpu_usec) / passed * 100, 1)
        slowed = now.throttled_usec - before.throttled_usec > passed * SLOWED_SHARE
    cpu = {"percent": percent, "limit": now.told["cpu"]["limit"], "slowed": slowed}
    return now.told | {"cpu": cpu}


def _differs(told: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a person would see another figure: a page at rest is not told every page of memory.

    What is compared is what was told last, so that many small steps are told too.
    """
    return _rounded(told) != _rounded(now) or any(
        abs(_figure(told, path) - _figure(now, path)) >= step for path, step in _steps(now)
    )


def _rounded(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is compared exactly."""
    rest = {name: event[name] for name in event if name not in {"at", "memory", "cpu", "disk"}}
    rest["limits"] = [event["memory"]["limit"], event["cpu"]["limit"], event["cpu"]["slowed"]]
    rest["idle"] = event["cpu"]["percent"] < 1
    if disk := event["disk"]:
        rest["disk"] = [disk["limit"], disk["files_limit"], disk["full"]]
    return rest


def _steps(event: Mapping[str, Any]) -> list[tuple[tuple[str, str], float]]:
    """Return the smallest difference of each figure that is told."""
    memory = max(MIB, event["memory"]["limit"] / _STEPS)
    steps: list[tuple[tuple[str, str], float]] = [
        (("memory", "used"), memory), (("memory", "peak"), memory),
        (("cpu", "percent"), _PERCENT_STEP),
    ]  # fmt: skip
    if disk := event["disk"]:
        steps.append((("disk", "used"), max(MIB, disk["limit"] / _STEPS)))
        steps.append((("disk", "files"), max(10, disk["files_limit"] / _STEPS)))
    return steps


def _figure(event: Mapping[str, Any], path: tuple[str, str]) -> float:
    part = event[path[0]]
    return float(part[path[1]]) if part else 0.0
