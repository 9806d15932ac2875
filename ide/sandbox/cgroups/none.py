"""A group where the kernel gives us none: the agent's own limits, and the watcher for memory."""

import time
from typing import Final

from ide.guard.plan import Plan
from ide.sandbox.cgroups.group import KILL_SECONDS, Group, GroupUsage
from ide.sandbox.cgroups.watcher import Watcher, kill

NICENESS: Final = 10
_PAUSE_SECONDS: Final = 0.005


class NoGroup(Group):
    """Known from `started` on by its first process. `name` is one of the watcher's."""

    def __init__(self, watcher: Watcher, name: str) -> None:
        self.enforced = {"memory": "watcher", "cpu": "none", "processes": "rlimit"}
        self._watcher = watcher
        self._name = name

    def apply(self, plan: Plan) -> tuple[str, ...]:
        """Have the watcher know the limit of memory; see Group."""
        self._watcher.limit(self._name, plan.memory_bytes)
        if plan.cpu_percent:
            return ("Processor time cannot be limited here; programs run after others.",)
        return ()

    def words(self) -> list[str]:
        """Return the words in front of a command: it runs after others."""
        return ["nice", "-n", str(NICENESS), "--"]

    def enter_files(self) -> list[str]:
        """Return none."""
        return []

    def started(self, pid: int, plan: Plan) -> None:
        """Take note of the first process: whatever descends from it is watched."""
        self._watcher.watch(self._name, pid, plan.memory_bytes)

    def pids(self) -> list[int]:
        """Return the first process and its descendants."""
        return [one.pid for one in self._watcher.members(self._name)]

    def usage(self) -> GroupUsage:
        """Return what they take now."""
        return self._watcher.usage(self._name)

    def reclaim(self) -> int:
        """Return 0: only the kernel's groups can be told."""
        return 0

    def kill(self, seconds: float = KILL_SECONDS) -> bool:
        """End every process, the first one at the head: with it the kernel ends the others."""
        deadline = time.monotonic() + seconds
        while members := self._watcher.members(self._name):
            if time.monotonic() >= deadline:
                return False
            for member in members:
                kill(member)
            time.sleep(_PAUSE_SECONDS)
        return True

    def remove(self, seconds: float = KILL_SECONDS) -> bool:  # noqa: ARG002 - nothing waits
        """Have it watched no longer."""
        self._watcher.forget(self._name)
        return True
