"""The rows of a terminal as its checkpoint has them: every cell, without a call for each.

The engine documents the bytes (its snapshot format, version 1): an envelope, then records, among
them PAGEs of rows. A row begins with flags and a count of cells; as many bytes a cell as its
richest one needs. Text that joins the character before it stands after a page's rows.
"""

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ide.screen.engine import ScreenError

_ENVELOPE: Final = struct.Struct("<8sH")
_BEGINNING: Final = (b"GHOSTSNP", 1)
_RECORD: Final = struct.Struct("<HII")
_SCREEN, _PAGE, _HISTORY, _FINISH = 2, 3, 4, 6
_PAGE_HEADER: Final = struct.Struct("<HHHHHHII")
_STYLE_BYTES: Final = 18
_ROW: Final = struct.Struct("<BH")
_GRAPHEME: Final = struct.Struct("<HHH")
_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_CONTINUES: Final = 2
_IMPLICIT, _EXPLICIT = 1, 2
_TAIL: Final = bytes(byte & 8 for byte in range(256))
"""Of the sixth byte of a cell what says that it is the second half of a wide character."""
_WIDTH: Final = bytes(byte & 12 for byte in range(256))
"""And what says that it is not a narrow one."""

CODEPOINT, GRAPHEME, PALETTE, RGB = 0, 1, 2, 3
"""What a cell holds."""
NARROW, WIDE, SPACER_TAIL = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Link:
    """An OSC 8 link; one without a name of its own is told from others by `number`."""

    uri: str
    name: str = ""
    number: int = 0


@dataclass(slots=True)
class _Page:
    blob: bytes
    links: dict[int, Link]
    joined: dict[tuple[int, int], int] = field(default_factory=dict)
    """How many code points join the character in a row and column."""
    joined_rows: set[int] = field(default_factory=set)


class Row:
    """One row, whose cells lie in a checkpoint."""

    __slots__ = ("_first", "_page", "_y", "continues", "count", "width")

    def __init__(self, page: _Page, y: int, first: int, count: int, flags: int) -> None:
        self._page, self._y, self._first = page, y, first
        self.count = count
        """How many cells there are; nothing ever happened to those after them."""
        self.width = 1 << (flags >> 4 & 3)
        """Bytes a cell; with fewer than 4 all of them are plain, narrow text or empty."""
        self.continues = bool(flags & _CONTINUES)
        """Whether the row is marked as the rest of the one above."""

    @property
    def data(self) -> bytes:
        """The cells."""
        return self._page.blob[self._first : self._first + self.count * self.width]

    def word(self, x: int) -> int:
        """Return the cell in column `x`; 0 is one that nothing ever happened to."""
        if x >= self.count:
            return 0
        at = self._first + x * self.width
        value = int.from_bytes(self._page.blob[at : at + self.width], "little")
        return value if self.width >= 4 else value << 2

    def words(self) -> Sequence[int]:
        """Return all cells of a row that may be more than plain text."""
        cells = memoryview(self.data)
        return (cells.cast("Q") if self.width == 8 else cells.cast("I")).tolist()

    def taken(self, x: int) -> bool:
        """Whether there is text in column `x`, or the second half of a wide character."""
        word = self.word(x)
        return has_text(word) or word >> 42 & 3 == SPACER_TAIL

    def begins_wide(self) -> bool:
        """Whether the row begins with a wide character."""
        return self.word(0) >> 42 & 3 == WIDE

    def characters(self) -> Sequence[int]:
        """Return the column of each character (code point) that the row is written with."""
        page, y = self._page, self._y
        if y not in page.joined_rows:
            if self.width < 8:
                return range(self.count)
            tails = self.data[5::8].translate(_TAIL)
            if 8 not in tails:
                return range(self.count)
            return [x for x in range(self.count) if not tails[x]]
        return [
            x
            for x in range(self.count)
            if self.word(x) >> 42 & 3 in {NARROW, WIDE}
            for _ in range(1 + page.joined.get((y, x), 0))
        ]

    def written(self) -> bytes:
        """Return a byte a cell, which is zero where nothing was written or painted."""
        data, width = self.data, self.width
        told = 0
        for plane in range(min(width, 3)):
            told |= int.from_bytes(data[plane::width], "little")
        if width == 8:
            told |= int.from_bytes(data[5::8].translate(_WIDTH), "little")
        return told.to_bytes(self.count, "little")

    def linked(self) -> bool:
        """Whether a link lies on any cell."""
        if self.width < 8 or not self._page.links:
            return False
        data = self.data
        return bool(data[6::8].strip(b"\0") or data[7::8].strip(b"\0"))

    def link(self, x: int) -> Link | None:
        """Return the link in column `x`."""
        return self._page.links.get(self.word(x) >> 48)

    def links(self) -> list[tuple[Link | None, int]]:
        """Return the links on the characters of a `linked` row, as (link, how many)."""
        numbers = memoryview(self.data).cast("H")[3::4].tolist()
        columns = self.characters()
        if not isinstance(columns, range):
            numbers = [numbers[x] for x in columns]
        links = self._page.links
        return [(links.get(one), len(list(run))) for one, run in itertools.groupby(numbers)]


