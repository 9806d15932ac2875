"""The log of one console: every byte it printed, at its offset, before anybody sees it.

It lies in segments (`ide.keeper.segments`), of which one grows. When the disk takes no bytes, or
shall not, they go to memory, bounded, so that the program is not stopped; `unrecorded` says so. An
empty file `whole` is in the folder for as long as no byte went unrecorded: its removal needs no
room on a full disk, and a successor that misses it begins a new epoch.
"""

import contextlib
import ctypes
import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ide.keeper import segments
from ide.keeper.segments import Segment
from ide.keeper.shelf import Shelf

MEMORY_BYTES: Final = 4 * 1024 * 1024
"""How much unrecorded output is kept for viewers."""
SEGMENT_BYTES: Final = 8 * 1024 * 1024
_MIN_SEGMENT_BYTES: Final = 64 * 1024
_SEGMENTS_PER_CAP: Final = 32
_PROBE_BYTES: Final = 1024 * 1024
_KEEP_SIZE: Final = 1
_PUNCH_HOLE: Final = 2
_BLOCK: Final = 4096
_READ_BYTES: Final = 64 * 1024
_WHOLE: Final = "whole"

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


def _punch(fd: int, length: int) -> None:
    if _libc.fallocate(fd, _PUNCH_HOLE | _KEEP_SIZE, 0, length):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """From this offset on nothing is recorded; `why` is `disk`, `low`, `folder` or `never`.

    `at` is when that began, in seconds since the epoch.
    """

    offset: int
    why: str
    at: float = field(compare=False)


