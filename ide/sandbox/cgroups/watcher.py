"""Memory limits where the kernel holds none: look each second, and end the largest program.

Who belongs to a sandbox is told by descent from its PID 1, which nothing inside can leave; names
and accounts are not looked at.
"""

import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from ide.sandbox import inside
from ide.sandbox.cgroups.group import GroupUsage
from ide.sandbox.inside import Inside

LOOK_SECONDS: Final = 1.0
AGENT_BYTES: Final = 64 * 1024 * 1024
"""No agent takes as much unless a program has taken it over."""
_USEC_A_TICK: Final = 1_000_000 // os.sysconf("SC_CLK_TCK")
_log = structlog.get_logger()


@dataclass
class Watched:
    """One sandbox: its first process, and the bytes that it may take.

    With the first process all of it ends, so that is left alone unless nothing else helps.
    """

    root: Inside
    limit: int
    usage: GroupUsage = field(default_factory=GroupUsage)
    ended: set[tuple[int, int]] = field(default_factory=set)
    """Process id and start of what was ended and is still there: what is large goes slowly."""


class Watcher:
    """One thread for all sandboxes. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[str, Watched] = {}
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, name: str, pid: int, limit: int) -> None:
        """Hold what descends from `pid` to `limit` bytes of memory, 0 for none."""
        root = inside.look(pid)
        if root is None:
            return
        with self._lock:
            self._watched[name] = Watched(root, limit)
            self._wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
                self._thread.start()

    def limit(self, name: str, limit: int) -> None:
        """Give another limit to a sandbox that is watched."""
        with self._lock:
            if name in self._watched:
                self._watched[name].limit = limit

    def forget(self, name: str) -> None:
        """Look at it no longer."""
        with self._lock:
            self._watched.pop(name, None)
            if not self._watched:
                self._wanted.clear()

    def members(self, name: str) -> list[Inside]:
        """Return the processes of a sandbox, the first one first; none when that has ended."""
        with self._lock:
            watched = self._watched.get(name)
        return _members(watched.root) if watched else []

    def usage(self, name: str) -> GroupUsage:
        """Return what a sandbox takes now."""
        with self._lock:
            watched = self._watched.get(name)
        if watched is None:
            return GroupUsage()
        members = _members(watched.root)
        return self._note(watched, members, inside.memory_of(members))

    def look(self) -> None:
        """Look at every sandbox once, and end what is over its limit."""
        with self._lock:
            watched = [(name, one) for name, one in self._watched.items() if one.limit]
        for name, one in watched:
            members = _members(one.root)
            # Never less than the exact figure, which takes the kernel a walk through all memory.
            if sum(member.resident_bytes for member in members) > one.limit:
                self._hold(name, one, members)

    def _hold(self, name: str, one: Watched, members: list[Inside]) -> None:
        used = inside.memory_of(members)
        self._note(one, members, used)
        one.ended &= {(member.pid, member.start_ticks) for member in members}
        is_last = one.root.pid
        for member in sorted(members, key=lambda it: (it.pid == is_last, -it.resident_bytes)):
            if used <= one.limit:
                return
            size = inside.memory_of([member])
            if member.pid == is_last and size <= max(one.limit, AGENT_BYTES):
                return
            if kill(member):
                used -= size
                self._count(name, one, member, size)

    def _count(self, name: str, one: Watched, member: Inside, size: int) -> None:
        """Count the end of a program, unless it was ended at the last look and is still there."""
        identity = member.pid, member.start_ticks
        if identity not in one.ended:
            one.ended.add(identity)
            _log.warning("memory limit: program ended", group=name, bytes=size)
            with self._lock:
                one.usage = replace(one.usage, oom_kills=one.usage.oom_kills + 1)

    def _note(self, one: Watched, members: list[Inside], used: int) -> GroupUsage:
        cpu_usec = sum(member.cpu_ticks for member in members) * _USEC_A_TICK
        with self._lock:
            one.usage = replace(
                one.usage,
                memory_used=used,
                memory_peak=max(used, one.usage.memory_peak),
                cpu_usec=max(cpu_usec, one.usage.cpu_usec),
                processes=sum(member.threads for member in members),
            )
            return one.usage

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wanted.wait()
            try:
                self.look()
            except Exception:  # noqa: BLE001 - limits must not end with one bad look
                _log.exception("looking at memory failed")
            pause.wait(LOOK_SECONDS)


def _members(root: Inside) -> list[Inside]:
    """Return the processes of a sandbox, none when its first one is another by now."""
    return inside.processes_below(root.pid) if root.is_there() else []


def kill(member: Inside) -> bool:
    """SIGKILL that very process; return whether it was there."""
    with suppress(OSError):
        fd = os.pidfd_open(member.pid)
        try:
            if member.is_there():  # the handle first: what is compared is what is held
                signal.pidfd_send_signal(fd, signal.SIGKILL)
                return True
        finally:
            os.close(fd)
    return False
