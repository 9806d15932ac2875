"""What a terminal of libghostty-vt is like, as the bytes that make another one so."""

import ctypes
import re
from ctypes import byref, c_void_p
from typing import Final

from ide.screen import native
from ide.screen.native import check, lib
from ide.screen.terminal import Terminal

_CANCEL: Final = b"\x18"
_DEFAULT_CURSORS: Final = (b"1", b"2")
"""A block is left to the viewer's own preference: the engine says so when no program chose. Whether
it blinks is a mode."""
_REGION: Final = re.compile(rb"\x1bP1\$r(\d+);(\d+)r\x1b\\")
_CURSOR_STYLE: Final = re.compile(rb"\x1bP1\$r(\d) q\x1b\\")
NO_LINK: Final = b"\x1b]8;;\x1b\\"
_PLACED: Final = re.compile(rb"\x1b\[\d+;\d+H")
_SEQUENCES: Final = re.compile(rb"\x1b(\[[\d;:]*\"?[A-Za-z]|[()*+].)|[\x0e\x0f]")
_COLORS: Final = (
    (10, native.DATA_COLOR_FOREGROUND, native.DATA_COLOR_FOREGROUND_DEFAULT),
    (11, native.DATA_COLOR_BACKGROUND, native.DATA_COLOR_BACKGROUND_DEFAULT),
    (12, native.DATA_COLOR_CURSOR, native.DATA_COLOR_CURSOR_DEFAULT),
)
"""By the number of the OSC that sets it: what is shown, and what would be without a program."""
_ASCII: Final = re.compile(rb"\x1b[()*+]B")
"""ASCII as a character set, chosen or never changed: the same on a terminal that was reset."""


def settings(terminal: Terminal) -> tuple[bytes, bytes]:
    """Ask, as a program would, for scroll region and cursor style. Ends any sequence."""
    replies = terminal.ask(_CANCEL + b"\x1bP$qr\x1b\\\x1bP$q q\x1b\\")
    region = style = b""
    whole = (b"1", b"%d" % terminal.size[1])
    for reply in replies:
        if (match := _REGION.fullmatch(reply)) and match.groups() != whole:
            region = b"\x1b[%b;%br" % match.groups()
        elif (match := _CURSOR_STYLE.fullmatch(reply)) and match[1] not in _DEFAULT_CURSORS:
            style = b"\x1b[%b q" % match[1]
    return region, style


def cursor(terminal: Terminal, *, under: bytes = b"", link: bool = True) -> bytes:
    """Return position (with a pending wrap), pen, protection, charsets and link of the cursor.

    `under` opens the link of the cell that it stands on, which a pending wrap writes once more.
    """
    corner = _corner(terminal)
    skip = len(_format(terminal, area=corner))
    told = ("cursor", "style", "protection", "charsets")
    state = _ASCII.sub(b"", _format(terminal, area=corner, screen=told)[skip:])
    if terminal.get(native.DATA_CURSOR_PENDING_WRAP, ctypes.c_bool).value:
        # The formatter writes the last character again, but not one that was only erased.
        written = _SEQUENCES.sub(b"", state)
        state = state if written else _PLACED.sub(rb"\g<0> ", state, count=1)
        if under:
            state = _PLACED.sub(lambda placed: placed[0] + under, state, count=1) + NO_LINK
    if link:
        state += _format(terminal, area=corner, screen=("hyperlink",))[skip:]
    return state


def tab_stops(terminal: Terminal) -> bytes:
    """Return the bytes that set the tab stops; they leave the cursor at the top left."""
    corner = _corner(terminal)
    plain = _format(terminal, area=corner)
    full = _format(terminal, area=corner, terminal_extras=("tabstops",))
    return full[: len(full) - len(plain)]


def colors(terminal: Terminal) -> bytes:
    """Return what sets the colours that the program changed: of text, ground, cursor, palette."""
    parts = []
    for number, key, default in _COLORS:
        color = _color(terminal, key)
        if color and color != _color(terminal, default):
            parts.append(b"\x1b]%d;#%02x%02x%02x\x1b\\" % (number, *color))
    return b"".join(parts) + _palette(terminal)


def _color(terminal: Terminal, key: int) -> tuple[int, int, int] | None:
    color = native.Rgb()
    if lib.ghostty_terminal_get(terminal.handle, key, byref(color)) != native.SUCCESS:
        return None  # neither a viewer nor a program has chosen one
    return color.r, color.g, color.b


def _palette(terminal: Terminal) -> bytes:
    now = terminal.get(native.DATA_COLOR_PALETTE, native.Rgb * 256)
    default = terminal.get(native.DATA_COLOR_PALETTE_DEFAULT, native.Rgb * 256)
    if bytes(now) == bytes(default):
        return b""
    return b"".join(
        b"\x1b]4;%d;#%02x%02x%02x\x1b\\" % (index, color.r, color.g, color.b)
        for index, (color, was) in enumerate(zip(now, default, strict=True))
        if (color.r, color.g, color.b) != (was.r, was.g, was.b)
    )


def text(terminal: Terminal) -> bytes:
    """Return the rows down to the last one with text, as the engine's formatter writes them."""
    return _format(terminal)


def _corner(terminal: Terminal) -> native.Selection:
    """Return the first cell of the screen as an area."""
    area = native.Selection(size=ctypes.sizeof(native.Selection))
    first = native.GridRef(size=ctypes.sizeof(native.GridRef))
    point = native.Point(native.POINT_ACTIVE, native.PointValue(0, 0))
    check(lib.ghostty_terminal_grid_ref(terminal.handle, point, byref(first)), "point")
    area.start = area.end = first
    return area


def _format(
    terminal: Terminal,
    *,
    area: native.Selection | None = None,
    terminal_extras: tuple[str, ...] = (),
    screen: tuple[str, ...] = (),
) -> bytes:
    """Return rows as the engine's formatter writes them, with the extras named."""
    options = native.FormatterOptions(
        size=ctypes.sizeof(native.FormatterOptions), emit=native.FORMAT_VT, unwrap=area is not None
    )
    options.extra.size = ctypes.sizeof(native.TerminalExtra)
    options.extra.screen.size = ctypes.sizeof(native.ScreenExtra)
    for name in terminal_extras:
        setattr(options.extra, name, True)
    for name in screen:
        setattr(options.extra.screen, name, True)
    if area is not None:
        options.selection = ctypes.pointer(area)
    formatter = c_void_p()
    check(
        lib.ghostty_formatter_terminal_new(None, byref(formatter), terminal.handle, options),
        "format",
    )
    try:
        return native.take_alloc(lib.ghostty_formatter_format_alloc, formatter, "format")
    finally:
        lib.ghostty_formatter_free(formatter)
