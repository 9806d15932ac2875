"""The screen engine on libghostty-vt: a terminal that can describe itself to xterm.js."""

import re
from typing import Final

from ide.screen import sequences
from ide.screen.encoded import Row, read_rows
from ide.screen.engine import SCROLLBACK_LINES, THEME_COLORS
from ide.screen.rows import content, opening
from ide.screen.terminal import Terminal

_PLAIN_PEN: Final = b"\x1b[0m\x1b(B\x1b)B\x0f\x1b]8;;\x1b\\"
_HOME: Final = b"\x1b[1;1H\x1b[0m"
"""The saved cursor when no program saved one."""
_ALTERNATE_MODES: Final = (1049, 1047, 47)
# Modes that xterm.js knows, by the state it has after a reset. Origin (6) is set apart: it moves
# the cursor and changes what positions mean.
_PRIVATE_MODES: Final = {
    1: False, 7: True, 9: False, 12: False, 25: True, 45: False, 66: False, 1000: False,
    1002: False, 1003: False, 1004: False, 1006: False, 1016: False, 2004: False,
}  # fmt: skip
_ANSI_MODES: Final = (4, 20)
_POSITION: Final = re.compile(rb"\x1b\[(\d+);(\d+)H")


class GhosttyScreen(Terminal):
    """A ScreenEngine."""

    def snapshot(self, lines: int = SCROLLBACK_LINES) -> bytes:
        """Return bytes that make a freshly reset xterm.js of the same size look and act alike.

        At most `lines` of what lies above the screen are among them. Content comes first and modes
        after it, because modes change what writing content does. An unfinished escape sequence
        stands at the end: the bytes that follow complete it.
        """
        blob = self.checkpoint()
        # The scrollback belongs to the screen under a full-screen program's.
        probe = Terminal.copy(blob, history=self.alternate)
        try:
            return self._compose(blob, probe, lines)
        finally:
            probe.close()

    def _compose(self, blob: bytes, probe: Terminal, lines: int) -> bytes:
        """Put the snapshot together; `probe`, a copy, is asked what asking would change."""
        region, cursor_style = sequences.settings(probe)
        rows, size = read_rows(blob, alternate=self.alternate), self.size
        probe.feed(b"\x1b8")
        saved = sequences.cursor(probe, under=_link_under(probe, rows), link=False)
        parts = [THEME_COLORS, sequences.colors(self)]
        if self.alternate:
            mode = next((m for m in _ALTERNATE_MODES if self.mode(m)), _ALTERNATE_MODES[0])
            probe.feed(b"\x1b[?%dl" % mode)
            other = read_rows(blob, alternate=False)
            parts.append(content(sequences.text(probe), other, size, lines))
            parts.append(sequences.cursor(probe, under=_link_under(probe, other)))
            parts += [b"\x1b[?%dh\x1b[H" % mode, _PLAIN_PEN]
        parts.append(content(sequences.text(self), rows, size, lines))
        if saved != _HOME:
            parts += [saved, b"\x1b7", _PLAIN_PEN]
        parts += [self._changed_tab_stops(), region]
        state = sequences.cursor(self, under=_link_under(self, rows))
        parts += [self._modes(), cursor_style, self._placed(state, region)]
        parts.append(self.unfinished())
        return b"".join(parts)

    def _changed_tab_stops(self) -> bytes:
        stops = sequences.tab_stops(self)
        usual = b"".join(b"\x1b[%dG\x1bH" % col for col in range(9, self.size[0] + 1, 8))
        return b"" if stops == b"\x1b[3g" + usual + b"\x1b[H" else stops

    def _modes(self) -> bytes:
        parts = [b"\x1b[%dh" % mode for mode in _ANSI_MODES if self.mode(mode, ansi=True)]
        for mode, default in _PRIVATE_MODES.items():
            if (value := self.mode(mode)) != default:
                parts.append(b"\x1b[?%d%b" % (mode, b"h" if value else b"l"))
        if self.mode(6):
            parts.append(b"\x1b[?6h")
        return b"".join(parts)

    def _placed(self, state: bytes, region: bytes) -> bytes:
        """Return the cursor's `state`; positions count from the region under origin mode."""
        if not self.mode(6) or not region:
            return state
        top = int(region[2:].partition(b";")[0])
        return _POSITION.sub(
            lambda match: b"\x1b[%d;%bH" % (max(1, int(match[1]) - top + 1), match[2]), state, 1
        )


def _link_under(terminal: Terminal, rows: list[Row]) -> bytes:
    """Return what opens the link of the cell that the cursor stands on, b"" for none."""
    col, y = terminal.cursor
    link = rows[y - terminal.size[1]].link(col)
    return opening(link) if link else b""
