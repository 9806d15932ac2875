"""Output that reaches no disk: since when and why, and the bounded piece of it kept in memory."""

import ctypes
import os
from dataclasses import dataclass, field
from typing import Final

from ide.keeper.segments import OpenFile, Segment

MEMORY_BYTES: Final = 4 * 1024 * 1024
"""How much unrecorded output is kept for viewers."""
_KEEP_SIZE: Final = 1
_PUNCH_HOLE: Final = 2
_BLOCK: Final = 4096

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """From this offset on nothing is recorded; `why` is `disk`, `low`, `folder` or `never`.

    `at` is when that began, in seconds since the epoch.
    """

    offset: int
    why: str
    at: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """What a keeper had in memory went with it: all from this offset on, under this epoch."""

    offset: int
    epoch: str


def begin(first: int) -> Segment:
    """Return a growing segment that no disk holds; positions are offsets, so it is sparse."""
    fd = os.memfd_create("output", os.MFD_CLOEXEC)
    return Segment(first, None, None, 0, file=OpenFile(fd))


def kept_from(memory: Segment, start: int, head: int) -> int:
    """Return from where on [start, head) is kept: less than twice MEMORY_BYTES in memory."""
    first = (head - MEMORY_BYTES) // _BLOCK * _BLOCK
    return first if first > max(start, memory.first) + MEMORY_BYTES else start


def let_go(memory: Segment) -> None:
    """Give back the memory of what lies before the segment. Raises OSError."""
    if _libc.fallocate(memory.fileno(), _PUNCH_HOLE | _KEEP_SIZE, 0, memory.first):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
