"""Lines that somebody typed at a prompt, as they stood there in the end. Pure.

A line editor draws a line that wraps, or is edited, by moving the cursor: its bytes one after
another are pieces of it. In their place comes what stood there, in just as many bytes, so that
every offset stays true. Where it begins and ends the marks around it say, but only those of a
command that became a card: nobody else's mark counts.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from ide.keeper.paper import TypedLine
from ide.keeper.shell_marks import MarkScanner, ShellMark, key_of

MAX_TYPED_BYTES: Final = 64 * 1024
"""From the mark of a prompt to that of its command. What is longer stays as it was printed."""
_MOVED: Final = re.compile(
    rb"[\x00-\x06\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]"
    rb"|(?<!\x1b\[\?2004l)\r(?!\n)"
    rb"|\x1b(?!\[(?:[0-9;]*m|\?2004[hl]))"
)
"""What says that a line is not just its bytes, colours and the switches of pasting aside."""

_CLEARED: Final = b"\x1b[H"

ColumnsAt = Callable[[int], int]
"""Width of the grid at an offset, 0 where nobody knows it any more."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes [first, end) of the log read `text`; `prompt` is where the prompt before it began."""

    prompt: int
    first: int
    end: int
    text: str
    is_over: bool


class _Prompts:
    """Takes the marks of one session in their order."""

    def __init__(self, data: bytes, base: int, cols_at: ColumnsAt) -> None:
        self._data, self._base, self._cols_at = data, base, cols_at
        self._prompt: ShellMark | None = None
        self._line: TypedLine | None = None
        self._first = self._at = 0
        """Where the line begins, and up to where it was played."""
        self._left: list[_Piece] = []
        """Lines that were given up, or stand above one that was drawn anew."""

    def take(self, mark: ShellMark) -> list[_Piece]:
        """Return what the command typed that begins at this mark, if one does."""
        if mark.what == "A":
            if self._prompt is None or mark.number > self._prompt.number:
                self._leave(mark.start)
                self._prompt = mark
            return []
        if self._prompt is None or mark.number != self._prompt.number:
            if mark.what == "D":  # of a command that printed old marks
                self._prompt = self._line = None
                self._left.clear()
            return []
        if mark.what == "B":
            self._prompt_ended(self._prompt, mark)
            return []
        if self._line is None:
            self._left.clear()
        self._leave(mark.start)
        if mark.what == "D":
            return []
        found, self._left = self._left, []
        return found

    def _prompt_ended(self, prompt: ShellMark, mark: ShellMark) -> None:
        cols = self._cols_at(mark.end)
        if self._line is None:
            printed = self._between(prompt.end, mark.start)
        else:
            printed = self._between(self._at, mark.start)
            above = max(printed.rfind(b"\n") + 1, printed.rfind(_CLEARED))  # at least 0
            self._line.play(printed[:above])
            self._note(self._at + above, is_over=True)
            self._line.play(printed[above:])
            if self._line.is_back and cols == self._line.cols:
                self._left.pop()
                self._at = mark.end
                return
        self._line = TypedLine(printed, cols)
        self._first = self._at = mark.end

    def _leave(self, end: int) -> None:
        if self._line:
            self._line.play(self._between(self._at, end))
            self._note(end, is_over=self._line.is_over)
            self._line = None

    def _note(self, end: int, *, is_over: bool) -> None:
        """Note what stands in the line, which its bytes up to `end` left there."""
        line, prompt = self._line, self._prompt
        if line and prompt:
            text = line.text() if line.is_whole else ""
            self._left.append(_Piece(prompt.start, self._first, end, text, is_over))

    def _between(self, first: int, end: int) -> bytes:
        return self._data[first - self._base : end - self._base]


def settled(
    data: bytes, base: int, commands: Collection[int], wanted: range, cols_at: ColumnsAt
) -> Iterator[tuple[int, bytes]]:
    """Yield what to put where into `data`, which begins at the offset `base`.

    `commands` are the offsets where the output of commands begins, just behind their marks; of
    interest are those of which a byte in `wanted` may be.
    """
    keys = dict.fromkeys(key_of(data, end - base) for end in sorted(commands))
    for key in filter(None, keys):
        for group in _groups(data, base, key):
            end = group[-1].end
            if end in commands and end > wanted.start and group[0].start < wanted.stop:
                prompts = _Prompts(data, base, cols_at)
                for piece in [piece for mark in group for piece in prompts.take(mark)]:
                    printed = data[piece.first - base : piece.end - base]
                    is_near = end - piece.prompt <= MAX_TYPED_BYTES
                    if is_near and (text := _in_as_many_bytes(piece, printed)):
                        yield piece.first, text


def _groups(data: bytes, base: int, key: str) -> Iterator[list[ShellMark]]:
    """Yield the marks of each command, with what comes before that of its output."""
    group: list[ShellMark] = []
    for mark in MarkScanner(key, base).feed(data):
        if not isinstance(mark, bytes):
            group.append(mark)
            if mark.what == "C":
                yield group
                group = []


def _in_as_many_bytes(piece: _Piece, printed: bytes) -> bytes | None:
    """Return the text of a piece, None where its bytes read as well, or are too few.

    What is left over becomes NUL, of which nobody shows anything, in the last line.
    """
    if not piece.text or not _MOVED.search(printed):
        return None
    lines = (line.rstrip(" ") for line in piece.text.split("\n"))
    text, end = "\r\n".join(lines).encode(), b"\r\n" if piece.is_over else b""
    left = len(printed) - len(text) - len(end)
    return None if left < 0 else text + bytes(left) + end
