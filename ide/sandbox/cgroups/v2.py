"""A group in version 2 of the kernel's control groups: one folder that has every controller."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.errors import SandboxError
from ide.guard.plan import Plan
from ide.sandbox.cgroups.delegation import enable
from ide.sandbox.cgroups.group import (
    KILL_SECONDS,
    RESERVE,
    GroupUsage,
    KernelGroup,
    Means,
    in_use,
)
from ide.sandbox.cgroups.tree import Tree

PERIOD_USEC: Final = 100_000
LEAST_QUOTA_USEC: Final = 1000


class GroupV2(KernelGroup):
    """`folder` may lack a controller; then the limits that need it are not set."""

    def __init__(self, tree: Tree, folder: Path, enforced: dict[str, Means]) -> None:
        super().__init__(tree, (folder,), enforced)
        self._folder = folder

    def apply(self, plan: Plan) -> tuple[str, ...]:
        """Make the group and set its limits; see Group."""
        self._make()
        notes = self._set(self._folder / "cgroup.max.descendants", "0", "groups inside")
        if self.enforced["memory"] == "cgroup":
            notes += self._limit_memory(plan.memory_bytes)
        if self.enforced["processes"] == "cgroup":
            processes = str(plan.processes + RESERVE) if plan.processes else "max"
            notes += self._set(self._folder / "pids.max", processes, "processes")
        if self.enforced["cpu"] == "cgroup":
            quota = plan.cpu_percent * PERIOD_USEC // 100
            most = str(max(LEAST_QUOTA_USEC, quota)) if quota else "max"
            notes += self._set(self._folder / "cpu.weight", str(plan.cpu_weight), "CPU share")
            notes += self._set(self._folder / "cpu.max", f"{most} {PERIOD_USEC}", "processor time")
        return notes

    def usage(self) -> GroupUsage:
        """Return what it takes now."""
        folder = self._folder
        used = self._number(folder / "memory.current")
        return GroupUsage(
            memory_used=max(0, used - self._field(folder / "memory.stat", "inactive_file")),
            memory_peak=self._number(folder / "memory.peak"),
            cpu_usec=self._field(folder / "cpu.stat", "usage_usec"),
            throttled_usec=self._field(folder / "cpu.stat", "throttled_usec"),
            processes=self._number(folder / "pids.current"),
            oom_kills=self._field(folder / "memory.events", "oom_kill"),
            refused_forks=self._field(folder / "pids.events", "max"),
        )

    def reclaim(self) -> int:
        """Have the kernel give back caches; it says "again" when it could not give back all."""
        before = self._number(self._folder / "memory.current")
        with suppress(OSError):
            self._tree.write(self._folder / "memory.reclaim", str(before))
        return max(0, before - self._number(self._folder / "memory.current"))

    def _make(self) -> None:
        """Make it below a group that hands its controllers down.

        Whoever tried the machine beside us, as `ide doctor`, may have removed that one while it was
        empty; made anew it hands nothing down, and no limit would hold.
        """
        place = self._folder.parent
        try:
            if "cgroup" in self.enforced.values():
                self._tree.make(place)
                enable(self._tree, place, None)
        except OSError as error:
            raise SandboxError(
                f"The limits of the workspace cannot be set: {error.strerror or error} ({place})."
            ) from error
        super()._make()

    def kill(self, seconds: float = KILL_SECONDS) -> bool:
        """End every process at once, by the kernel where it can (5.14), else one by one."""
        with suppress(OSError):
            self._tree.write(self._folder / "cgroup.kill", "1")
        return self._kill_each(seconds)

    def _limit_memory(self, limit: int) -> tuple[str, ...]:
        """Set memory.max; a value below what is used now would kill at once, so it is not set."""
        folder = self._folder
        if limit and (over := self._number(folder / "memory.current") - limit) > 0:
            with suppress(OSError):
                self._tree.write(folder / "memory.reclaim", str(over))
            if self._number(folder / "memory.current") > limit:
                return (in_use(limit),)
        most = str(limit) if limit else "max"
        # No lower memory.high: it never ends anything, and without swap who goes over it waits for
        # seconds at every step, a program for minutes before its end, a keeper with all consoles.
        notes = self._set(folder / "memory.high", "max", "memory")
        notes += self._set(folder / "memory.max", most, "memory")
        if (folder / "memory.swap.max").exists():  # not on a kernel without swap
            swap = "0" if limit else "max"
            notes += self._set(folder / "memory.swap.max", swap, "swapped memory")
        # One program is ended, not the whole workspace.
        return notes + self._set(folder / "memory.oom.group", "0", "memory")
