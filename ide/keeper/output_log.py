"""The log of one console: every byte it printed, at its offset, before anybody sees it.

It lies in segments (`ide.keeper.segments`), of which one grows. When the disk takes no bytes, or
shall not, they go to memory, bounded, so that the program is not stopped; `unrecorded` says so.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from ide.keeper import segments, unrecorded, whole
from ide.keeper.segments import Segment
from ide.keeper.shelf import Shelf
from ide.keeper.unrecorded import Unrecorded

SEGMENT_BYTES: Final = 8 * 1024 * 1024
_MIN_SEGMENT_BYTES: Final = 64 * 1024
_SEGMENTS_PER_CAP: Final = 32
_READ_BYTES: Final = 64 * 1024


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
        self.folder, self._clock = folder, clock
        self.limit(cap_bytes)
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

    def limit(self, cap_bytes: int) -> None:
        """Take another cap, and with it another size of segments from the next one on."""
        self.cap_bytes = cap_bytes
        self.segment_bytes = max(
            _MIN_SEGMENT_BYTES, min(SEGMENT_BYTES, cap_bytes // _SEGMENTS_PER_CAP)
        )

    def _found(self) -> list[Segment]:
        with contextlib.suppress(OSError):  # on a full disk: nothing is in it yet
            segments.make_folder(self.folder)
        try:
            found = segments.scan(self.folder)
            marked = whole.is_marked(self.folder)
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
        if whole.mark(self.folder):  # else a successor begins a new epoch without need
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
        if self.recording:
            return
        first = unrecorded.kept_from(self._growing, self.start, self.head)
        if first > self.start:
            self._growing = self.shelf.shorten_last(first)
            unrecorded.let_go(self._growing)
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
        whole.unmark(self.folder)
        self.whole = False
        return unrecorded.begin(self.head)

    def record_again(self) -> bool:
        """Go back to the disk if it takes bytes; then begin a new epoch and `mark_whole`."""
        if self.recording:
            return True
        if self._unread:
            return False  # nobody knows which offsets are taken: the next keeper tries again
        try:
            segments.probe(self.folder)
            fresh = segments.begin(self.folder, self.head, self.head)
        except OSError:
            return False
        self._put_up(fresh)
        self.start = self.head
        self.unrecorded = None
        return True

    def is_in_place(self) -> bool:
        """Whether the file that is written to still has its name, so that a successor finds it."""
        return self._growing.path is None or self._growing.is_in_place()

    def close(self) -> None:
        """Let go of the files; who still reads one closes it."""
        self.shelf.clear()
        self._growing = Segment(self.head, self.head, None, 0)
