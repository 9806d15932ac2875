"""Keep the programs of a workspace from writing, let them again, and end who goes on.

Terminals, reading, deleting and shortening go on. A program inside can raise its own limit again,
and some ways to take space are no writing: hence `end_worst`, `end_all` and `end_sandbox`.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from ide.sandbox.disk import program
from ide.sandbox.inside import Inside, processes_below

END_SECONDS: Final = 2.0
_PASSES: Final = 10
"""Each pass sees what the one before missed: processes that began meanwhile."""
_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that was ended. `session` is its session's leader as seen from outside."""

    pid: int
    session: int
    name: str
    started_ticks: int


class Hold:
    """On the sandbox whose PID 1 is `root` and whose account is `uid`, None for our own.

    Not thread-safe. A child does it (`press`), as long as it runs; what it did outlives it.
    """

    def __init__(self, root: int, uid: int | None) -> None:
        self._root, self._uid = root, uid
        self._child: subprocess.Popen[bytes] | None = None
        self._releasing: subprocess.Popen[bytes] | None = None
        self._ticks: dict[_Identity, int] | None = None
        """What the kernel had done for each process when the hold began."""

    def press(self) -> None:
        """See to it that no process can write. Raises OSError when no child can be started."""
        if self._ticks is None:
            self._ticks = {_of(one): one.system_ticks for one in processes_below(self._root)}
        if self._child is None or self._child.poll() is not None:
            self._stop(self._releasing)
            self._child = program.start(
                "press", (self._root, "hold"), self._uid, stdin=subprocess.PIPE
            )

    def release(self) -> None:
        """Let every process write again but those that lost the right to. Raises OSError."""
        self._stop(self._child)
        self._stop(self._releasing)
        self._child = self._ticks = None
        self._releasing = program.start("press", (self._root, "release"), self._uid)

    def close(self) -> None:
        """End the children; the limits stay as they are."""
        self._stop(self._child)
        self._stop(self._releasing)

    @staticmethod
    def _stop(child: "subprocess.Popen[bytes] | None") -> None:
        """End a child at once, so that the next one does not meet it at its work."""
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.kill()
        with suppress(subprocess.TimeoutExpired):
            child.wait(END_SECONDS)
        if child.stdin is not None:
            child.stdin.close()

    def end_worst(self) -> list[Ended]:
        """End the program for which the kernel did most since the hold began, and what it started.

        Whoever makes files or fills them keeps the kernel busy; who computes does not.
        """
        processes = processes_below(self._root)
        if not (others := [one for one in processes if one.pid != self._root]):
            return []
        before = self._ticks or {}
        worst = max(others, key=lambda one: one.system_ticks - before.get(_of(one), 0))
        return self._end(lambda: processes_below(worst.pid) if worst.is_there() else [])

    def end_all(self) -> list[Ended]:
        """End every program, not the agent."""
        return self._end(lambda: [o for o in processes_below(self._root) if o.pid != self._root])

    def end_sandbox(self) -> list[Ended]:
        """End the agent, and with it everything: a program may have taken it over."""
        return _kill(one for one in processes_below(self._root) if one.pid == self._root)

    @staticmethod
    def _end(those: Callable[[], list[Inside]]) -> list[Ended]:
        """End what `those` returns. All are stopped first, so that none starts another."""
        stopped: set[_Identity] = set()
        for _ in range(_PASSES):
            running = [one for one in those() if _of(one) not in stopped]
            if not running:
                break
            for one in running:
                _send(one, signal.SIGSTOP)
                stopped.add(_of(one))
        return _kill(those())


def _of(process: Inside) -> _Identity:
    return process.pid, process.start_ticks


def _send(process: Inside, number: int) -> bool:
    """Signal this very process; return whether it was there."""
    with _handle(process) as fd:
        if fd is None:
            return False
        try:
            signal.pidfd_send_signal(fd, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def _kill(processes: Iterable[Inside]) -> list[Ended]:
    ended: dict[_Identity, Ended] = {}
    for one in processes:
        if _send(one, signal.SIGKILL):
            ended[_of(one)] = Ended(one.pid, one.session, one.name, one.start_ticks)
    return list(ended.values())


@contextmanager
def _handle(process: Inside) -> Iterator[int | None]:
    """Give a pidfd, None when this very process is gone. Its number may be another's by then."""
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        yield None
        return
    try:
        yield fd if process.is_there() else None
    finally:
        os.close(fd)
