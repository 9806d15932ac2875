"""What the keeper asks of a screen engine, so that another one can take its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

SCROLLBACK_LINES = 5000
SCROLLBACK_BYTES = 16 * 1024 * 1024
"""Both are set: with a count of lines alone the engine kept a tenth of them."""
CONTINUATION_BYTES = 1024 * 1024
"""The longest unfinished escape sequence that can be carried over a checkpoint."""

THEME_COLORS: Final = b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\"
"""Back to the theme's: a reset of xterm.js leaves the colours that a program chose."""

CHECKPOINTS: Final = "ghostty-1"
"""What `checkpoint` writes; another name whenever an older engine could not read it."""
READABLE_CHECKPOINTS: Final = frozenset({CHECKPOINTS})
"""What the engine can restore. A keeper that writes others is left alone while it has programs."""


class ScreenError(Exception):
    """The engine refused: an unfinished string over the maximum, or bytes it cannot read."""


Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Colors:
    """What colour queries are answered with; `palette` has at most 256 entries from 0 on."""

    fg: Rgb
    bg: Rgb
    cursor: Rgb
    palette: Sequence[Rgb] = ()

    @classmethod
    def from_theme(cls, theme: Mapping[str, object]) -> "Colors":
        """Read a THEME frame. Raises ValueError when a colour is not `#rrggbb`."""
        palette = theme.get("palette", [])
        if not isinstance(palette, list) or len(palette) > 256:
            raise ValueError("palette is a list of at most 256 colours")
        return cls(
            fg=_rgb(theme.get("fg")),
            bg=_rgb(theme.get("bg")),
            cursor=_rgb(theme.get("cursor")),
            palette=tuple(_rgb(color) for color in palette),
        )


def _rgb(text: object) -> Rgb:
    if not isinstance(text, str) or len(text) != 7 or text[0] != "#":
        raise ValueError("a colour is #rrggbb")
    value = int(text[1:], 16)
    return (value >> 16, value >> 8 & 255, value & 255)


class ScreenEngine(Protocol):
    """One terminal. Not thread-safe: whoever made it feeds it and asks it."""

    replies_on: bool
    """False while a console is rebuilt from its log: queries are not answered."""

    def feed(self, data: bytes) -> None:
        """Parse what the program printed."""

    def resize(self, cols: int, rows: int) -> None:
        """Change the grid; the primary screen reflows."""

    def snapshot(self, lines: int = SCROLLBACK_LINES) -> bytes:
        """Return bytes that make a freshly reset xterm.js of the same size look and act alike.

        At most `lines` of what lies above the screen are among them.
        """

    def checkpoint(self) -> bytes:
        """Return the exact state for a successor. Raises ScreenError when it cannot be encoded."""

    def compress(self) -> None:
        """Take less memory until it is fed or asked again. Raises ScreenError."""

    def take_replies(self) -> bytes:
        """Return the answers to queries since the last call, and forget them."""

    def set_colors(self, colors: Colors) -> None:
        """Say which colours the viewer shows."""

    @property
    def size(self) -> tuple[int, int]:
        """The grid as (cols, rows)."""

    @property
    def alternate(self) -> bool:
        """Whether a full-screen program shows its own screen."""

    @property
    def title(self) -> str:
        """What the program called its window, at most 200 characters."""

    @property
    def cwd(self) -> str:
        """The folder the shell announced (OSC 7), or ""."""

    @property
    def bels(self) -> int:
        """How many BEL characters were heard."""

    def close(self) -> None:
        """Free its memory. Nothing may be called afterwards."""
