"""Pieces of a console's log that begin and end with lines, wherever one asks for them.

A line that is longer than a piece is cut, never within a character or an escape sequence of less
than _SEQUENCE_BYTES. A piece never spans a gap; what the disk does not give is one. Blocks on the
disk: for a thread.
"""

import itertools
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ide.keeper.shelf import Shelf
from ide.keeper.times import Times

MAX_PART_BYTES: Final = 256 * 1024
_LINE_BYTES: Final = 64 * 1024
"""So far back the beginning of a line is looked for."""
_SEQUENCE_BYTES: Final = 4096
_MAX_HOLES: Final = 4096
"""So many places that the disk does not give are passed by for one piece."""
_MAX_GAPS: Final = 256
"""So many are told, the newest ones."""
_TIMES: Final = 256
"""So many places of a log are told with their times."""

_SEQUENCE: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\)|[ -/]*[0-OQ-WYZ\\`-~])", re.DOTALL
)
_CHARS: Final = ((0xF0, 4), (0xE0, 3), (0xC0, 2))


class Readable(Protocol):
    """A log, as far as it is read here."""

    @property
    def shelf(self) -> Shelf:
        """What is kept of it."""

    @property
    def head(self) -> int:
        """Where it ends."""

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`; nothing in a gap."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a log from the offset `first` on. `cut_start`, `cut_end`: within a line."""

    first: int
    data: bytes
    cut_start: bool
    cut_end: bool

    @property
    def end(self) -> int:
        """The offset after the last byte."""
        return self.first + len(self.data)


def runs(log: Readable) -> list[tuple[int, int]]:
    """Return what is kept, ascending, as (first, end) without a gap in each."""
    found: list[tuple[int, int]] = []
    head = log.head
    for one in log.shelf.all:
        end = head if one.end is None else one.end
        if found and found[-1][1] == one.first:
            found[-1] = (found[-1][0], end)
        elif end > one.first or not found:
            found.append((one.first, end))
    return found


def part_from(log: Readable, at: int, size: int, *, exact: bool) -> Part:
    """Return at most `size` bytes from the line on that has the byte at `at`.

    With `exact` from just there. Where the bytes there are missing, from the next that is kept.
    """
    low, high = _run_after(log, at)
    first, cut_start = (max(at, low), False) if exact or at <= low else _line_start(log, at, low)
    data = read_on(log, first, min(first + size, high))
    for _ in range(_MAX_HOLES):
        if data or (past := log.shelf.past_hole(first)) is None:
            break
        first, cut_start, high = past, False, _run_after(log, past)[1]
        data = read_on(log, first, min(first + size, high))
    end = first + len(data)
    if end >= high:
        return Part(first, data, cut_start, cut_end=False)
    stop = data.rfind(b"\n") + 1
    return Part(first, data[: stop or _boundary(data, len(data))], cut_start, cut_end=not stop)


def part_before(log: Readable, at: int, size: int, *, exact: bool) -> Part:
    """Return at most `size` bytes before the line that has the byte at `at`, from a line on.

    With `exact` those just before. Where they are missing, those before the gap.
    """
    low, high = _run_before(log, at)
    end = min(at, high)
    if not exact and at <= high:
        end = _line_start(log, end, low)[0]
    part = Part(end, b"", cut_start=False, cut_end=False)
    for _ in range(_MAX_HOLES):
        if part.data or end <= log.shelf.oldest:
            break
        if end <= low:  # all between there and a gap is a hole
            low, end = _run_before(log, end)
        first = max(low, end - size)
        part, end = _last_of(log, low, first, end), first
    return part


def _last_of(log: Readable, low: int, first: int, end: int) -> Part:
    """Return the last bytes of [first, end) that follow one another, from a line on.

    Nothing, at `first`, where none can be read.
    """
    start, data = run_in(log, max(low, first - _SEQUENCE_BYTES), end)
    if not data or start + len(data) <= first:
        return Part(first, b"", cut_start=False, cut_end=False)
    margin = first - start
    if margin <= 0:  # before it is nothing
        return Part(start, data, cut_start=False, cut_end=False)
    begin = data.find(b"\n", max(0, margin - 1), len(data) - 1) + 1
    cut = not begin
    begin = begin or _boundary(data, margin)
    return Part(start + begin, data[begin:], cut_start=cut, cut_end=False)


def overview(log: Readable, times: Times) -> dict[str, Any]:
    """Return where the log begins and ends, what is missing, and coarsely when what was printed."""
    kept = runs(log)
    gaps = [(before[1], after[0]) for before, after in itertools.pairwise(kept)]
    return {
        "start": kept[0][0] if kept else 0,
        "end": log.head,
        "gaps": gaps[-_MAX_GAPS:],
        "times": times.sample(_TIMES),
    }


def _run_after(log: Readable, at: int) -> tuple[int, int]:
    """Return the run that has `at`, else the next, else the emptiness at the end."""
    return next((one for one in runs(log) if at < one[1]), (log.head, log.head))


def _run_before(log: Readable, at: int) -> tuple[int, int]:
    """Return the run that has the byte before `at`, else the one before, else emptiness."""
    kept = runs(log)
    oldest = kept[0][0] if kept else 0
    return next((one for one in reversed(kept) if one[0] < at), (oldest, oldest))


def _line_start(log: Readable, at: int, low: int) -> tuple[int, bool]:
    """Return where the line with the byte at `at` begins, or `at` nearly and that it is cut."""
    first = max(low, at - _LINE_BYTES)
    start, data = run_in(log, first, at)
    if start + len(data) < at:  # just before it is a hole
        return at, False
    if stop := data.rfind(b"\n") + 1:
        return start + stop, False
    if start == low or start > first:
        return start, False
    return start + _boundary(data, len(data)), True


def run_in(log: Readable, first: int, end: int) -> tuple[int, bytes]:
    """Return where the last bytes of [first, end) that can be read without a hole begin, and them.

    (end, b"") where there are none.
    """
    last = (end, b"")
    while first < end:
        if data := read_on(log, first, end):
            last = (first, data)
        first += len(data)
        if first >= end or (past := log.shelf.past_hole(first)) is None:
            break
        first = past
    return last


def read_on(log: Readable, first: int, end: int) -> bytes:
    """Return what can be read of these bytes without a hole: each packed block is unpacked once."""
    pieces = []
    while first < end:
        data = log.read(first, end - first)
        if not data:
            break
        pieces.append(data)
        first += len(data)
    return b"".join(pieces)


def _boundary(data: bytes, at: int) -> int:
    """Return `at`, or the place before it where its character or escape sequence begins.

    Never 0, so that reading goes on.
    """
    begin = data.rfind(b"\x1b", max(0, at - _SEQUENCE_BYTES), at)
    if begin > 0:
        found = _SEQUENCE.match(data, begin)
        if not found or found.end() > at:
            return begin
    for back in range(1, min(4, at)):
        lead = data[at - back]
        if lead < 0x80:
            break
        if lead >= 0xC0:
            size = next(size for least, size in _CHARS if lead >= least)
            return at - back if size > back else at
    return at