def has_text(word: int) -> bool:
    """Whether there is text in a cell."""
    return word & 3 <= GRAPHEME and word >> 2 & 0xFFFFFF != 0


def read_rows(blob: bytes, *, alternate: bool) -> list[Row]:
    """Return the rows of one screen of a checkpoint, the oldest of its scrollback first.

    Raises ScreenError for bytes of another format.
    """
    try:
        return [row for page in _pages(blob, int(alternate)) for row in _rows_of(blob, page)]
    except (struct.error, IndexError) as error:
        raise ScreenError("the engine's checkpoint is of another format") from error


def _pages(blob: bytes, wanted: int) -> list[int]:
    """Return where the payloads of a screen's PAGE records begin, the oldest first."""
    if _ENVELOPE.unpack_from(blob) != _BEGINNING:
        raise ScreenError("the engine's checkpoint is of another format")
    at, key, history = _ENVELOPE.size, -1, False
    newest: list[int] = []
    older: list[int] = []
    while True:
        tag, length, _ = _RECORD.unpack_from(blob, at)
        at += _RECORD.size
        if tag in {_SCREEN, _HISTORY}:
            key, history = _U16.unpack_from(blob, at)[0], tag == _HISTORY
        elif tag == _PAGE and key == wanted:
            (older if history else newest).append(at)
        elif tag == _FINISH:
            return older[::-1] + newest
        at += length


def _rows_of(blob: bytes, at: int) -> Iterator[Row]:
    _, rows, styles, links, *_ = _PAGE_HEADER.unpack_from(blob, at)
    at += _PAGE_HEADER.size + styles * _STYLE_BYTES
    page = _Page(blob, {})
    for _ in range(links):
        number, page_link, at = _link(blob, at)
        page.links[number] = page_link
    unpack = _ROW.unpack_from
    for y in range(rows):
        flags, count = unpack(blob, at)
        at += 3
        yield Row(page, y, at, count, flags)
        at += count << (flags >> 4 & 3)
    _note_joined(page, blob, at)


def _link(blob: bytes, at: int) -> tuple[int, Link, int]:
    """Return a link's number in its page, the link, and where the next one begins."""
    number, kind = struct.unpack_from("<HB", blob, at)
    at += 3
    if kind == _IMPLICIT:
        own, at = _U32.unpack_from(blob, at)[0], at + 4
        uri, at = _string(blob, at)
        return number, Link(uri, number=own), at
    if kind != _EXPLICIT:
        raise ScreenError("the engine's checkpoint is of another format")
    name, at = _string(blob, at)
    uri, at = _string(blob, at)
    return number, Link(uri, name), at


def _string(blob: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + _U32.unpack_from(blob, at)[0]
    return blob[at + 4 : end].decode("utf-8", "replace"), end


def _note_joined(page: _Page, blob: bytes, at: int) -> None:
    (entries,) = _U32.unpack_from(blob, at)
    at += 4
    for _ in range(entries):
        y, x, count = _GRAPHEME.unpack_from(blob, at)
        page.joined[y, x] = count
        page.joined_rows.add(y)
        at += _GRAPHEME.size + 4 * count
