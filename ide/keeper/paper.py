"""A small screen without a lower end: what a line editor draws, played as the person saw it."""

import re
import unicodedata
from typing import Final

MAX_ECHO_BYTES: Final = 16 * 1024
"""So much is played between two prompts; what comes after it is left out."""
_MAX_ROWS: Final = 256
_MAX_NUMBER: Final = 10_000
_PIECE: Final = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<numbers>[0-9;]{0,32})(?P<what>[@A-Z`a-z])"
    r"|\x1b\[[<-?][0-9;]*[@-~]"
    r"|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|(?P<control>[\x00-\x1f\x7f])"
)
_ROW_ABOVE: Final = re.compile(rb"\n|\x1b\[H|\x1b\[[23]J")
"""What a prompt's last row comes after: a line feed, or a screen that was cleared."""


class Paper:
    """Rows of characters that go on as far as there is something to write."""

    def __init__(self, cols: int) -> None:
        self._cols = max(1, cols)
        self._rows: list[list[str]] = [[]]
        self._wraps: set[int] = set()
        """Rows that the next one goes on with."""
        self.col = self.row = 0
        self.is_full = False
        """Whether there was more than the rows there are."""

    def write(self, data: bytes) -> None:
        """Play what a program printed."""
        for piece in _PIECE.finditer(data.decode("utf-8", "replace")):
            if text := piece["text"]:
                for char in text:
                    self._put(char)
            elif piece["what"]:
                first = piece["numbers"].partition(";")[0]
                number = min(int(first), _MAX_NUMBER) if first else 0
                self._do(piece["what"], number)
            elif piece["control"]:
                self._control(piece["control"])

    def _put(self, char: str) -> None:
        if unicodedata.combining(char):
            row = self._row()
            if 0 < self.col <= len(row):
                row[self.col - 1] += char
            return
        width = 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
        if self.col + width > self._cols:
            self._wraps.add(self.row)
            self._go(self.row + 1, 0)
        row = self._row()
        row.extend(" " * (self.col - len(row)))
        row[self.col : self.col + width] = [char, ""][:width]
        self.col += width

    def _row(self) -> list[str]:
        while len(self._rows) <= self.row:
            self._rows.append([])
        return self._rows[self.row]

    def _go(self, row: int, col: int) -> None:
        self.is_full = self.is_full or row >= _MAX_ROWS
        self.row, self.col = max(0, min(row, _MAX_ROWS - 1)), max(0, min(col, self._cols))

    def _control(self, char: str) -> None:
        if char == "\r":
            self.col = 0
        elif char == "\n":
            self._go(self.row + 1, self.col)
        elif char == "\b":
            self._go(self.row, min(self.col, self._cols - 1) - 1)
        elif char == "\t":
            self._go(self.row, self.col // 8 * 8 + 8)

    def _do(self, what: str, number: int) -> None:
        count, row = max(1, number), self._row()
        if what in "ABCD":
            down = {"A": -count, "B": count}.get(what, 0)
            right = {"C": count, "D": -count}.get(what, 0)
            self._go(self.row + down, min(self.col, self._cols - 1) + right)
        elif what in "G`":
            self._go(self.row, number - 1)
        elif what == "P":
            del row[self.col : self.col + count]
        elif what == "X":
            row[self.col : self.col + count] = [" "] * len(row[self.col : self.col + count])
        elif what == "@" and self.col < len(row):
            row[self.col : self.col] = [" "] * min(count, self._cols)
            del row[self._cols :]
        elif what in "JK" and number == 0:
            del row[self.col :]
            if what == "J":
                del self._rows[self.row + 1 :]
            self._wraps = {one for one in self._wraps if one < self.row}

    def text_from(self, row: int, col: int) -> str:
        """Return what stands there and after it, rows that wrapped as one line."""
        lines, line = [], ""
        for number in range(row, len(self._rows)):
            cells = self._rows[number]
            line += "".join(cells[col:] if number == row else cells)
            if number not in self._wraps:
                lines.append(line)
                line = ""
        return "\n".join([*lines, line])


class TypedLine:
    """What stands behind a prompt, while the line editor works at it."""

    def __init__(self, prompt: bytes, cols: int) -> None:
        """`prompt` ends where the line begins; `cols` is the width of the grid."""
        self.cols = cols
        self._paper = Paper(cols)
        self._paper.write(_ROW_ABOVE.split(prompt[-MAX_ECHO_BYTES:])[-1])
        self._place = self._paper.row, self._paper.col
        self._is_cut = False

    def play(self, echo: bytes) -> None:
        """Take what the editor printed next, without a sequence that is cut."""
        self._is_cut = self._is_cut or len(echo) > MAX_ECHO_BYTES
        self._paper.write(echo[:MAX_ECHO_BYTES])

    @property
    def is_whole(self) -> bool:
        """Whether all of it was played, on a grid whose width is known."""
        return self.cols > 0 and not self._is_cut and not self._paper.is_full

    @property
    def is_back(self) -> bool:
        """Whether the cursor is where the line begins: a prompt printed there is no other one."""
        return (self._paper.row, self._paper.col) == self._place

    @property
    def is_over(self) -> bool:
        """Whether the cursor is at the left edge, as after Enter."""
        return self._paper.col == 0

    def text(self) -> str:
        """Return the line, and what stands below it; rows that wrapped are one."""
        return self._paper.text_from(*self._place).rstrip("\n")
