"""What a session's processes take at a moment, as the kernel tells it of each.

Only sums over processes are to be had: a control group counts the whole workspace. Pages that
processes share are counted for each of them.
"""

import os
from typing import Final

MAX_PROCESSES: Final = 256
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICK_USEC: Final = 1_000_000 // os.sysconf("SC_CLK_TCK")
_READ_BYTES: Final = 4096
_USED: Final = slice(11, 15)
"""Of /proc/PID/stat behind the name: utime, stime, and the two of children that were waited for."""


def of_session(leader: int, *, with_leader: bool) -> tuple[int, int]:
    """Return (resident bytes, processor time in microseconds) of a process and all below it."""
    memory = used = 0
    left, seen = [leader], 0
    while left and seen < MAX_PROCESSES:
        pid = left.pop()
        seen += 1
        left += [int(child) for child in _words(f"/proc/{pid}/task/{pid}/children")]
        if pid == leader and not with_leader:
            continue
        pages = _words(f"/proc/{pid}/statm")
        memory += int(pages[1]) * _PAGE if len(pages) > 1 else 0
        times = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[_USED]
        used += sum(map(int, times)) * _TICK_USEC
    return memory, used


def _words(path: str) -> list[bytes]:
    return _read(path).split()


def _read(path: str) -> bytes:
    """Return what a file of /proc says, nothing for a process that has just ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _READ_BYTES)
    except OSError:
        return b""
    finally:
        os.close(fd)
