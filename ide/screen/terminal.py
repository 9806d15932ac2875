"""One terminal of libghostty-vt: what the C interface gives, in Python's terms."""

import ctypes
import re
from ctypes import byref, c_int, c_size_t, c_uint16, c_void_p
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from ide.screen import native
from ide.screen.cells import Cells
from ide.screen.engine import (
    CONTINUATION_BYTES,
    SCROLLBACK_BYTES,
    SCROLLBACK_LINES,
    Colors,
)
from ide.screen.native import check, lib
from ide.screen.replies import allowed

MAX_REPLY_BYTES: Final = 64 * 1024
_TITLE_CHARS: Final = 200
_CWD_CHARS: Final = 512
_CANCEL: Final = b"\x18"
_DEFAULT_CURSORS: Final = (b"1", b"2")
"""A block is left to the viewer's own preference: the engine says so when no program chose. Whether
it blinks is a mode."""
_REGION: Final = re.compile(rb"\x1bP1\$r(\d+);(\d+)r\x1b\\")
_CURSOR_STYLE: Final = re.compile(rb"\x1bP1\$r(\d) q\x1b\\")

_PLACED: Final = re.compile(rb"\x1b\[\d+;\d+H")
_SEQUENCES: Final = re.compile(rb"\x1b(\[[\d;:]*\"?[A-Za-z]|[()*+].)|[\x0e\x0f]")
_ASCII: Final = re.compile(rb"\x1b[()*+]B")
"""ASCII as a character set, chosen or never changed: the same on a terminal that was reset."""


