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
from ide.sandbox.inside import Inside, processes_below, written_bytes

END_SECONDS: Final = 2.0
_PASSES: Final = 10
"""Each pass sees what the one before missed: processes that began meanwhile."""
WRITTEN_BYTES: Final = 1024 * 1024
"""Who had less written to the disk is not told from others by it."""
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
        self._done: dict[_Identity, tuple[int, int]] | None = None
        """What each process had written, in bytes, and the kernel's ticks for it, at first."""

    def press(self) -> None:
        """See to it that no process can write. Raises OSError when no child can be started."""
        if self._done is None:
            self.look_anew()
        if self._child is None or self._child.poll() is not None:
            self._stop(self._releasing)
            self._child = program.start(
                "press", (self._root, "hold"), self._uid, stdin=subprocess.PIPE
            )

    def release(self) -> None:
        """Let every process write again but those that lost the right to. Raises OSError."""
        self._stop(self._child)
        self._stop(self._releasing)
        self._child = self._done = None
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

    def look_anew(self) -> None:
        """Blame nobody for what was done before this.

        Who waited for a program that was ended has its ticks from then on.
        """
        self._done = {_of(one): _done_by(one) for one in processes_below(self._root)}

    def end_worst(self, *, space_grew: bool) -> list[Ended]:
        """End the program that did most since the hold began, or `look_anew`, and what it started.

        When `space_grew`, who had most written: on a busy machine who fills files gets few ticks
        of the kernel, and who computes as many. Else, or when nobody wrote, for whom the kernel did
        most: whoever makes files keeps it busy.
        """
        processes = processes_below(self._root)
        if not (others := [one for one in processes if one.pid != self._root]):
            return []
        worst = max(others, key=lambda one: self._did(one, space_grew=space_grew))
        return self._end(lambda: processes_below(worst.pid) if worst.is_there() else [])

    def _did(self, one: Inside, *, space_grew: bool) -> tuple[int, int]:
        """Return what it has written, in bytes, if that is what counts, and the kernel's ticks."""
        before, now = (self._done or {}).get(_of(one), (0, 0)), _done_by(one)
        written = now[0] - before[0]
        return written if space_grew and written >= WRITTEN_BYTES else 0, now[1] - before[1]

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


def _done_by(process: Inside) -> tuple[int, int]:
    return written_bytes(process.pid), process.system_ticks


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
