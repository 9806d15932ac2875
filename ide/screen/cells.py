"""Single cells of a terminal, by row and column: thousands of them for one snapshot."""

import ctypes
from ctypes import byref, c_int, c_size_t, c_uint64, c_void_p
from dataclasses import dataclass
from typing import Any, Final

from ide.screen import native
from ide.screen.native import check, lib

_MAX_KINDS: Final = 4096
_PAINTS: Final = {
    native.CONTENT_BG_COLOR_PALETTE: (native.CELL_COLOR_PALETTE, ctypes.c_uint8),
    native.CONTENT_BG_COLOR_RGB: (native.CELL_COLOR_RGB, native.Rgb),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a packed cell says of itself."""

    tag: int
    wide: int
    has_text: bool

    @property
    def taken(self) -> bool:
        """Whether there is text, or the second half of a wide character."""
        return self.has_text or self.wide == native.WIDE_SPACER_TAIL

    @property
    def empty(self) -> bool:
        """Whether nothing was written or painted here."""
        return (
            self.tag == native.CONTENT_CODEPOINT
            and not self.has_text
            and self.wide == native.WIDE_NARROW
        )


class Cells:
    """The cells of a terminal that does not change meanwhile; one row at a time is looked at."""

    def __init__(self, handle: c_void_p) -> None:
        self._handle = handle
        self._row = native.GridRef(size=ctypes.sizeof(native.GridRef))
        self._place = native.PointValue(0, 0)
        self._cell = c_uint64()
        self._kinds: dict[int, Kind] = {}

    def look_at(self, y: int) -> None:
        """Go to row `y`, counted from the oldest of the scrollback. Raises ScreenError."""
        self._place.y = y
        point = native.Point(native.POINT_SCREEN, self._place)
        check(lib.ghostty_terminal_grid_ref(self._handle, point, byref(self._row)), "point")

    def value(self, x: int) -> int:
        """Return the packed cell in column `x`; 0 is one that nothing ever happened to."""
        self._row.x = x
        check(lib.ghostty_grid_ref_cell(byref(self._row), byref(self._cell)), "tell a cell")
        return self._cell.value

    def kind(self, x: int) -> Kind:
        """Return what is in column `x`."""
        value = self.value(x)
        kind = self._kinds.get(value)
        if kind is None:
            kind = Kind(
                _ask(value, native.CELL_CONTENT_TAG, c_int),
                _ask(value, native.CELL_WIDE, c_int),
                _ask(value, native.CELL_HAS_TEXT, ctypes.c_bool),
            )
            if len(self._kinds) >= _MAX_KINDS:
                self._kinds.clear()
            self._kinds[value] = kind
        return kind

    def paint(self, x: int) -> bytes:
        """Return the colour of the blank cell in column `x` in SGR's words, b"" for none."""
        tag = self.kind(x).tag
        if tag not in _PAINTS:
            return b""
        color = _ask(self.value(x), *_PAINTS[tag])
        if isinstance(color, native.Rgb):
            return b"2;%d;%d;%d" % (color.r, color.g, color.b)
        return b"5;%d" % color

    def codepoints(self, x: int) -> int:
        """Return how many code points the text in column `x` has; 0 beside a wide character."""
        kind = self.kind(x)
        if kind.wide not in {native.WIDE_NARROW, native.WIDE_WIDE}:
            return 0
        if kind.tag != native.CONTENT_CODEPOINT_GRAPHEME:
            return 1
        length = c_size_t()
        lib.ghostty_grid_ref_graphemes(byref(self._row), None, 0, byref(length))
        return length.value

    def continues(self) -> bool:
        """Whether the row is marked as the rest of the one above."""
        row, answer = c_uint64(), ctypes.c_bool()
        check(lib.ghostty_grid_ref_row(byref(self._row), byref(row)), "tell a row")
        check(lib.ghostty_row_get(row, native.ROW_WRAP_CONTINUATION, byref(answer)), "tell a row")
        return answer.value


def _ask(value: int, key: int, kind: Any) -> Any:
    out = kind()
    check(lib.ghostty_cell_get(value, key, byref(out)), "tell a cell")
    return out if isinstance(out, native.Rgb) else out.value
