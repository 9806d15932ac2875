"""Where the cursor probably stands, from the newest bytes alone: for the log engine.

Follows text, line ends and the sequences that move the cursor. It does not know scroll regions,
origin mode, the other screen's cursor, nor what happened before the bytes it is given.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    rb"(?P<text>[^\x00-\x1f\x7f]+)"
    rb"|\x1b\[(?P<numbers>[\d;]{0,32})(?P<move>[HfABCDEFGJKPX@adesu`])"
    rb"|\x1b(?P<escape>[78cDEM])"
    rb"|\x1b\[[0-?]{0,64}[ -/]{0,4}[@-~]"
    rb"|\x1b[\]P_^X][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]{0,4}[0-~]"
    rb"|(?P<control>[\b\t\n\v\f\r])"
)
_TAB: Final = 8
_MAX_STEPS: Final = 65535


class Position:
    """`row` and `col` count from 0; `col` is one past the last column while a wrap is pending."""

    def __init__(self, size: tuple[int, int], *, at_top: bool) -> None:
        """Begin at the top left of a grid of (cols, rows), or at the left of its last row."""
        self._cols, self._rows = size
        self.row, self.col = 0 if at_top else self._rows - 1, 0
        self._saved = (0, 0)

    def feed(self, data: bytes) -> None:
        """Follow the next bytes."""
        for match in _TOKEN.finditer(data):
            if match["text"]:
                self._write(match["text"])
            elif match["move"]:
                first, _, second = match["numbers"].partition(b";")
                self._move(match["move"], _steps(first), _steps(second.partition(b";")[0]))
            elif match["escape"]:
                self._escape(match["escape"])
            elif match["control"]:
                self._control(match["control"])

    def report(self) -> tuple[int, int]:
        """Return row and column as a program is told them: from 1, within the grid."""
        return self.row + 1, min(self.col, self._cols - 1) + 1

    def _write(self, text: bytes) -> None:
        if text.isascii():
            total = self.col + len(text)
            down = max(0, total - 1) // self._cols
            self._go(self.row + down, total - down * self._cols)
            return
        for char in text.decode("utf-8", "ignore"):
            if unicodedata.combining(char):
                continue
            cells = 2 if unicodedata.east_asian_width(char) in "WF" else 1
            if self.col + cells > self._cols:
                self._go(self.row + 1, 0)
            self._go(self.row, self.col + cells)

    def _go(self, row: int, col: int) -> None:
        self.row = min(max(row, 0), self._rows - 1)
        self.col = min(max(col, 0), self._cols)

    def _to_col(self, row: int, col: int) -> None:
        """Go where sequences can: no wrap is pending afterwards."""
        self._go(row, min(col, self._cols - 1))

    def _move(self, kind: bytes, first: int, second: int) -> None:
        col = min(self.col, self._cols - 1)
        moves: dict[bytes, Callable[[], tuple[int, int]]] = {
            b"A": lambda: (self.row - first, col), b"B": lambda: (self.row + first, col),
            b"e": lambda: (self.row + first, col), b"C": lambda: (self.row, col + first),
            b"a": lambda: (self.row, col + first), b"D": lambda: (self.row, col - first),
            b"E": lambda: (self.row + first, 0), b"F": lambda: (self.row - first, 0),
            b"G": lambda: (self.row, first - 1), b"`": lambda: (self.row, first - 1),
            b"d": lambda: (first - 1, col), b"H": lambda: (first - 1, second - 1),
            b"f": lambda: (first - 1, second - 1), b"u": lambda: self._saved,
        }  # fmt: skip
        if kind == b"s":
            self._saved = (self.row, self.col)
        elif kind in b"JKPX@":
            self._to_col(self.row, self.col)  # only a pending wrap is over
        else:
            self._to_col(*moves[kind]())

    def _escape(self, kind: bytes) -> None:
        if kind == b"7":
            self._saved = (self.row, self.col)
        elif kind == b"8":
            self._go(*self._saved)
        elif kind == b"c":
            self._saved = (0, 0)
            self._go(0, 0)
        elif kind == b"M":
            self._to_col(self.row - 1, self.col)
        else:
            self._to_col(self.row + 1, 0 if kind == b"E" else self.col)

    def _control(self, kind: bytes) -> None:
        if kind == b"\r":
            self.col = 0
        elif kind == b"\b":
            self._to_col(self.row, min(self.col, self._cols - 1) - 1)
        elif kind == b"\t":
            self._to_col(self.row, (self.col // _TAB + 1) * _TAB)
        else:
            self._to_col(self.row + 1, self.col)


def _steps(number: bytes) -> int:
    """Return a parameter; none, and 0, mean 1."""
    return min(int(number), _MAX_STEPS) or 1 if number else 1