class OutputLog:
    """Bytes [start, head) of one console without a gap, and older ones, perhaps with gaps between.

    For the loop alone, except `read`. Nothing here raises for a full or broken disk.
    """

    def __init__(
        self,
        folder: Path,
        cap_bytes: int,
        *,
        clock: Callable[[], float] = time.time,
        never: bool = False,
    ) -> None:
        """`clock` gives seconds since the epoch; with `never` nothing is written to the disk."""
        self.folder, self.cap_bytes, self._clock = folder, cap_bytes, clock
        self.segment_bytes = max(
            _MIN_SEGMENT_BYTES, min(SEGMENT_BYTES, cap_bytes // _SEGMENTS_PER_CAP)
        )
        self.splicing = True
        """False once this file system refused splice and bytes are copied."""
        self.unrecorded: Unrecorded | None = None
        self.whole = False
        """Whether no byte went unrecorded since the epoch began."""
        self._unread = False
        self.shelf = Shelf(self._found())
        last = self.shelf.last()
        self.head = (last and last.end) or 0
        self._growing = self._begin(never=never)
        self.shelf.add(self._growing)
        self.start = self.shelf.unbroken_from

    def _found(self) -> list[Segment]:
        with contextlib.suppress(OSError):  # on a full disk: nothing is in it yet
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            found = segments.scan(self.folder)
            marked = (self.folder / _WHOLE).exists()
        except FileNotFoundError:
            return []
        except OSError:
            self._unread = True
            return []
        earlier_version = any(one.path and one.path.name == segments.OLD_LOG for one in found)
        self.whole = marked or earlier_version
        return found

    def _begin(self, *, never: bool) -> Segment:
        """Go on with the newest raw segment, else with a new one, else in memory."""
        if never:
            return self._to_memory("never")
        if self._unread:
            return self._to_memory("disk")
        last = self.shelf.last()
        goes_on = last is not None and last.path is not None and last.path.suffix == ".raw"
        try:
            first = last.first if last and goes_on else self.head
            grown = segments.begin(self.folder, first, self.head)
        except OSError:
            return self._to_memory("disk")
        if goes_on:
            self.shelf.take_last()
        if self.whole:
            self.mark_whole()
        return grown

    def mark_whole(self) -> None:
        """Write down that the epoch, which the journal has by now, has no gap."""
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            os.close(os.open(self.folder / _WHOLE, flags, 0o600))
        except OSError:
            return  # a successor begins a new epoch without need
        self.whole = True

    @property
    def recording(self) -> bool:
        """Whether bytes reach the disk."""
        return self.unrecorded is None

    @property
    def size_bytes(self) -> int:
        """How much can be read without a gap."""
        return self.head - self.start

    @property
    def grown_bytes(self) -> int:
        """How long the growing segment is, 0 while nothing is recorded."""
        return self.head - self._growing.first if self.recording else 0

    @property
    def disk_bytes(self) -> int:
        """What the log takes on the disk, without the file system's own."""
        return self.shelf.kept_bytes + self.grown_bytes

    @property
    def wants_packing(self) -> bool:
        """Whether so much waits to be compressed that it should not wait for a quiet moment."""
        return self.shelf.unpacked_bytes() >= self.cap_bytes // 4

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`; may be shorter, never crosses a segment."""
        return self.shelf.read(offset, size)

    # Writing.

    def take(self, pipe: int, limit: int) -> int:
        """Move at most `limit` bytes from a pipe to the end of the log; 0 when the pipe is empty.

        Never raises for a full disk: `unrecorded` says so instead.
        """
        while True:
            try:
                return self._move(pipe, limit)
            except BlockingIOError:
                return 0
            except OSError:
                if not self.recording:
                    raise
                self.stop("disk")

    def _move(self, pipe: int, limit: int) -> int:
        target = self._growing
        if self.splicing:
            try:
                moved = os.splice(
                    pipe, target.fileno(), limit, offset_dst=self.head - target.base,
                    flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK,
                )  # fmt: skip
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self.splicing = False
            else:
                self.head += moved
                return moved
        data = os.read(pipe, min(limit, _READ_BYTES))
        self.append(data)
        return len(data)

    def append(self, data: bytes) -> None:
        """Write bytes at the end: the keeper's own words, or what cannot be spliced."""
        while data:
            target = self._growing
            try:
                done = os.pwrite(target.fileno(), data, self.head - target.base)
            except OSError:
                if not self.recording:
                    raise
                self.stop("disk")
                continue
            self.head += done
            data = data[done:]

    # Segments.

    @property
    def segment_is_full(self) -> bool:
        """Whether it is time to rotate."""
        return self.grown_bytes >= self.segment_bytes

    def rotate(self) -> None:
        """Close the growing segment and begin another; where that fails go on with this one."""
        if not self.grown_bytes:
            return
        try:
            fresh = segments.begin(self.folder, self.head, self.head)
        except FileNotFoundError:
            self.stop("folder")
            return
        except OSError:
            return
        self._put_up(fresh)

    def _put_up(self, fresh: Segment) -> None:
        self.shelf.close_last(self.head, self._clock())
        self.shelf.add(fresh)
        self._growing = fresh

    def drop_oldest(self, keep_from: int) -> bool:
        """Give up the oldest segment if it is closed and ends before `keep_from`."""
        oldest = self.shelf.oldest_closed()
        if oldest is None or oldest.end is None or oldest.end > keep_from:
            return False
        self.shelf.drop(oldest)
        self.start = max(self.start, oldest.end)
        return True

    def trim_memory(self) -> None:
        """Bound what is only in memory, while nothing is recorded."""
        first = (self.head - MEMORY_BYTES) // _BLOCK * _BLOCK
        if self.recording or first <= max(self.start, self._growing.first) + MEMORY_BYTES:
            return
        _punch(self._growing.fileno(), first)
        self.start = first

    # Stopping and going on.

    def stop(self, why: str) -> None:
        """Record no more from here on, for one of the reasons of Unrecorded."""
        if self.unrecorded:
            self.unrecorded = replace(self.unrecorded, why=why)
            return
        memory = self._to_memory(why)
        if why == "folder":
            self.shelf.lose_files()
            self.start = max(self.start, self.shelf.oldest)
        self._put_up(memory)

    def _to_memory(self, why: str) -> Segment:
        self.unrecorded = Unrecorded(self.head, why, self._clock())
        with contextlib.suppress(OSError):
            (self.folder / _WHOLE).unlink(missing_ok=True)
        self.whole = False
        return segments.begin_in_memory(self.head)

    def record_again(self) -> bool:
        """Go back to the disk if it takes bytes; then begin a new epoch and `mark_whole`."""
        if self.recording:
            return True
        if self._unread:
            return False  # nobody knows which offsets are taken: the next keeper tries again
        try:
            self._probe()
            fresh = segments.begin(self.folder, self.head, self.head)
        except OSError:
            return False
        self._put_up(fresh)
        self.start = self.head
        self.unrecorded = None
        return True

    def _probe(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = self.folder / segments.PROBE
        try:
            probe.write_bytes(bytes(_PROBE_BYTES))
        finally:
            probe.unlink(missing_ok=True)

    def is_in_place(self) -> bool:
        """Whether the file that is written to still has its name, so that a successor finds it."""
        growing = self._growing
        if growing.path is None:
            return True
        try:
            return os.path.samestat(growing.path.stat(), os.fstat(growing.fileno()))
        except OSError:
            return False

    def close(self) -> None:
        """Let go of the files; who still reads one closes it."""
        self.shelf.clear()
        self._growing = Segment(self.head, self.head, None, 0)
