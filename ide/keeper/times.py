"""When a console printed what: a time index of its log, and the clock that never steps back.

The file `times` has four records a second at most, only where there was output; of a long time
fewer, and of what is new more than of what is old. Looking something up reads the file, so that
nothing of it is held in memory.
"""

import contextlib
import itertools
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_RECORD: Final = struct.Struct(">QQ")
MAX_RECORDS: Final = 32 * 1024
"""When there are more, those of dropped output go, then those that are too near others."""
_APART_SECONDS: Final = 0.25
_OLDEST: Final = 500
_OF_AGE: Final = 16
"""Of MAX_RECORDS / 2: what is an hour old is known to 3.5 s and more exactly, however long it is
that is known."""


class Times:
    """Records (offset, milliseconds since the epoch), both ascending."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch, and may be set back."""
        self._path, self._clock = folder / "times", clock
        self._count, self._last_ms = 0, 0
        self._noted = -1.0

    def load(self, head: int) -> None:
        """Read what is there; records past `head`, of bytes that a crash took, are forgotten."""
        with contextlib.suppress(OSError):
            self._load(head)

    def _load(self, head: int) -> None:
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        try:
            count = os.fstat(fd).st_size // _RECORD.size
            while count and not self._stands(fd, count - 1, head):
                count -= 1
            os.ftruncate(fd, count * _RECORD.size)
            self._count = count
            last = _at(fd, count - 1)[1] if count else 0
            if self._clock() * 1000 < last:  # it was set back; whoever wrote came further
                last += int(_APART_SECONDS * 1000)
            self._last_ms = max(self._last_ms, last)
        finally:
            os.close(fd)

    def _stands(self, fd: int, index: int, head: int) -> bool:
        offset, ms = _at(fd, index)
        before = _at(fd, index - 1) if index else (0, 0)
        return before[0] <= offset <= head and before[1] <= ms and ms > 0

    def now(self) -> float:
        """Return the time in seconds since the epoch, never less than ever before."""
        ms = int(self._clock() * 1000)
        self._last_ms = max(self._last_ms, ms)
        return self._last_ms / 1000

    @property
    def last(self) -> float:
        """About when something was printed last, in seconds since the epoch; 0 for never."""
        return self._last_ms / 1000

    def note(self, offset: int, oldest: int) -> None:
        """Note that the byte at `offset` came now. `oldest` is the first that is still kept."""
        now = self.now()
        if self._noted <= now < self._noted + _APART_SECONDS:
            return
        self._noted = now
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            fd = os.open(self._path, flags, 0o600)
            try:
                os.write(fd, _RECORD.pack(offset, self._last_ms))
            finally:
                os.close(fd)
            self._count += 1
            if self._count > MAX_RECORDS:
                self._thin_out(oldest)
        except OSError:
            return  # a full disk: the log says that it is not recording

    def _thin_out(self, oldest: int) -> None:
        data = self._path.read_bytes()
        whole = len(data) // _RECORD.size * _RECORD.size
        records = list(_RECORD.iter_unpack(data[:whole]))
        first = max((i for i, (offset, _) in enumerate(records) if offset <= oldest), default=0)
        records = _apart(records[first:], MAX_RECORDS // 2)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(b"".join(_RECORD.pack(*record) for record in records))
        fresh.replace(self._path)
        self._count = len(records)

    def time_at(self, offset: int) -> float | None:
        """Return about when the byte at `offset` came, in seconds; None when nothing is known."""
        found = self._last_where(lambda record: record[0] <= offset)
        return found[1] / 1000 if found else None

    def offset_at(self, seconds: float) -> int:
        """Return an offset before which everything was printed before that time."""
        found = self._last_where(lambda record: record[1] < seconds * 1000)
        return found[0] if found else 0

    def sample(self, count: int) -> list[tuple[int, float]]:
        """Return at most `count` + 1 records, evenly spread, as (offset, seconds); the last too.

        What the disk does not give is left out.
        """
        try:
            data = self._path.read_bytes()
        except OSError:
            return []
        whole = len(data) // _RECORD.size
        step = max(1, -(-whole // count))
        chosen = sorted({*range(0, whole, step), max(0, whole - 1)}) if whole else []
        found = (_RECORD.unpack_from(data, index * _RECORD.size) for index in chosen)
        return [(offset, ms / 1000) for offset, ms in found]

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return what is noted of the bytes [start, end), at most MAX_RECORDS, as (offset, ms).

        The first one holds at `start`, if anything does. What the disk does not give is left out.
        """
        try:
            data = self._path.read_bytes()
        except OSError:
            return []
        whole = len(data) // _RECORD.size * _RECORD.size
        records = [one for one in _RECORD.iter_unpack(data[:whole]) if one[0] < end or one[0] == 0]
        before = max((index for index, one in enumerate(records) if one[0] <= start), default=0)
        return records[before : before + MAX_RECORDS]

    def _last_where(self, holds: Callable[[tuple[int, int]], bool]) -> tuple[int, int] | None:
        """Return the last record for which `holds`, which is true for all before it."""
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            low, high = 0, os.fstat(fd).st_size // _RECORD.size
            while low < high:
                middle = (low + high) // 2
                if holds(_at(fd, middle)):
                    low = middle + 1
                else:
                    high = middle
            return _at(fd, low - 1) if low else None
        finally:
            os.close(fd)


def _apart(records: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return about so many of them, and the last.

    As far apart as they must be, everywhere alike, but what is new nearer: by a share of its age.
    """
    if not records:
        return []
    last, found = records[-1], records
    # The oldest are as far apart already as they had to be the last time.
    gaps = (after[1] - one[1] for one, after in itertools.pairwise(records[:_OLDEST]))
    ms = max(_APART_SECONDS * 1000, min(gaps, default=0)) / 2
    while len(found) > most and ms < last[1] - records[0][1]:
        ms *= 2
        found, due = [], 0.0
        for one in records:
            if one[1] >= due:
                found.append(one)
                due = one[1] + min(ms, (last[1] - one[1]) * _OF_AGE / most)
    return found if found[-1] == last else [*found, last]


def _at(fd: int, index: int) -> tuple[int, int]:
    data = os.pread(fd, _RECORD.size, index * _RECORD.size)
    offset, ms = _RECORD.unpack(data.ljust(_RECORD.size, b"\0"))
    return offset, ms
