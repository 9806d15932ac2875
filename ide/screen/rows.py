"""The rows of a terminal, scrollback first, as the bytes that write them again.

The engine's formatter leaves out rows without text, painted or not, joins a wrapped row with the
next even when that one was blanked since, lets a look run on over cells that nothing was ever
written to, and knows no links. So rows are formatted apart, mended where their cells say so, and
joined here.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Final

from ide.screen.encoded import PALETTE, RGB, Link, Row
from ide.screen.engine import ScreenError
from ide.screen.sequences import NO_LINK

_SEEN_ON_BLANKS: Final = re.compile(
    rb"\x1b\[(?:4|4:\d|7|9|53|48[;:][\d;:]+)m(?:\x1b\[[1-9][\d;:]*m)*[^\x1b]* "
)
"""A blank under a line through or below it, a background or inverse colours."""
_TOKENS: Final = re.compile(r"(\x1b\[[\d;:]*m)|([^\x1b]+)")
_PLAIN: Final = "\x1b[0m"
_RUNS: Final = re.compile(rb"([^\0]+)|\0+")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Within an address the engine keeps some; in xterm.js each of the last 32 ends the link."""


def content(text: bytes, rows: list[Row], size: tuple[int, int], above: int) -> bytes:
    """Return what writes `rows` on a terminal of `size` (cols, rows), from its top.

    `text` is the formatter's, a line a row. Raises ScreenError if it is of another screen. What
    lies more than `above` rows above the screen is left out.
    """
    lines = text.split(b"\r\n") if text else []
    if len(lines) > len(rows):
        raise ScreenError("the engine's checkpoint has fewer rows than its screen")
    lines += [b""] * (len(rows) - len(lines))
    cols, height = size
    del rows[: -above - height], lines[: -above - height]
    parts: list[bytes] = []
    link: Link | None = None
    last = len(rows) - 1
    for y, (line, row) in enumerate(zip(lines, rows, strict=True)):
        if not line:
            written = _painted(row, cols) if row.count else b""
        elif row.width < 4:
            written = line
        else:
            written = _without_bleeding(line, row)
        if line and row.linked():
            written, link = _linked(written, row, link)
        elif link:
            written, link = NO_LINK + written, None
        parts.append(written)
        if y < last:
            below = rows[y + 1]
            goes_on = below.continues
            parts.append(_between(line, lines[y + 1], row, below, cols) if goes_on else b"\r\n")
    if link:
        parts.append(NO_LINK)
    return b"".join(parts)


def _between(line: bytes, next_line: bytes, row: Row, below: Row, cols: int) -> bytes:
    """Return what leads to a row that continues this one: nothing where writing on wraps again."""
    if len(line) < cols - 1 or not next_line:
        return b"\r\n"
    if row.taken(cols - 1):
        # Wrapped with a background chosen, a new last row would be painted: wrap before that.
        return b" \r" if next_line.startswith(b"\x1b") else b""
    # A wide character that did not fit leaves the last cell blank.
    fits_not = below.begins_wide() and cols > 1 and row.taken(cols - 2)
    return b"" if fits_not else b"\r\n"


def _without_bleeding(line: bytes, row: Row) -> bytes:
    """Return the formatted `line` with cells that nothing was written to in no look at all."""
    if b"\x1b" not in line:
        return line
    written = row.written()
    if 0 not in written or not _SEEN_ON_BLANKS.search(line):
        return line
    characters = row.characters()
    if not isinstance(characters, range):
        written = bytes(written[x] for x in characters)
    parts, pen, at = [], "", 0
    for look, piece in _TOKENS.findall(line.decode()):
        if look:
            pen = "" if look == _PLAIN else pen + look
            parts.append(look)
            continue
        here = written[at : at + len(piece)]
        at += len(piece)
        if not pen or 0 not in here:
            parts.append(piece)
            continue
        for run in _RUNS.finditer(here):
            same = piece[slice(*run.span())]
            parts.append(same if run[1] else f"{_PLAIN}{same}{pen}")
    return "".join(parts).encode()


def _linked(line: bytes, row: Row, link: Link | None) -> tuple[bytes, Link | None]:
    """Return the `line` with its links, and the one that is open at its end.

    `link` is the one that is open before it.
    """
    runs = iter([*row.links(), (None, len(line))])
    here, left = None, 0
    parts: list[str] = []
    for look, piece in _TOKENS.findall(line.decode()):
        parts.append(look)
        done = 0
        while done < len(piece):
            if not left:
                here, left = next(runs)
                if here != link:
                    parts.append(opening(here).decode())
                    link = here
            step = min(left, len(piece) - done)
            parts.append(piece[done : done + step])
            done, left = done + step, left - step
    return "".join(parts).encode(), link


def opening(link: Link | None) -> bytes:
    """Return what begins a link, or ends one."""
    if link is None:
        return NO_LINK
    name = f"id={link.name}" if link.name else ""
    return f"\x1b]8;{_CONTROLS.sub('', name)};{_CONTROLS.sub('', link.uri)}\x1b\\".encode()


def _painted(row: Row, cols: int) -> bytes:
    """Return what paints a row without text as programs left it."""
    if row.width < 4:
        return b""
    parts = []
    for first, last, color in _runs(row, cols):
        width = b"\x1b[K" if last == cols else b"\x1b[%dX" % (last - first)
        move = b"\x1b[%dG" % (first + 1) if first else b""
        parts.append(b"%b\x1b[48;%bm%b\x1b[0m" % (move, color, width))
    return b"".join(parts)


def _runs(row: Row, cols: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield a blank row's painted runs as (first column, column after the last, colour)."""
    first = 0
    for color, run in itertools.groupby(row.words(), _paint):
        last = first + sum(1 for _ in run)
        if color:
            yield first, min(last, cols), color
        first = last


def _paint(word: int) -> bytes:
    """Return the colour of a blank cell in SGR's words, b"" for none."""
    kind, value = word & 3, word >> 2
    if kind == PALETTE:
        return b"5;%d" % (value & 0xFF)
    if kind == RGB:
        return b"2;%d;%d;%d" % (value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF)
    return b""
