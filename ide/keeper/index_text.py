"""The text of a log as it is searched: lines without sequences, in cells of a fixed size.

Cell `k` has the lines that begin in the bytes [k, k + 1) * CELL_BYTES of the log, each up to
MARGIN_BYTES beyond that. So the offset alone says where a cell lies, for who writes and who reads.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ide.keeper.log_parts import Readable, read_on
from ide.wire import plain_text

CELL_BYTES: Final = 16 * 1024
MARGIN_BYTES: Final = 1024

_LINE_END: Final = re.compile(rb"[\r\n]")

Run = tuple[int, int]
"""Bytes [first, end) of a log without a gap."""


def complete_cells(head: int) -> int:
    """Return the first cell to which something may still be added, of a log up to `head`."""
    return max(0, head - MARGIN_BYTES) // CELL_BYTES


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a log from the offset `first` on."""

    first: int
    data: bytes

    @property
    def end(self) -> int:
        """The offset after the last byte."""
        return self.first + len(self.data)


def plain(data: bytes) -> bytes:
    """Return it without escape sequences and control characters, tabs as blanks.

    Lines end with a line feed alone; a carriage return within one begins another.
    """
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return plain_text.plain(lines).replace(b"\t", b" ")


def lines(piece: Piece, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield (offset, offset after it, text) of each line that has all `words`, in lower case."""
    text = plain(piece.data).decode("utf-8", "replace")
    numbers = _numbers(text.lower(), words)
    if not numbers:
        return
    texts = text.split("\n")
    ends = list(itertools.accumulate(map(len, piece.data.splitlines(keepends=True))))
    for number in numbers:
        first = ends[number - 1] if number else 0
        end = ends[number] if number < len(ends) else len(piece.data)
        yield piece.first + first, piece.first + end, texts[number]


def _numbers(text: str, words: Sequence[str]) -> list[int]:
    """Return which lines have all words: those with the rarest of them are looked at alone."""
    rarest = min(words, key=text.count)
    found, number, counted = [], 0, 0
    at = text.find(rarest)
    while at >= 0:
        number += text.count("\n", counted, at)
        end = text.find("\n", at)
        counted = end if end >= 0 else len(text)
        line = text[text.rfind("\n", 0, at) + 1 : counted]
        if all(word in line for word in words):
            found.append(number)
        at = text.find(rarest, counted)
    return found


def pieces(log: Readable, runs: list[Run], first: int, end: int) -> list[Piece]:
    """Return what can be read of bytes [first, end), where `runs` say what is kept.

    What the disk lost is passed by.
    """
    found = []
    for low, high in runs:
        at, stop = max(low, first), min(high, end)
        while at < stop:
            data = read_on(log, at, stop)
            if data:
                found.append(Piece(at, data))
            at += len(data)
            if at < stop:
                past = log.shelf.past_hole(at)
                at = stop if past is None else past
    return found


def window(log: Readable, runs: list[Run], cell: int, count: int = 1) -> list[Piece]:
    """Return the bytes that `cell_pieces` needs for so many cells."""
    end = (cell + count) * CELL_BYTES + MARGIN_BYTES
    return pieces(log, runs, max(0, cell * CELL_BYTES - 1), end)


def cell_pieces(found: list[Piece], cell: int) -> list[Piece]:
    """Return the lines of a cell, out of a window: one piece, more where the log has gaps."""
    first, end = cell * CELL_BYTES, (cell + 1) * CELL_BYTES
    mine = []
    for piece in found:
        low, high = max(piece.first, first), min(piece.end, end)
        if low >= high:
            continue
        data = piece.data
        start = low - piece.first
        if start and data[start - 1] not in b"\r\n":
            # The cell before has so much of a line that goes on here, and no more.
            line = _LINE_END.search(data, start, min(high - piece.first, start + MARGIN_BYTES))
            start = line.end() if line else start
        stop = min(len(data), end + MARGIN_BYTES - piece.first)
        if piece.end > end and (line := _LINE_END.search(data, end - 1 - piece.first, stop)):
            stop = line.end()
        if start < stop:
            mine.append(Piece(piece.first + start, data[start:stop]))
    return mine
