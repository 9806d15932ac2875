"""The processes of a sandbox as /proc shows them from outside, and what they use.

What programs call themselves is theirs to choose: names are for people only.
"""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

MAX_PROCESSES: Final = 4096
"""More of them are not looked at: no plan allows as many."""
PSS_SECONDS: Final = 0.2
"""Reading how much is shared takes the kernel long for large processes: then it is estimated.

In time of the processor: a wait for that must not lead to the estimate, which counts what forks
share for each of them.
"""
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_MAX_READ_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Inside:
    """One process. `session` is the id of its session as seen from outside.

    `cpu_ticks` are its own and those of children that it waited for, `system_ticks` what of them
    the kernel worked for it; `resident_bytes` counts shared pages in full. The limit of processes
    counts `threads`.
    """

    pid: int
    parent: int
    session: int
    start_ticks: int
    name: str
    cpu_ticks: int
    resident_bytes: int
    system_ticks: int = 0
    threads: int = 1

    def is_there(self) -> bool:
        """Whether this very process still runs."""
        now = look(self.pid)
        return now is not None and now.start_ticks == self.start_ticks


def processes_below(root: int) -> list[Inside]:
    """Return `root` and everything below it: for PID 1 of a sandbox that is all of the sandbox."""
    found: dict[int, Inside] = {}
    todo = [root]
    while todo and len(found) < MAX_PROCESSES:
        pid = todo.pop()
        if pid not in found and (process := look(pid)):
            found[pid] = process
            todo += _children(pid)
    return list(found.values())


def memory_of(processes: Iterable[Inside]) -> int:
    """Return how many bytes they hold together, shared pages counted once among their holders.

    Largest first, for PSS_SECONDS; of those that are left, all but files and shared memory.
    """
    total, deadline = 0, time.thread_time() + PSS_SECONDS
    for process in sorted(processes, key=lambda one: -one.resident_bytes):
        exact = _pss_bytes(process.pid) if time.thread_time() < deadline else None
        total += _unshared_bytes(process.pid) if exact is None else exact
    return total


def look(pid: int) -> Inside | None:
    """Return what /proc says of one process, None when it has ended."""
    try:
        stat = _read(f"/proc/{pid}/stat")
    except OSError:
        return None
    # The name in parentheses may hold anything; fields are counted behind it.
    before, _, after = stat.rpartition(b")")
    fields = after.split()
    return Inside(
        pid=pid,
        parent=int(fields[1]),
        session=int(fields[3]),
        start_ticks=int(fields[19]),
        name=before.partition(b"(")[2].decode("utf-8", "replace"),
        cpu_ticks=sum(map(int, fields[11:15])),
        resident_bytes=max(0, int(fields[21])) * _PAGE_BYTES,
        system_ticks=int(fields[12]) + int(fields[14]),
        threads=max(1, int(fields[17])),  # 0 in a zombie
    )


def written_bytes(pid: int) -> int:
    """Return what the threads of a process, not its children, had to be written to disks.

    Also through memory; files in memory do not count. 0 where the kernel does not say it to us.
    """
    written = 0
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with suppress(OSError):
                told = _read(f"/proc/{pid}/task/{thread}/io").partition(b"\nwrite_bytes:")[2]
                written += int(told.split(maxsplit=1)[0]) if told else 0
    return written


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - hundreds of times a second
            with suppress(OSError):
                children += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return children


def _pss_bytes(pid: int) -> int | None:
    """Return the proportional share, None when the kernel does not say it to us."""
    try:
        text = _read(f"/proc/{pid}/smaps_rollup")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return 0  # a zombie has no memory any more


def _unshared_bytes(pid: int) -> int:
    try:
        resident, shared = map(int, _read(f"/proc/{pid}/statm").split()[1:3])
    except (OSError, ValueError):
        return 0
    return max(0, resident - shared) * _PAGE_BYTES


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, _MAX_READ_BYTES)
    finally:
        os.close(fd)
