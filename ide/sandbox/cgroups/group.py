"""What a group of processes is to the rest of the server: limits, figures, an end."""

import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ide.errors import SandboxError
from ide.guard.plan import Plan
from ide.sandbox.cgroups.tree import Tree

Means = Literal["cgroup", "watcher", "rlimit", "none"]
KILL_SECONDS: Final = 5.0
"""For the kernel to end what was killed: a process that waits for a disk goes last."""
RESERVE: Final = 16
"""Processes above the plan's number: agent, file worker, and a console to clean up from."""
_PAUSE_SECONDS: Final = 0.005
_MAX_HANDLES: Final = 256
"""So many processes are ended at a time: each takes a descriptor for that moment."""
_ENTER: Final = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class GroupUsage:
    """What a group takes now. Bytes, microseconds since it was made, counts.

    `memory_used` is without what the kernel gives back by itself (unused file cache);
    `memory_peak` is the kernel's own and has it. `processes` counts threads too, as the limit
    does. `oom_kills` counts programs that the memory limit ended, `refused_forks` how often the
    limit of processes refused one (0 where there are no groups).
    """

    memory_used: int = 0
    memory_peak: int = 0
    cpu_usec: int = 0
    throttled_usec: int = 0
    processes: int = 0
    oom_kills: int = 0
    refused_forks: int = 0


class Group(ABC):
    """One group. Its folders are made by `apply`; methods on one that is gone do nothing."""

    enforced: dict[str, Means]
    """What holds `memory`, `cpu` and `processes` here."""

    @abstractmethod
    def apply(self, plan: Plan) -> tuple[str, ...]:
        """Make the group if need be and give it the limits; return sentences on what failed.

        Also for a group that runs. A limit below what is used now is not set, since that would
        kill; the sentence says so. Raises SandboxError when there can be no group.
        """

    @abstractmethod
    def words(self) -> list[str]:
        """Return the words in front of a command that put it into the group before it starts."""

    @abstractmethod
    def enter_files(self) -> list[str]:
        """Return the files to which a process writes "0" to enter, for one that is forked."""

    @abstractmethod
    def started(self, pid: int, plan: Plan) -> None:
        """Hold this process and all below it to the plan, where no kernel does."""

    @abstractmethod
    def pids(self) -> list[int]:
        """Return the processes in it."""

    @abstractmethod
    def usage(self) -> GroupUsage:
        """Return what it takes now."""

    @abstractmethod
    def reclaim(self) -> int:
        """Have the kernel give back the caches of the group; return how many bytes became free."""

    @abstractmethod
    def kill(self, seconds: float = KILL_SECONDS) -> bool:
        """End every process in it at once; return whether none is left after `seconds`."""

    @abstractmethod
    def remove(self, seconds: float = KILL_SECONDS) -> bool:
        """Remove the empty group; return whether it is gone after `seconds`."""


class KernelGroup(Group):
    """What both versions of control groups have in common: `folders`, one a hierarchy."""

    def __init__(self, tree: Tree, folders: Sequence[Path], enforced: dict[str, Means]) -> None:
        self._tree = tree
        self._folders = tuple(folders)
        self.enforced = enforced

    def words(self) -> list[str]:
        """Return the words in front of a command: it enters, or does not start at all."""
        return ["/bin/sh", "-c", _ENTER, "enter", *self.enter_files(), "--"]

    def enter_files(self) -> list[str]:
        """Return the files to which a process writes "0" to enter."""
        return [str(folder / "cgroup.procs") for folder in self._folders]

    def started(self, pid: int, plan: Plan) -> None:
        """Do nothing: the kernel knows who is in."""

    def pids(self) -> list[int]:
        """Return the processes in any of its folders."""
        found: set[int] = set()
        for folder in self._folders:
            with suppress(OSError):
                found.update(map(int, self._tree.read(folder / "cgroup.procs").split()))
        return sorted(found - {0})

    def remove(self, seconds: float = KILL_SECONDS) -> bool:
        """Remove every folder, waiting up to `seconds` for processes that are just ending."""
        deadline = time.monotonic() + seconds
        left = list(self._folders)
        while True:
            left = [folder for folder in left if not self._removed(folder)]
            if not left or time.monotonic() >= deadline:
                return not left
            time.sleep(_PAUSE_SECONDS)

    def _removed(self, folder: Path) -> bool:
        try:
            self._tree.remove(folder)
        except OSError:
            return False
        return True

    def _make(self) -> None:
        try:
            for folder in self._folders:
                self._tree.make(folder)
        except OSError as error:
            raise SandboxError(
                f"The limits of the workspace cannot be set: {error.strerror or error}"
                f" ({error.filename})."
            ) from error

    def _set(self, file: Path, value: str, what: str) -> tuple[str, ...]:
        """Write a limit; return a sentence when the kernel refuses it."""
        try:
            self._tree.write(file, value)
        except OSError as error:
            return (f"The limit of {what} was not set: {error.strerror or error}.",)
        return ()

    def _number(self, file: Path) -> int:
        """Return the number in a file, 0 when it is not there or says no number."""
        with suppress(OSError, ValueError):
            return int(self._tree.read(file))
        return 0

    def _field(self, file: Path, name: str) -> int:
        """Return the number behind `name` in a file of lines, 0 when there is none."""
        with suppress(OSError, ValueError):
            for line in self._tree.read(file).splitlines():
                key, _, value = line.partition(" ")
                if key == name:
                    return int(value)
        return 0

    def _kill_each(self, seconds: float) -> bool:
        """SIGKILL whatever is in until nothing is, for at most `seconds`."""
        deadline = time.monotonic() + seconds
        while self.pids():
            self._signal_all()
            if time.monotonic() >= deadline:
                return not self.pids()
            time.sleep(_PAUSE_SECONDS)
        return True

    def _signal_all(self) -> None:
        """SIGKILL what is in, by handles: a number may mean another process a moment later."""
        pids = self.pids()
        for start in range(0, len(pids), _MAX_HANDLES):
            with ExitStack() as handles:
                opened: dict[int, int] = {}
                for pid in pids[start : start + _MAX_HANDLES]:
                    with suppress(ProcessLookupError):
                        opened[pid] = os.pidfd_open(pid)
                        handles.callback(os.close, opened[pid])
                # What is still in by now is what the handle holds.
                for pid in opened.keys() & set(self.pids()):
                    with suppress(ProcessLookupError, PermissionError):
                        signal.pidfd_send_signal(opened[pid], signal.SIGKILL)


def in_use(limit: int) -> str:
    """Return the sentence for a limit of memory below what is taken now."""
    return (
        f"More than {limit >> 20} MiB of memory are in use, so the lower limit holds from the next"
        " start on."
    )
