"""A group in version 1 of the kernel's control groups: a folder in each controller's hierarchy."""

import errno
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.guard.plan import Plan
from ide.sandbox.cgroups.group import KILL_SECONDS, RESERVE, GroupUsage, KernelGroup, Means, in_use
from ide.sandbox.cgroups.tree import Tree

NEEDED: Final = ("memory", "pids", "cpu")
WELCOME: Final = ("cpuacct", "freezer")
PERIOD_USEC: Final = 100_000
LEAST_QUOTA_USEC: Final = 1000
_UNLIMITED: Final = "-1"


class GroupV1(KernelGroup):
    """`places` maps each controller to the group's folder; some may be one folder."""

    def __init__(self, tree: Tree, places: dict[str, Path], enforced: dict[str, Means]) -> None:
        super().__init__(tree, tuple(dict.fromkeys(places.values())), enforced)
        self._places = places

    def apply(self, plan: Plan) -> tuple[str, ...]:
        """Make the group and set its limits; see Group."""
        self._make()
        quota = plan.cpu_percent * PERIOD_USEC // 100
        processes = str(plan.processes + RESERVE) if plan.processes else "max"
        cpu = self._places["cpu"]
        return (
            *self._limit_memory(plan.memory_bytes),
            *self._set(cpu / "cpu.shares", str(max(2, plan.cpu_weight * 1024 // 100)), "CPU share"),
            *self._set(
                cpu / "cpu.cfs_quota_us",
                str(max(LEAST_QUOTA_USEC, quota)) if quota else _UNLIMITED,
                "processor time",
            ),
            *self._set(self._places["pids"] / "pids.max", processes, "processes"),
        )

    def usage(self) -> GroupUsage:
        """Return what it takes now."""
        memory = self._places["memory"]
        cache = self._field(memory / "memory.stat", "total_inactive_file")
        used = self._number(memory / "memory.usage_in_bytes")
        cpu = self._places.get("cpuacct")
        return GroupUsage(
            memory_used=max(0, used - cache),
            memory_peak=self._number(memory / "memory.max_usage_in_bytes"),
            cpu_usec=self._number(cpu / "cpuacct.usage") // 1000 if cpu else 0,
            throttled_usec=self._field(self._places["cpu"] / "cpu.stat", "throttled_time") // 1000,
            processes=self._number(self._places["pids"] / "pids.current"),
            oom_kills=self._field(memory / "memory.oom_control", "oom_kill"),
            refused_forks=self._field(self._places["pids"] / "pids.events", "max"),
        )

    def reclaim(self) -> int:
        """Have the kernel give back caches; it says busy while it could not give back all."""
        memory = self._places["memory"]
        before = self._number(memory / "memory.usage_in_bytes")
        with suppress(OSError):
            self._tree.write(memory / "memory.force_empty", "0")
        return max(0, before - self._number(memory / "memory.usage_in_bytes"))

    def kill(self, seconds: float = KILL_SECONDS) -> bool:
        """End every process. What forks as fast as it is killed is frozen meanwhile."""
        freezer = self._places.get("freezer")
        if freezer is None or not self.pids():
            return self._kill_each(seconds)
        with suppress(OSError):
            self._tree.write(freezer / "freezer.state", "FROZEN")
        try:
            self._signal_all()
        finally:
            with suppress(OSError):
                self._tree.write(freezer / "freezer.state", "THAWED")
        return self._kill_each(seconds)

    def _limit_memory(self, limit: int) -> tuple[str, ...]:
        """Set memory, and memory with swap to the same: which first depends on what holds now."""
        folder = self._places["memory"]
        value = str(limit) if limit else _UNLIMITED
        files = [folder / "memory.limit_in_bytes", folder / "memory.memsw.limit_in_bytes"]
        refused: dict[Path, OSError] = {}
        # The one without swap may never be above the other: the last write is for raising.
        for file in (*files, files[0]):
            refused.pop(file, None)
            try:
                self._tree.write(file, value)
            except OSError as error:
                refused[file] = error
        if isinstance(refused.get(files[1]), FileNotFoundError):  # swap is not counted here
            del refused[files[1]]
        if any(error.errno == errno.EBUSY for error in refused.values()):
            return (in_use(limit),)
        return tuple(
            f"The limit of memory was not set: {one.strerror}." for one in refused.values()
        )
