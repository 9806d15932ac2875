"""What has a terminal's foreground, as the kernel knows it: its command line, and since when.

Programs choose what their command line reads, so the text is cleaned and bounded as a title is.
"""

import os
import time
from dataclasses import dataclass
from typing import Any, Final

from ide.keeper.signals import clean_title

_MAX_READ_BYTES: Final = 4096
_FIRST_FIELD, _START_TIME = 3, 22
"""Fields of /proc/PID/stat by their numbers in proc(5); the first is the one behind the name."""
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Ran:
    """A process group that had the foreground, and when it was seen there last, in loop time."""

    group: int
    command: str
    seen: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What leads a process group. `began` in seconds since the machine started, by whole ticks."""

    command: str
    began: float


def seen_leading(group: int, leader: int) -> Seen | None:
    """Return the program that leads the process group `group`.

    `command` is one line without the path of the program, "" for a part of the shell `leader` that
    runs nothing else (a subshell). None when the kernel does not say: it has just ended, or /proc
    hides what belongs to other accounts.
    """
    try:
        words = _words(group)
        stat = _read(f"/proc/{group}/stat").rpartition(b")")[2].split()
        began = int(stat[_START_TIME - _FIRST_FIELD]) / _TICKS_A_SECOND
        same = words == _words(leader)
    except (OSError, IndexError, ValueError):
        return None
    line = "" if same else b" ".join([words[0].rpartition(b"/")[2], *words[1:]])
    return Seen(clean_title(os.fsdecode(line)), began)


def foreground_of(group: int, leader: int) -> dict[str, Any] | None:
    """Return `{command, started}` of `seen_leading`; `started` in seconds since the epoch."""
    seen = seen_leading(group, leader)
    if seen is None:
        return None
    ago = time.clock_gettime(time.CLOCK_BOOTTIME) - seen.began
    return {"command": seen.command, "started": time.time() - max(0.0, ago)}


def _words(pid: int) -> list[bytes]:
    return _read(f"/proc/{pid}/cmdline").rstrip(b"\0").split(b"\0")


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, _MAX_READ_BYTES)
    finally:
        os.close(fd)
