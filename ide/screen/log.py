"""The log engine: the last bytes of the output as they came, for when no terminal can parse them.

It runs no native code. Its snapshot is those bytes from the start of a line on, after the modes
that held there: partial history, and a full-screen program looks right once it paints again.
"""

import itertools
import json
import re
from typing import Any, Final, Self

from ide.screen.engine import SCROLLBACK_LINES, THEME_COLORS, Colors, ScreenError
from ide.screen.modes import ModeTracker
from ide.screen.position import Position
from ide.screen.replies import XTERM_PRIMARY, XTERM_SECONDARY, XTERM_VERSION

KEPT_BYTES: Final = 256 * 1024
_SLACK_BYTES: Final = 96 * 1024
_CUT_WITHIN_BYTES: Final = 8 * 1024
_MAGIC: Final = b"log screen 1\n"
_MAX_REPLIES: Final = 64
_POSITION_BYTES: Final = 8 * 1024
"""The cursor's position is worked out from so much output before the query."""
_QUERIES: Final = re.compile(rb"\x1b\[(0?c|>0?c|>0?q|5n|(?P<private>\??)6n)")
_UNFINISHED_QUERY: Final = re.compile(rb"\x1b(?:\[[>?]?\d?)?\Z")
_LONGEST_QUERY: Final = 5
_ANSWERS: Final = {b"c": XTERM_PRIMARY, b">c": XTERM_SECONDARY, b">q": XTERM_VERSION,
                   b"5n": b"\x1b[0n"}  # fmt: skip
_NOTE: Final = b"\x1b[2m-- partial history: what came before is in the log --\x1b[0m\r\n"


class LogScreen:
    """A ScreenEngine that only remembers. Bounded by KEPT_BYTES and _SLACK_BYTES."""

    replies_on = True

    def __init__(self, cols: int, rows: int) -> None:
        self._size = (cols, rows)
        self._kept = bytearray()
        self._whole = True
        self._before, self._now = ModeTracker(), ModeTracker()
        self._replies = bytearray()
        self._rest = b""

    @classmethod
    def new(cls, cols: int, rows: int) -> Self:
        """Make an empty one."""
        return cls(cols, rows)

    @classmethod
    def restore(cls, blob: bytes) -> Self:
        """Make the one that `checkpoint` described. Raises ScreenError."""
        if not blob.startswith(_MAGIC):
            raise ScreenError("this is the state of another screen engine")
        head, _, kept = blob[len(_MAGIC) :].partition(b"\n")
        try:
            told: dict[str, Any] = json.loads(head)
            screen = cls(int(told["cols"]), int(told["rows"]))
            screen._before.feed(told["before"].encode("latin-1"))
            screen._now.feed(told["before"].encode("latin-1") + kept)
            screen._whole = bool(told["whole"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ScreenError("the log engine's state is damaged") from error
        screen._now.bels = 0  # those were heard already
        screen._now.title, screen._now.cwd = str(told.get("title")), str(told.get("cwd"))
        screen._kept += kept
        screen._rest = _unfinished(kept)
        return screen

    def feed(self, data: bytes) -> None:
        """Remember what the program printed."""
        self._kept += data
        self._now.feed(data)
        data = self._rest + data
        self._rest = _unfinished(data)
        if self.replies_on:
            self._answer(data)
        if len(self._kept) > KEPT_BYTES + _SLACK_BYTES:
            self._drop(len(self._kept) - KEPT_BYTES)

    def _answer(self, data: bytes) -> None:
        """Answer the queries in the newest bytes."""
        begin = len(self._kept) - len(data)
        position: Position | None = None
        followed = 0
        for match in itertools.islice(_QUERIES.finditer(data), _MAX_REPLIES):
            if match["private"] is None:
                self._replies += _ANSWERS[match[1].replace(b"0", b"")]
                continue
            asked = begin + match.start()
            if position is None:
                followed = max(0, asked - _POSITION_BYTES)
                position = Position(self._size, at_top=self._whole and followed == 0)
            position.feed(bytes(self._kept[followed:asked]))
            followed = asked
            self._replies += b"\x1b[%b%d;%dR" % (match["private"], *position.report())

    def _drop(self, least: int) -> None:
        """Forget at least so many bytes: up to a line's end when there is one soon."""
        line_end = self._kept.find(b"\n", least, least + _CUT_WITHIN_BYTES)
        cut = line_end + 1 if line_end >= 0 else least
        while cut < len(self._kept) and self._kept[cut] & 0xC0 == 0x80:
            cut += 1
        self._before.feed(bytes(self._kept[:cut]))
        del self._kept[:cut]
        self._whole = False

    def resize(self, cols: int, rows: int) -> None:
        """Note the grid; what is kept was printed for whatever it was then."""
        self._size = (cols, rows)

    def snapshot(self, lines: int = SCROLLBACK_LINES) -> bytes:  # noqa: ARG002 - bounded in bytes
        """Return the bytes kept, after modes and colours before them, however many lines."""
        modes = self._before.sequences()
        return THEME_COLORS + modes + (b"" if self._whole else _NOTE) + bytes(self._kept)

    def checkpoint(self) -> bytes:
        """Return everything, for `restore`."""
        told = {
            "cols": self._size[0], "rows": self._size[1], "whole": self._whole,
            "before": self._before.sequences().decode("latin-1"),
            "title": self._now.title, "cwd": self._now.cwd,
        }  # fmt: skip
        return _MAGIC + json.dumps(told).encode() + b"\n" + bytes(self._kept)

    def compress(self) -> None:
        """Keep no more than must be."""
        if len(self._kept) > KEPT_BYTES:
            self._drop(len(self._kept) - KEPT_BYTES)

    def take_replies(self) -> bytes:
        """Return the answers since the last call, and forget them."""
        replies = bytes(self._replies)
        self._replies.clear()
        return replies

    def set_colors(self, colors: Colors) -> None:
        """Colour queries are not answered here."""

    @property
    def size(self) -> tuple[int, int]:
        """The grid as (cols, rows)."""
        return self._size

    @property
    def alternate(self) -> bool:
        """Whether a full-screen program shows its own screen."""
        return bool(self._now.alternate)

    @property
    def title(self) -> str:
        """What the program called its window."""
        return self._now.title

    @property
    def cwd(self) -> str:
        """The folder the shell announced, or ""."""
        return self._now.cwd

    @property
    def bels(self) -> int:
        """How many BEL characters were heard."""
        return self._now.bels

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()


def _unfinished(data: bytes) -> bytes:
    """Return the beginning of what may become a query."""
    begun = _UNFINISHED_QUERY.search(data, max(0, len(data) - _LONGEST_QUERY))
    return begun[0] if begun else b""
