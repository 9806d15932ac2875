"""What happens at an offset of the output: the grid changes, the session ends.

Sizes are kept on disk beside the log, so that a successor parses every byte in the grid it was
printed for.
"""

import bisect
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NAME: Final = "sizes"
_SIZE: Final = struct.Struct(">QHH")
MAX_MARKS: Final = 2048
"""Older ones are forgotten; a viewer that far behind gets a snapshot."""


@dataclass(frozen=True, slots=True)
class Resize:
    """From `offset` on the grid is cols x rows."""

    offset: int
    cols: int
    rows: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The session's last byte is before `offset`; `how` is an Ending."""

    offset: int
    how: int
    status: int


Mark = Resize | Ended


def _resizes(data: bytes, head: int) -> list[Resize]:
    """Return what the file says of a log that ends at `head`."""
    found = []
    whole = len(data) // _SIZE.size * _SIZE.size
    for offset, cols, rows in reversed(list(_SIZE.iter_unpack(data[:whole]))):
        head = min(offset, head)
        found.append(Resize(head, cols, rows))
    return found[::-1]


class Widths:
    """How wide the grid was, read from what the keeper keeps beside the log. Changes nothing."""

    def __init__(self, folder: Path, head: int) -> None:
        try:
            data = (folder / _NAME).read_bytes()
        except OSError:
            data = b""
        self._resizes = _resizes(data, head)

    def at(self, offset: int) -> int:
        """Return the columns at `offset`, 0 when that is not known any more."""
        count = bisect.bisect_right(self._resizes, offset, key=lambda one: one.offset)
        return self._resizes[count - 1].cols if count else 0


class Marks:
    """Marks in the order of their offsets. Each has a number that never changes while we live."""

    def __init__(self, folder: Path, head: int) -> None:
        """Read those of a log that ends at `head`.

        After a full disk or a crash of the machine the log may end before a mark: the bytes are
        gone, and the mark holds from where others take their place.
        """
        self._path = folder / _NAME
        self._marks: list[Mark] = []
        self._first = 0
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            data = b""
        self._marks += _resizes(data, head)
        self._forget_oldest()
        if len(self._marks) * _SIZE.size != len(data):
            self.rewrite()

    @property
    def end(self) -> int:
        """The number that the next mark will have."""
        return self._first + len(self._marks)

    @property
    def first(self) -> int:
        """The number of the oldest mark that is known."""
        return self._first

    def get(self, number: int) -> Mark:
        """Return the mark of that number. Raises IndexError for a forgotten or future one."""
        if number < self._first:
            raise IndexError(number)
        return self._marks[number - self._first]

    def add(self, mark: Mark, *, durable: bool = True) -> None:
        """Append a mark; a Resize also to the disk unless `durable` is false (size unchanged)."""
        self._marks.append(mark)
        self._forget_oldest()
        if not durable or not isinstance(mark, Resize):
            return
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, _SIZE.pack(mark.offset, mark.cols, mark.rows))
                grown = os.fstat(fd).st_size > 2 * MAX_MARKS * _SIZE.size
            finally:
                os.close(fd)
        except OSError:
            return  # a full disk: the log says that it is not recording
        if grown:
            self.rewrite()

    def after(self, offset: int) -> int:
        """Return the number of the first mark that lies after `offset`."""
        low, high = 0, len(self._marks)
        while low < high:
            middle = (low + high) // 2
            if self._marks[middle].offset <= offset:
                low = middle + 1
            else:
                high = middle
        return self._first + low

    def size_at(self, offset: int) -> tuple[int, int] | None:
        """Return (cols, rows) at `offset`, None when that is not known any more."""
        for number in range(self.after(offset) - 1, self._first - 1, -1):
            mark = self.get(number)
            if isinstance(mark, Resize):
                return mark.cols, mark.rows
        return None

    def _forget_oldest(self) -> None:
        if (over := len(self._marks) - MAX_MARKS) > 0:
            del self._marks[:over]
            self._first += over

    def rewrite(self) -> None:
        """Write the file anew: it is too long, or its folder was removed."""
        sizes = [mark for mark in self._marks if isinstance(mark, Resize)]
        data = b"".join(_SIZE.pack(size.offset, size.cols, size.rows) for size in sizes)
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(data)
            fresh.replace(self._path)
        except OSError:
            return