class Terminal:
    """A native terminal. `replies_on` is false while a console is rebuilt from its log."""

    def __init__(self, handle: c_void_p) -> None:
        """Own `handle` from now on; made by `new` or `restore`."""
        self._handle = handle
        self._replies = bytearray()
        self._raw_replies: list[bytes] | None = None
        self._bels = 0
        self.replies_on = True
        # The library keeps the pointers: the callbacks live as long as the terminal.
        self._write_pty = native.WritePty(self._on_reply)
        self._bell = native.Bell(self._on_bel)
        for option, limit in (
            (native.OPT_SCROLLBACK_MAX_LINES, SCROLLBACK_LINES),
            (native.OPT_SCROLLBACK_MAX_BYTES, SCROLLBACK_BYTES),
            (native.OPT_CONTINUATION_MAX_BYTES, CONTINUATION_BYTES),
        ):
            self._set(option, byref(c_size_t(limit)))
        self._set(native.OPT_KITTY_IMAGE_STORAGE_LIMIT, byref(ctypes.c_uint64(0)))
        self._set(native.OPT_WRITE_PTY, self._write_pty)
        self._set(native.OPT_BELL, self._bell)

    @classmethod
    def new(cls, cols: int, rows: int) -> Self:
        """Make an empty terminal. Raises ScreenError."""
        handle = c_void_p()
        check(lib.ghostty_terminal_new(None, byref(handle), cols, rows), "make a terminal")
        return cls(handle)

    @classmethod
    def restore(cls, blob: bytes) -> Self:
        """Make the terminal that `checkpoint` described. Raises ScreenError."""
        decoder, handle = c_void_p(), c_void_p()
        check(
            lib.ghostty_snapshot_decoder_new_buf(None, byref(decoder), blob, len(blob)),
            "read a checkpoint",
        )
        try:
            # Without RETAIN the next checkpoint in the middle of a sequence would fail.
            for option, value in (
                (native.DECODER_MAX_CONTINUATION_BYTES, c_size_t(CONTINUATION_BYTES)),
                (native.DECODER_RETAIN_CONTINUATION, ctypes.c_bool(True)),
            ):
                check(lib.ghostty_snapshot_decoder_set(decoder, option, byref(value)), "decode")
            check(lib.ghostty_snapshot_decoder_decode(decoder, byref(handle)), "decode")
        finally:
            lib.ghostty_snapshot_decoder_free(decoder)
        return cls(handle)

    def _set(self, option: int, value: Any) -> None:
        pointer = ctypes.cast(value, c_void_p)
        check(lib.ghostty_terminal_set(self._handle, option, pointer), f"set option {option}")

    def _get(self, key: int, kind: Any) -> Any:
        out = kind()
        check(lib.ghostty_terminal_get(self._handle, key, byref(out)), f"tell {key}")
        return out

    def _on_reply(self, _terminal: int, _user: int, data: int, length: int) -> None:
        reply = ctypes.string_at(data, length)
        if self._raw_replies is not None:
            self._raw_replies.append(reply)
        elif self.replies_on and len(self._replies) < MAX_REPLY_BYTES:
            self._replies += allowed(reply)

    def _on_bel(self, _terminal: int, _user: int) -> None:
        self._bels += 1

    def feed(self, data: bytes) -> None:
        """Parse what the program printed."""
        lib.ghostty_terminal_vt_write(self._handle, data, len(data))

    def resize(self, cols: int, rows: int) -> None:
        """Change the grid. Raises ScreenError."""
        check(lib.ghostty_terminal_resize(self._handle, cols, rows, 8, 16), "resize")

    def take_replies(self) -> bytes:
        """Return the allowed answers since the last call."""
        replies = bytes(self._replies)
        self._replies.clear()
        return replies

    def set_colors(self, colors: Colors) -> None:
        """Set the default colours; what the program changed itself stays."""
        for option, color in (
            (native.OPT_COLOR_FOREGROUND, colors.fg),
            (native.OPT_COLOR_BACKGROUND, colors.bg),
            (native.OPT_COLOR_CURSOR, colors.cursor),
        ):
            self._set(option, byref(native.Rgb(*color)))
        if colors.palette:
            palette = self._get(native.DATA_COLOR_PALETTE_DEFAULT, native.Rgb * 256)
            for index, color in enumerate(colors.palette):
                palette[index] = native.Rgb(*color)
            self._set(native.OPT_COLOR_PALETTE, byref(palette))

    @property
    def size(self) -> tuple[int, int]:
        """The grid as (cols, rows)."""
        cols = self._get(native.DATA_COLS, c_uint16).value
        return cols, self._get(native.DATA_ROWS, c_uint16).value

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return bool(self._get(native.DATA_ACTIVE_SCREEN, c_int).value)

    @property
    def title(self) -> str:
        """What the program called its window."""
        return self._string(native.DATA_TITLE)[:_TITLE_CHARS]

    @property
    def cwd(self) -> str:
        """The folder of the last OSC 7, or "" (also when it names something else than a path)."""
        text = self._string(native.DATA_PWD)
        path = text
        if text.startswith("file:"):
            path = unquote(urlsplit(text).path, errors="surrogateescape")
        return path if path.startswith("/") and len(path) <= _CWD_CHARS else ""

    def _string(self, key: int) -> str:
        text = self._get(key, native.String)
        data = ctypes.string_at(text.ptr, text.len) if text.len else b""
        return data.decode("utf-8", "replace")

    @property
    def bels(self) -> int:
        """How many BEL characters were heard."""
        return self._bels

    def checkpoint(self) -> bytes:
        """Return the exact state. Raises ScreenError (an unfinished string over 1 MiB)."""
        return native.take_alloc(lib.ghostty_snapshot_encode_alloc, self._handle, "encode")

    def compress(self) -> None:
        """Compress the scrollback, which the engine unpacks again where it needs it."""
        result = c_int()
        full = native.COMPRESSION_MODE_FULL
        check(lib.ghostty_terminal_compress(self._handle, full, byref(result)), "compress")

    def close(self) -> None:
        """Free the native terminal."""
        handle, self._handle = self._handle, c_void_p()
        if handle:
            lib.ghostty_terminal_free(handle)

    def ask_settings(self) -> tuple[bytes, bytes]:
        """Ask, as a program would, for what the C interface does not tell. Ends any sequence."""
        self._raw_replies = []
        self.feed(_CANCEL + b"\x1bP$qr\x1b\\\x1bP$q q\x1b\\")
        replies, self._raw_replies = self._raw_replies, None
        region = style = b""
        for reply in replies:
            if ((match := _REGION.fullmatch(reply)) and match[2] != b"%d" % self.size[1]) or (
                match and match[1] != b"1"
            ):
                region = b"\x1b[%b;%br" % match.groups()
            elif (match := _CURSOR_STYLE.fullmatch(reply)) and match[1] not in _DEFAULT_CURSORS:
                style = b"\x1b[%b q" % match[1]
        return region, style

    def mode(self, number: int, *, ansi: bool = False) -> bool:
        """Whether a private mode, or with `ansi` an ANSI mode, is set."""
        config = native.ModeConfig(number | ansi << 15)
        check(lib.ghostty_terminal_get(self._handle, native.DATA_MODE, byref(config)), "tell")
        return bool(config.value)

    @property
    def total_rows(self) -> int:
        """How many rows there are, scrollback and screen."""
        return int(self._get(native.DATA_TOTAL_ROWS, c_size_t).value)

    def state(self) -> bytes:
        """Return position (with a pending wrap), pen, protection and charsets of the cursor."""
        corner = self._corner()
        plain = self.format(area=corner)
        full = self.format(
            area=corner, screen=("cursor", "style", "hyperlink", "protection", "charsets")
        )
        state = _ASCII.sub(b"", full[len(plain) :])
        if self._get(native.DATA_CURSOR_PENDING_WRAP, ctypes.c_bool).value:
            # The formatter writes the last character again, but not one that was only erased.
            written = _SEQUENCES.sub(b"", state)
            state = state if written else _PLACED.sub(rb"\g<0> ", state, count=1)
        return state

    def tab_stops(self) -> bytes:
        """Return the bytes that set the tab stops; they leave the cursor at the top left."""
        corner = self._corner()
        plain = self.format(area=corner)
        full = self.format(area=corner, terminal=("tabstops",))
        return full[: len(full) - len(plain)]

    def palette(self) -> bytes:
        """Return what sets the palette entries that the program changed."""
        now = self._get(native.DATA_COLOR_PALETTE, native.Rgb * 256)
        default = self._get(native.DATA_COLOR_PALETTE_DEFAULT, native.Rgb * 256)
        return b"".join(
            b"\x1b]4;%d;#%02x%02x%02x\x1b\\" % (index, color.r, color.g, color.b)
            for index, (color, was) in enumerate(zip(now, default, strict=True))
            if (color.r, color.g, color.b) != (was.r, was.g, was.b)
        )

    def unfinished(self) -> bytes:
        """Return the beginning of the escape sequence or character that is not complete yet."""
        return native.take_alloc(
            lib.ghostty_terminal_continuation_alloc, self._handle, "tell an unfinished sequence"
        )

    def cells(self) -> Cells:
        """Return what looks at single cells, until the terminal changes."""
        return Cells(self._handle)

    def _corner(self) -> native.Selection:
        """Return the first cell of the screen as an area."""
        area = native.Selection(size=ctypes.sizeof(native.Selection))
        first = native.GridRef(size=ctypes.sizeof(native.GridRef))
        point = native.Point(native.POINT_ACTIVE, native.PointValue(0, 0))
        check(lib.ghostty_terminal_grid_ref(self._handle, point, byref(first)), "point")
        area.start = area.end = first
        return area

    def format(
        self,
        *,
        unwrap: bool = True,
        area: native.Selection | None = None,
        terminal: tuple[str, ...] = (),
        screen: tuple[str, ...] = (),
    ) -> bytes:
        """Return rows as the engine's formatter writes them, with the extras named."""
        options = native.FormatterOptions(
            size=ctypes.sizeof(native.FormatterOptions), emit=native.FORMAT_VT, unwrap=unwrap
        )
        options.extra.size = ctypes.sizeof(native.TerminalExtra)
        options.extra.screen.size = ctypes.sizeof(native.ScreenExtra)
        for name in terminal:
            setattr(options.extra, name, True)
        for name in screen:
            setattr(options.extra.screen, name, True)
        if area is not None:
            options.selection = ctypes.pointer(area)
        formatter = c_void_p()
        check(
            lib.ghostty_formatter_terminal_new(None, byref(formatter), self._handle, options),
            "format",
        )
        try:
            return native.take_alloc(lib.ghostty_formatter_format_alloc, formatter, "format")
        finally:
            lib.ghostty_formatter_free(formatter)
