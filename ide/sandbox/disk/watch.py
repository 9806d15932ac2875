"""What one workspace takes of the disk, measured now and then, and what follows from it.

A workspace that reached its limit cannot write until it is below RELEASE of it again. Who takes
more space all the same, above END of the limit, is ended.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ide.guard.plan import Plan
from ide.sandbox.disk import quota
from ide.sandbox.disk.hold import Ended, Hold
from ide.sandbox.disk.measure import Found, Measuring
from ide.sandbox.disk.pace import Pace
from ide.sandbox.inside import Inside, look, processes_below

RELEASE: Final = 0.95
NEAR: Final = 0.8
KERNEL_FULL: Final = 0.99
"""Where the kernel holds the limit, less than a whole block may be left for ever."""
END: Final = 1.25
GROWN_BYTES: Final = 1024 * 1024
GROWN_FILES: Final = 64
GROWN_SHARE: Final = 0.01
GROWING_TIMES: Final = 2
"""So often in a row it must have grown under the hold: one long write may still come to its end."""
WORST_TIMES: Final = 3
"""So often only the busiest program is ended, then all of them."""
ALL_TIMES: Final = 2
"""So often all programs are ended; who then still writes is the agent, and no longer ours."""
IDLE_TIMES: Final = 9
MAX_KILLS: Final = 8
NO_LIMIT_ENTRIES: Final = 20_000_000

_NOTES: Final = {
    "deep": "Folders are nested too deeply to be counted: nothing can be written until they are"
    " removed (rm -r).",
    "time": "The home folder takes longer than a minute to count; it holds at least this much.",
    "closed": "Some folders belong to another account and are not counted.",
    "failed": "What the home folder holds could not be counted.",
}


@dataclass(frozen=True, slots=True)
class Home:
    """What is watched. `root` is the sandbox's PID 1, `home_fd` the home folder, which is ours.

    `uid` is the workspace's account, None for our own. `how` says what holds the limit: "quota" of
    the kernel with `project`, "memory" for a folder whose size is its limit, "watcher", or "none"
    where there is no sandbox to hold anything in.
    """

    root: int
    home_fd: int
    uid: int | None
    how: str
    project: int = 0


class Watch:
    """Watches one running sandbox. Not thread-safe; nothing here waits."""

    def __init__(self, home: Home, plan: Plan, clock: Callable[[], float] = time.monotonic) -> None:
        self.plan = plan
        self.full = False
        self.found: Found | None = None
        self.kills: deque[dict[str, Any]] = deque(maxlen=MAX_KILLS)
        self.killed = self._last_number = 0
        self._home, self._clock = home, clock
        self._hold = Hold(home.root, home.uid)
        root = look(home.root)
        self._since = root.start_ticks if root else 0
        self._pace = Pace(clock)
        self._measuring: Measuring | None = None
        self._is_first = True
        self._is_held = False
        self._base: Found | None = None
        self._growing = self._strikes = 0
        self._has_struck = False
        self._processes: list[Inside] = []
        self._idle = 0

    @property
    def measures(self) -> bool:
        """Whether a count is under way."""
        return self._measuring is not None

    @property
    def is_busy(self) -> bool:
        """Whether it needs to be looked at again in a moment."""
        return self.full or self.measures

    def notes(self) -> list[str]:
        """Return what a person should know."""
        why = "failed" if self.found is None and self._pace.failures > 1 else ""
        why = self.found.why if self.found else why
        notes = [_NOTES[why]] if why in _NOTES else []
        if self._home.how == "memory":
            notes.append("Files of this workspace are kept in memory: they end when it stops.")
        return notes

    def state(self) -> dict[str, Any] | None:
        """Return `{used, limit, files, files_limit, full}`, None until it was measured."""
        if self.found is None:
            return None
        return {
            "used": self.found.used,
            "limit": self.plan.disk_bytes,
            "files": self.found.files,
            "files_limit": self.plan.files,
            "full": self.full,
        }

    def limit(self, plan: Plan) -> None:
        """Go on with another plan."""
        self.plan = plan
        if self.found:
            self._judge(self.found)

    def tick(self, *, may_start: bool) -> None:
        """Do what is due; a count only when `may_start`. Nothing once the sandbox has ended."""
        root = look(self._home.root)
        if root is None or root.start_ticks != self._since:
            return
        if self._is_held:
            self._hold.press()
        if self._measuring:
            if self._measuring.is_over():
                found, self._measuring = self._measuring.found(), None
                self._came(found)
            return
        self._pace.look(self._home.home_fd, self._headroom())
        if self._pace.is_due():
            try:
                self._measure(may_start=may_start)
            except OSError:
                self._came(None)

    def close(self) -> None:
        """End what is under way."""
        if self._measuring:
            self._measuring.close()
            self._measuring = None
        self._hold.close()
        os.close(self._home.home_fd)

    def _headroom(self) -> int:
        """Return how many bytes may still be written, 0 when nobody counts."""
        if not self.plan.disk_bytes or self.found is None:
            return 0
        return max(1, self.plan.disk_bytes - self.found.used)

    def _measure(self, *, may_start: bool) -> None:
        if self._home.how == "quota":
            taken = quota.taken(self._home.home_fd, self._home.project)
            self._came(Found(taken.used, taken.files, complete=True, why="", cost_seconds=0))
        elif self._home.how == "memory":
            room = os.fstatvfs(self._home.home_fd)
            used = (room.f_blocks - room.f_bfree) * room.f_frsize
            files = room.f_files - room.f_ffree
            self._came(Found(used, files, complete=True, why="", cost_seconds=0))
        else:
            self._count(processes_below(self._home.root), may_start=may_start)

    def _count(self, processes: list[Inside], *, may_start: bool) -> None:
        """Begin to count, unless no process did anything since the last count began.

        Such a count would say the same. It is made all the same where there is little room, and
        after IDLE_TIMES in a row: a small write takes no tick of the processor.
        """
        rests = processes == self._processes and self.found is not None and self.found.complete
        if rests and not (self.full or self._is_held) and self._idle < IDLE_TIMES:
            self._idle += 1
            self._pace.ended(0, near=False, full=False, changed=False)
        elif may_start:
            self._idle, self._processes = 0, processes
            self._pace.began()
            pids = [one.pid for one in processes]
            self._measuring = Measuring(self._home.home_fd, self._most(), pids, self._home.uid)

    def _most(self) -> int:
        """Return how many names are counted: enough to see that they become more."""
        return 4 * self.plan.files + 100_000 if self.plan.files else NO_LIMIT_ENTRIES

    def _came(self, found: Found | None) -> None:
        if found is None:
            self._pace.failed()
            return
        if found.why == "time" and self.found:  # what is known is not unlearned
            used, files = max(found.used, self.found.used), max(found.files, self.found.files)
            found = Found(used, files, complete=False, why="time", cost_seconds=found.cost_seconds)
        changed = self.found is None or _grown(self.found, found) or _grown(found, self.found)
        self.found = found
        self._judge(found)
        near = max(self._shares(found)) >= NEAR
        self._pace.ended(found.cost_seconds, near=near, full=self.full, changed=changed)

    def _shares(self, found: Found) -> tuple[float, float]:
        """Return which parts of the limits of bytes and of files are taken."""
        plan = self.plan
        space = found.used / plan.disk_bytes if plan.disk_bytes else 0.0
        return space, found.files / plan.files if plan.files else 0.0

    def _judge(self, found: Found) -> None:
        space, files = self._shares(found)
        by_kernel = self._home.how in {"quota", "memory"}
        most = RELEASE if self.full else KERNEL_FULL if by_kernel else 1.0
        self.full = max(space, files) >= most or found.why == "deep"
        if self._home.how in {"quota", "none"}:
            return
        # Memory has a size; of the number of files in it nobody else takes care.
        self._mind(found, files if by_kernel else max(space, files))

    def _mind(self, found: Found, share: float) -> None:
        """Hold what is over its limit, and release what is no longer."""
        was_held = self._is_held
        is_held = share >= (RELEASE if was_held else 1.0) or found.why == "deep"
        if not is_held:
            self._base, self._growing, self._strikes = None, 0, 0
            if was_held or self._is_first:  # our killed predecessor may have held it
                self._hold.release()
        # Only now: a release that could not be had is tried again after the next count.
        self._is_held, self._is_first = is_held, False
        if is_held and not was_held:
            self._hold.press()
        elif is_held and share > END:
            self._look_who_goes_on(found)

    def _look_who_goes_on(self, found: Found) -> None:
        """End programs when the workspace grows under the hold, far above its limit."""
        before, self._base = self._base, found
        grown = before is not None and (found.why == "entries" or _grown(before, found))
        self._growing = self._growing + 1 if grown else 0
        if self._has_struck:
            self._hold.look_anew()
        self._has_struck = self._growing >= GROWING_TIMES
        if not self._has_struck:
            return
        self._growing = 0
        self._strikes += 1
        if self._strikes <= WORST_TIMES:
            space_grew = before is not None and _space_grown(before, found)
            ended = self._hold.end_worst(space_grew=space_grew)
        elif self._strikes <= WORST_TIMES + ALL_TIMES:
            ended = self._hold.end_all()
        else:
            ended = self._hold.end_sandbox()
        self._note(found, ended)

    def _note(self, found: Found, ended: list[Ended]) -> None:
        for one in ended:
            self.killed += 1
            # Rising also across sandboxes and supervisors, since a keeper compares.
            self._last_number = max(self._last_number + 1, time.monotonic_ns() // 1000)
            self.kills.append(
                {
                    "number": self._last_number,
                    "session": one.session,
                    "name": one.name,
                    "started_ticks": one.started_ticks,
                    "used": found.used,
                    "limit": self.plan.disk_bytes,
                    "files": found.files,
                    "files_limit": self.plan.files,
                }
            )


def _grown(before: Found, now: Found) -> bool:
    more_files = max(GROWN_FILES, GROWN_SHARE * before.files)
    return _space_grown(before, now) or now.files > before.files + more_files


def _space_grown(before: Found, now: Found) -> bool:
    return now.used > before.used + max(GROWN_BYTES, GROWN_SHARE * before.used)
