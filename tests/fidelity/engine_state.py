"""The keeper's engine, read cell by cell, in the words of frontend/tests/headless.mjs."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

from pyghostty import ffi, lib
from pyghostty._ffi import union_fn

from ide.screen.ghostty import GhosttyScreen
from ide.screen.terminal import Terminal
from tests.fidelity.headless import State

_FLAGS: Final = {
    "bold": "Bold", "faint": "Dim", "italic": "Italic", "underline": "Underline", "blink": "Blink",
    "inverse": "Inverse", "invisible": "Invisible", "strikethrough": "Strikethrough",
    "overline": "Overline",
}  # fmt: skip
_SEEN_WHEN_BLANK: Final = frozenset({"Underline", "Inverse", "Strikethrough", "Overline"})
_MODES: Final = {
    "applicationCursorKeysMode": 1, "applicationKeypadMode": 66, "bracketedPasteMode": 2004,
    "originMode": 6, "reverseWraparoundMode": 45, "sendFocusMode": 1004, "wraparoundMode": 7,
}  # fmt: skip
_MOUSE: Final = {9: "x10", 1000: "vt200", 1002: "drag", 1003: "any"}
_MAX_CODEPOINTS: Final = 64
_MAX_URI_BYTES: Final = 4096

_point: Final = union_fn(
    "ghostty_terminal_grid_ref",
    "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)",
)


def state_of(screen: GhosttyScreen) -> State:
    """Return both screens, cursor and modes of a screen, which is left as it is."""
    normal = Terminal.restore(screen.checkpoint())
    try:
        if screen.alternate:
            normal.feed(b"\x18\x1b[?47l\x1b[?1047l")
        return {
            "normal": list(rows(normal)),
            "alternate": list(rows(screen)) if screen.alternate else None,
            "cursor": cursor(screen),
            "size": list(screen.size),
            "modes": modes(screen),
        }
    finally:
        normal.close()


def cursor(screen: Terminal) -> list[int]:
    """Return column and row; the column is one past the last while a wrap is pending."""
    x, y = (get(screen, f"CURSOR_{axis}", "uint16_t") for axis in "XY")
    return [x + get(screen, "CURSOR_PENDING_WRAP", "bool"), y]


def modes(screen: GhosttyScreen) -> dict[str, Any]:
    """Return those modes that xterm.js has too and both tell."""
    mouse = [name for number, name in _MOUSE.items() if screen.mode(number)]
    return {
        **{name: screen.mode(number) for name, number in _MODES.items()},
        "insertMode": screen.mode(4, ansi=True),
        "cursorHidden": not screen.mode(25),
        "mouseTrackingMode": mouse[-1] if mouse else "none",
    }


def rows(screen: Terminal) -> Iterator[list[Any]]:
    """Yield scrollback and screen, row by row."""
    cols = screen.size[0]
    above = None
    for y in range(get(screen, "TOTAL_ROWS", "size_t")):
        cells = list(read_row(screen, y, cols))
        text = "".join(" " if text == "" else text or "" for text, _ in cells).rstrip(" ")
        full = above is not None and (
            above[-1][0] != "" or (above[-2][0] != "" and cells[1][0] is None)
        )
        runs_on = bool(text and full and continues(screen, y))
        above = cells
        runs = [
            [next(group)[0], look]
            for look, group in itertools.groupby(
                ((x, look) for x, (text, look) in enumerate(cells) if text is not None),
                key=lambda pair: pair[1],
            )
        ]
        yield [text, runs_on, [] if [look for _, look in runs] == ["//"] else runs]


def read_row(screen: Terminal, y: int, cols: int) -> Iterator[tuple[str | None, str]]:
    """Yield text and look of each cell; None for the second half of a wide character."""
    for x in range(cols):
        where = reference(screen, x, y)
        cell = ffi.new("GhosttyCell*")
        assert not lib.ghostty_grid_ref_cell(where, cell)
        wide = cell_data(cell, "WIDE", "GhosttyCellWide")
        if wide == lib.GHOSTTY_CELL_WIDE_SPACER_TAIL:
            yield None, ""
            continue
        text = graphemes(where)
        yield text, look(where, cell, blank=text in {"", " "})


def look(where: Any, cell: Any, *, blank: bool) -> str:
    style = ffi.new("GhosttyStyle*", {"size": ffi.sizeof("GhosttyStyle")})
    assert not lib.ghostty_grid_ref_style(where, style)
    uri = link(where)
    flags = [
        word
        for name, word in _FLAGS.items()
        if getattr(style, name) or (uri and name == "underline")  # xterm.js underlines links
    ]
    if blank:
        flags = [flag for flag in flags if flag in _SEEN_WHEN_BLANK]
    front = "" if blank and not flags else colour(style.fg_color)
    tag = cell_data(cell, "CONTENT_TAG", "GhosttyCellContentTag")
    if tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_PALETTE:
        back = f"p{cell_data(cell, 'COLOR_PALETTE', 'uint8_t')}"
    elif tag == lib.GHOSTTY_CELL_CONTENT_BG_COLOR_RGB:
        back = rgb(cell_data(cell, "COLOR_RGB", "GhosttyColorRgb"))
    else:
        back = colour(style.bg_color)
    return f"{front}/{back}/{' '.join(flags)}{uri and '@'}{uri}"


def link(where: Any) -> str:
    buffer, length = ffi.new(f"uint8_t[{_MAX_URI_BYTES}]"), ffi.new("size_t*")
    assert not lib.ghostty_grid_ref_hyperlink_uri(where, buffer, _MAX_URI_BYTES, length)
    return bytes(buffer[0 : length[0]]).decode()


def colour(color: Any) -> str:
    if color.tag == lib.GHOSTTY_STYLE_COLOR_PALETTE:
        return f"p{color.value.palette}"
    return rgb(color.value.rgb) if color.tag == lib.GHOSTTY_STYLE_COLOR_RGB else ""


def rgb(color: Any) -> str:
    return f"r{color.r << 16 | color.g << 8 | color.b}"


def graphemes(where: Any) -> str:
    buffer, length = ffi.new(f"uint32_t[{_MAX_CODEPOINTS}]"), ffi.new("size_t*")
    assert not lib.ghostty_grid_ref_graphemes(where, buffer, _MAX_CODEPOINTS, length)
    return "".join(chr(buffer[index]) for index in range(length[0]))


def continues(screen: Terminal, y: int) -> bool:
    row, out = ffi.new("GhosttyRow*"), ffi.new("bool*")
    assert not lib.ghostty_grid_ref_row(reference(screen, 0, y), row)
    assert not lib.ghostty_row_get(row[0], lib.GHOSTTY_ROW_DATA_WRAP_CONTINUATION, out)
    return bool(out[0])


def reference(screen: Terminal, x: int, y: int) -> Any:
    where = ffi.new("GhosttyGridRef*", {"size": ffi.sizeof("GhosttyGridRef")})
    point = ffi.new("GhosttyPointS*")
    point.tag, point.value.x, point.value.y = lib.GHOSTTY_POINT_TAG_SCREEN, x, y
    assert not _point(handle(screen), point[0], where)
    return where


def cell_data(cell: Any, name: str, kind: str) -> Any:
    out = ffi.new(f"{kind}*")
    assert not lib.ghostty_cell_get(cell[0], getattr(lib, f"GHOSTTY_CELL_DATA_{name}"), out)
    return out[0]


def get(screen: Terminal, name: str, kind: str) -> Any:
    out = ffi.new(f"{kind}*")
    key = getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}")
    assert not lib.ghostty_terminal_get(handle(screen), key, out)
    return out[0]


def handle(screen: Terminal) -> Any:
    return ffi.cast("GhosttyTerminal", screen.handle.value)
