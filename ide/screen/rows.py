"""The rows of a terminal, scrollback first, as the bytes that write them again.

The engine's formatter leaves out rows without text, painted or not, joins a wrapped row with the
next even when that one was blanked since, and lets a look run on over cells that nothing was ever
written to. So rows are formatted apart, mended where that can be seen, and joined here.
"""

import re
from collections.abc import Iterator
from typing import Final

from ide.screen import native
from ide.screen.cells import Cells
from ide.screen.terminal import Terminal

_SEEN_ON_BLANKS: Final = re.compile(
    rb"\x1b\[(?:4|4:\d|7|9|53|48[;:][\d;:]+)m(?:\x1b\[[1-9][\d;:]*m)*[^\x1b]* "
)
"""A blank under a line through or below it, a background or inverse colours."""
_WHOLE_ROWS: Final = 200
"""So far above the screen rows without text are searched for paint between their ends too."""
_TOKENS: Final = re.compile(r"(\x1b\[[\d;:]*m)|([^\x1b]+)")


def content(terminal: Terminal) -> bytes:
    """Return what writes scrollback and shown screen on a terminal of this size, from its top."""
    cols, rows = terminal.size
    cells = terminal.cells()
    text = terminal.format(unwrap=False)
    lines = text.split(b"\r\n") if text else []
    total = terminal.total_rows
    lines += [b""] * (total - len(lines))
    parts: list[bytes] = []
    for y in range(total):
        line = lines[y]
        if not line:
            parts.append(_painted(cells, y, cols, whole=y >= total - rows - _WHOLE_ROWS))
        elif _SEEN_ON_BLANKS.search(line):
            parts.append(_without_bleeding(line, cells, y, cols))
        else:
            parts.append(line)
        if y + 1 < total:
            parts.append(_between(line, lines[y + 1], cells, y, cols))
    return b"".join(parts)


def _between(line: bytes, below: bytes, cells: Cells, y: int, cols: int) -> bytes:
    """Return what leads from row `y` to the next: nothing where writing on wraps as it did once."""
    if len(line) < cols - 1 or not below:
        return b"\r\n"
    cells.look_at(y + 1)
    if not cells.continues():
        return b"\r\n"
    begins_wide = cells.kind(0).wide == native.WIDE_WIDE
    cells.look_at(y)
    if cells.kind(cols - 1).taken:
        # Wrapped with a background chosen, a new last row would be painted: wrap before that.
        return b" \r" if below.startswith(b"\x1b") else b""
    # A wide character that did not fit leaves the last cell blank.
    fits_not = begins_wide and cols > 1 and cells.kind(cols - 2).taken
    return b"" if fits_not else b"\r\n"


def _without_bleeding(line: bytes, cells: Cells, y: int, cols: int) -> bytes:
    """Return the formatted `line` with cells that nothing was written to in no look at all."""
    text = line.decode()
    plain = _TOKENS.sub(r"\2", text)
    cells.look_at(y)
    empty = _empty_characters(plain, cells, cols)
    if not empty:
        return line
    parts, pen, at = [], "", 0
    for look, written in _TOKENS.findall(text):
        if look:
            pen = "" if look == "\x1b[0m" else pen + look
            parts.append(look)
        inside = False
        for char in written:
            if pen and (at in empty) != inside:
                inside = not inside
                parts.append("\x1b[0m" if inside else pen)
            parts.append(char)
            at += 1
        if inside:
            parts.append(pen)
    return "".join(parts).encode()


def _empty_characters(plain: str, cells: Cells, cols: int) -> set[int]:
    """Tell which characters of a row's text stand for cells without content."""
    if plain.isascii():
        return {x for x, char in enumerate(plain) if char == " " and cells.kind(x).empty}
    empty, at = set(), 0
    for x in range(cols):
        if cells.kind(x).empty:
            empty.add(at)
        at += cells.codepoints(x)
    return empty


def _painted(cells: Cells, y: int, cols: int, *, whole: bool) -> bytes:
    """Return what paints a row without text as programs left it.

    Unless `whole`, a row is not looked at when both its ends are blank.
    """
    cells.look_at(y)
    if not whole and not (cells.value(0) or cells.value(cols - 1)):
        return b""
    parts = []
    for first, last, color in _runs(cells, cols):
        width = b"\x1b[K" if last == cols else b"\x1b[%dX" % (last - first)
        move = b"\x1b[%dG" % (first + 1) if first else b""
        parts.append(b"%b\x1b[48;%bm%b\x1b[0m" % (move, color, width))
    return b"".join(parts)


def _runs(cells: Cells, cols: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield a blank row's painted runs as (first column, column after the last, colour)."""
    first, color = 0, b""
    for x in range(cols):
        now = cells.paint(x) if cells.value(x) else b""
        if now != color:
            if color:
                yield first, x, color
            first, color = x, now
    if color:
        yield first, cols, color
