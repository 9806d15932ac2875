"""What each console's engine is at, kept where the death of this process does not lose it.

A native engine that crashes takes the keeper along. So before the engine gets work, that is noted
in a mapped file; a successor that finds the note, and traces of a fault, counts it against that
work. Work that crashed before is done alone, so that consoles that happened to be busy at the same
time are cleared; work that crashed twice convicts, and its console goes on with the log engine.
"""

import contextlib
import enum
import faulthandler
import mmap
import os
import signal
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CRASHES: Final = 2
"""So many times the same work may crash the native engine."""
_FILE: Final = "feeding"
_NOTES: Final = struct.Struct(">BBQIBQI")
_BYTES: Final = 64
_alone: Final = threading.Lock()


class Work(enum.IntEnum):
    """What an engine is asked to do."""

    NOTHING = 0
    FEED = 1
    RESTORE = 2
    RESIZE = 3
    SNAPSHOT = 4
    CHECKPOINT = 5
    COMPRESS = 6


class Suspicion:
    """The notes of one console. While the disk is full they are lost with this process."""

    def __init__(self, folder: Path) -> None:
        try:
            self._map = _mapped(folder / _FILE)
        except OSError:
            self._map = mmap.mmap(-1, _BYTES)
        self._read()

    def _read(self) -> None:
        notes: tuple[int, ...] = _NOTES.unpack_from(self._map)
        now, self.crashes, offset, size, suspect, at, length = notes
        self._now = (now, offset, size)
        self._suspect = (suspect, at, length)

    def _write(self) -> None:
        now, offset, size = self._now
        _NOTES.pack_into(self._map, 0, now, self.crashes, offset, size, *self._suspect)

    @property
    def convicted(self) -> bool:
        """Whether the native engine may not be used for this console any more."""
        return self.crashes >= CRASHES

    @contextlib.contextmanager
    def during(self, work: Work, offset: int, size: int = 0) -> Iterator[None]:
        """Note that the engine is at `work` at `offset` of the output, and that it came back."""
        now = (int(work), offset, size)
        suspected = 0 < self.crashes < CRASHES and _same(now, self._suspect)
        with _alone if suspected else contextlib.nullcontext():
            self._now = now
            self._write()
            try:
                yield
            finally:
                self._now = (Work.NOTHING, 0, 0)
                if suspected and _passed(now, self._suspect):
                    self.crashes = 0
                self._write()

    def blame(self, *, fault: bool) -> None:
        """After the death of the process that wrote the note: count it if it died of a fault."""
        if self._now[0] == Work.NOTHING:
            return
        if fault and not self.convicted:
            self.crashes = self.crashes + 1 if _same(self._now, self._suspect) else 1
            self._suspect = self._now
        self._now = (Work.NOTHING, 0, 0)
        self._write()

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()


def _mapped(path: Path) -> mmap.mmap:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        # Writing into a hole of a full disk would be a fault of its own.
        os.posix_fallocate(fd, 0, _BYTES)
        return mmap.mmap(fd, _BYTES)
    finally:
        os.close(fd)


def _same(now: tuple[int, int, int], before: tuple[int, int, int]) -> bool:
    """Whether two notes are of the same work; chunks of output need only overlap."""
    if now[0] != before[0] or now[0] != Work.FEED:
        return now[0] == before[0]
    return now[1] < before[1] + before[2] and before[1] < now[1] + now[2]


def _passed(now: tuple[int, int, int], suspect: tuple[int, int, int]) -> bool:
    """Whether `now` reached the end of what was suspected."""
    return now[0] != Work.FEED or now[1] + now[2] >= suspect[1] + suspect[2]


def watch(path: Path, consoles: Path) -> bool:
    """Blame the consoles that a predecessor's fault left behind, and note our own from now on.

    Returns whether there was a fault: the interpreter wrote its trace into `path`. Call it once,
    before any engine runs. Raises OSError.
    """
    fault = path.exists() and path.stat().st_size > 0
    for note in sorted(consoles.glob(f"*/{_FILE}")):
        suspicion = Suspicion(note.parent)
        suspicion.blame(fault=fault)
        suspicion.close()
    trace = path.open("wb", buffering=0)
    faulthandler.enable(trace, all_threads=False)
    # On ARM a failed check of the engine traps, which is not among those enabled.
    faulthandler.register(signal.SIGTRAP, trace, all_threads=False, chain=True)
    return fault
