"""Modes, colours, title, folder and BELs picked from the output without parsing all of it.

For the log engine: patterns find what is rare, so that floods cost little. What a pattern cannot
know (text within strings that looks like a sequence) it may get wrong.
"""

import re
from typing import Final

from ide.screen.folder import folder_of

_MAX_REST_BYTES: Final = 4096
_MAX_CHARS: Final = 200
_PATTERN: Final = re.compile(
    rb"\x1b\[(?P<private>\??)(?P<numbers>[\d;]{1,64})(?P<switch>[hl])"
    rb"|\x1b(?P<reset>c|\[!p)"
    rb"|\x1b\](?P<color>4;\d{1,3}|1[012]);(?P<value>[#\w:/. ]{1,40})(?:\x07|\x1b\\)"
    rb"|\x1b\]1(?P<usual>04(?:;\d{1,3})?|1[012])(?:\x07|\x1b\\)"
    rb"|\x1b\](?P<kind>[027]);(?P<text>[^\x07\x1b]{0,2048})(?:\x07|\x1b\\)"
    rb"|\x1b[\]P_^X][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)"
    rb"|(?P<bel>\x07)"
)
_UNFINISHED: Final = re.compile(rb"\x1b(?:\[[\d;?!]{0,66}|[\]P_^X][^\x07\x1b]{0,2048}\x1b?)?\Z")
_PALETTE: Final = 256
_ALTERNATE: Final = frozenset({47, 1047, 1049})
_USUALLY_SET: Final = frozenset({7, 25})
# Those that the page's terminal knows; the others would only be carried along.
_PRIVATE: Final = frozenset(
    {1, 6, 7, 9, 12, 25, 45, 66, 1000, 1002, 1003, 1004, 1006, 1016, 2004}
)  # fmt: skip


class ModeTracker:
    """State after the bytes fed so far. Keeps at most 4 KiB of an unfinished sequence."""

    def __init__(self) -> None:
        self.changed: set[int] = set()
        """Private modes that are not as after a reset."""
        self.insert = False
        self.alternate = 0
        """The mode that brought the alternate screen, 0 while the other one is shown."""
        self.colors: dict[bytes, bytes] = {}
        """The colours that the program chose, by what OSC chooses them: at most 259."""
        self.title = self.cwd = ""
        self.bels = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        data = self._rest + data
        unfinished = _UNFINISHED.search(data, max(0, len(data) - _MAX_REST_BYTES))
        end = unfinished.start() if unfinished else len(data)
        for match in _PATTERN.finditer(data, 0, end):
            self._take(match)
        self._rest = data[end:]

    def _take(self, match: re.Match[bytes]) -> None:
        if match["bel"]:
            self.bels += 1
        elif match["reset"]:
            self.changed, self.insert = set(), False
            self.alternate = self.alternate if match["reset"] == b"[!p" else 0
        elif match["switch"]:
            numbers = [int(number) for number in match["numbers"].split(b";") if number]
            on = match["switch"] == b"h"
            if match["private"]:
                for number in numbers:
                    self._switch(number, on=on)
            elif 4 in numbers:
                self.insert = on
        elif match["color"]:
            self._color(match["color"], match["value"])
        elif match["usual"]:
            self._usual_color(match["usual"])
        elif match["kind"]:
            self._name(match["kind"], match["text"].decode("utf-8", "replace"))

    def _switch(self, number: int, *, on: bool) -> None:
        if number in _ALTERNATE:
            self.alternate = number if on else 0
        elif number in _PRIVATE:
            if on != (number in _USUALLY_SET):
                self.changed.add(number)
            else:
                self.changed.discard(number)

    def _color(self, which: bytes, value: bytes) -> None:
        kind, _, index = which.partition(b";")
        if not index or int(index) < _PALETTE:
            self.colors[kind + b";%d" % int(index) if index else kind] = value

    def _usual_color(self, which: bytes) -> None:
        """Forget what OSC 104, 110, 111 or 112 takes back; `which` is without the first digit."""
        if which == b"04":
            self.colors = {key: value for key, value in self.colors.items() if b";" not in key}
        elif which.startswith(b"04;"):
            self.colors.pop(b"4;%d" % int(which[3:]), None)
        else:
            self.colors.pop(which, None)

    def _name(self, kind: bytes, text: str) -> None:
        if kind != b"7":
            self.title = text[:_MAX_CHARS]
            return
        self.cwd = folder_of(text)

    def sequences(self) -> bytes:
        """Return what sets modes and colours on a terminal that was reset."""
        parts = [b"\x1b[?%dh" % self.alternate] if self.alternate else []
        parts += [
            b"\x1b[?%d%b" % (number, b"l" if number in _USUALLY_SET else b"h")
            for number in sorted(self.changed)
        ]
        if self.insert:
            parts.append(b"\x1b[4h")
        parts += [b"\x1b]%b;%b\x1b\\" % color for color in self.colors.items()]
        return b"".join(parts)
