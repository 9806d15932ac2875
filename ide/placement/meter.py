"""What one workspace uses against its plan, and what its limits have ended.

Nobody can make measuring expensive: whoever asks, it happens at most twice a second.
"""

import threading
import time
from typing import Any, Final

from ide.guard.plan import Plan
from ide.placement.machine import Machine
from ide.placement.workspace_sandbox import WorkspaceSandbox
from ide.sandbox import inside
from ide.sandbox.cgroups import RESERVE, GroupUsage
from ide.sandbox.inside import Inside

FRESH_SECONDS: Final = 0.5
MAX_VICTIMS: Final = 4


class Meter:
    """Measures one workspace. Thread-safe."""

    def __init__(self, machine: Machine, workspace: str, sandbox: WorkspaceSandbox) -> None:
        self._machine, self._workspace, self._sandbox = machine, workspace, sandbox
        self._lock = threading.Lock()
        self._answer: dict[str, Any] | None = None
        self._seen: dict[int, Inside] = {}
        """The processes that the measurement before saw."""
        self._kills = _Rising()
        self._victims: list[dict[str, Any]] = []

    def usage(self) -> dict[str, Any]:
        """Return what `usage` answers, measured now unless that was done a moment ago."""
        with self._lock:
            now = time.monotonic()
            if self._answer is None or now - self._answer["clock"] >= FRESH_SECONDS:
                self._answer = {"clock": now, **self._measure()}
            return self._answer

    def _measure(self) -> dict[str, Any]:
        sandbox, disks, workspace = self._sandbox, self._machine.disks, self._workspace
        plan, running, ceilings = sandbox.plan, sandbox.is_running(), self._machine.ceilings
        found = sandbox.group_usage()
        processes = self._processes() if running else {}
        if self._kills.rose_to(found.oom_kills):
            self._remember_victim(processes)
        self._seen = processes
        used = found if running else GroupUsage()
        return {
            "running": running,
            "plan": plan.name,
            "level": self._machine.probe().level,
            "memory": {
                "used": used.memory_used, "limit": plan.memory_bytes, "peak": used.memory_peak,
            },
            "cpu": {
                "usec": used.cpu_usec, "throttled_usec": used.throttled_usec,
                "limit": plan.cpu_percent,
            },
            "processes": {"used": of_programs(used.processes, plan), "limit": plan.processes},
            "disk": disks.state(workspace),
            "enforced": {**sandbox.group.enforced, "disk": disks.enforced(workspace)},
            "notes": [*(sandbox.notes if running else ()), *disks.notes(workspace)],
            "ceilings": [
                name for name, most in ceilings.items() if most and getattr(plan, name) == most
            ],
            "kills": self._kills.total,
            "victims": self._victims,
            "disk_kills": disks.kills(workspace),
        }  # fmt: skip

    def _processes(self) -> dict[int, Inside]:
        found = map(inside.look, self._sandbox.group.pids()[: inside.MAX_PROCESSES])
        return {one.pid: one for one in found if one}

    def _remember_victim(self, now: dict[int, Inside]) -> None:
        """Take the largest of those that have gone since the last look: limits end that one."""
        gone = [one for pid, one in self._seen.items() if pid not in now and not one.is_there()]
        if not gone:
            return
        victim = max(gone, key=lambda one: one.resident_bytes)
        told = {
            "number": self._kills.total,
            "session": victim.session,
            "name": victim.name,
            "started_ticks": victim.start_ticks,
        }
        self._victims = [*self._victims[1 - MAX_VICTIMS :], told]


def of_programs(count: int, plan: Plan) -> int:
    """Return the count of processes without what the agent may have above the plan's number."""
    limit = plan.processes
    return limit if 0 < limit < count <= limit + RESERVE else count


class _Rising:
    """A count that goes on where another sandbox, or its group, begins to count anew."""

    def __init__(self) -> None:
        self.total = self._before = self._last = 0

    def rose_to(self, count: int) -> bool:
        """Take note of the newest count; return whether the total rose."""
        if count < self._last:
            self._before += self._last
        total, self._last = self._before + count, count
        rose, self.total = total > self.total, total
        return rose
