"""One terminal of libghostty-vt: what the C interface gives, in Python's terms.

What it looks like, as bytes, is the business of `sequences` and `rows`.
"""

import ctypes
from ctypes import byref, c_int, c_size_t, c_uint16, c_void_p
from typing import Any, Final, Self

from ide.screen import native
from ide.screen.engine import CONTINUATION_BYTES, Colors
from ide.screen.folder import folder_of, is_folder
from ide.screen.native import check, lib
from ide.screen.replies import allowed
from ide.screen.scrollback import Scrollback
from ide.screen.semantic import Unmarked

MAX_REPLY_BYTES: Final = 64 * 1024
_TITLE_CHARS: Final = 200


class Terminal:
    """A native terminal. `replies_on` is false while a console is rebuilt from its log."""

    def __init__(self, handle: c_void_p) -> None:
        """Own `handle` from now on; made by `new` or `restore`."""
        self.handle = handle
        self._replies = bytearray()
        self._raw_replies: list[bytes] | None = None
        self._bels = 0
        self._unmarked = Unmarked()
        self.replies_on = True
        # The library keeps the pointers: the callbacks live as long as the terminal.
        self._write_pty = native.WritePty(self._on_reply)
        self._bell = native.Bell(self._on_bel)
        self.scrollback = Scrollback(self._limit_scrollback)
        self._set(native.OPT_CONTINUATION_MAX_BYTES, byref(c_size_t(CONTINUATION_BYTES)))
        self._set(native.OPT_KITTY_IMAGE_STORAGE_LIMIT, byref(ctypes.c_uint64(0)))
        self._set(native.OPT_WRITE_PTY, self._write_pty)
        self._set(native.OPT_BELL, self._bell)

    @classmethod
    def new(cls, cols: int, rows: int) -> Self:
        """Make an empty terminal. Raises ScreenError."""
        handle = c_void_p()
        check(lib.ghostty_terminal_new(None, byref(handle), cols, rows), "make a terminal")
        terminal = cls(handle)
        terminal.scrollback.fit(cols, rows)
        return terminal

    @classmethod
    def restore(cls, blob: bytes) -> Self:
        """Make the terminal that `checkpoint` described. Raises ScreenError."""
        terminal = cls.copy(blob)
        terminal.scrollback.fit(*terminal.size)
        terminal.go_on_after(terminal.unfinished())
        return terminal

    @classmethod
    def copy(cls, blob: bytes, *, history: bool = True) -> Self:
        """Make one with exactly the rows of a checkpoint, to look at. Raises ScreenError.

        Without `history` most of the scrollback is left out, which is most of the work.
        """
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
            decode = (
                lib.ghostty_snapshot_decoder_decode
                if history
                else lib.ghostty_snapshot_decoder_ready
            )
            check(decode(decoder, byref(handle)), "decode")
        finally:
            lib.ghostty_snapshot_decoder_free(decoder)
        return cls(handle)

    def _set(self, option: int, value: Any) -> None:
        pointer = ctypes.cast(value, c_void_p)
        check(lib.ghostty_terminal_set(self.handle, option, pointer), f"set option {option}")

    def get(self, key: int, kind: Any) -> Any:
        """Return what the engine tells for a DATA key, as a ctypes `kind`. Raises ScreenError."""
        out = kind()
        check(lib.ghostty_terminal_get(self.handle, key, byref(out)), f"tell {key}")
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
        data = self._unmarked.of(data)
        lib.ghostty_terminal_vt_write(self.handle, data, len(data))
        if not self.alternate:
            self.scrollback.look(self.get(native.DATA_TOTAL_ROWS, c_size_t).value)

    def go_on_after(self, unfinished: bytes) -> None:
        """Know that what is fed next goes on with this beginning of a sequence."""
        self._unmarked = Unmarked(unfinished)

    def unfinished(self) -> bytes:
        """Return the beginning of the escape sequence or character that is not complete yet."""
        return native.take_alloc(
            lib.ghostty_terminal_continuation_alloc, self.handle, "tell an unfinished sequence"
        )

    def _limit_scrollback(self, in_bytes: int, in_lines: int) -> None:
        self._set(native.OPT_SCROLLBACK_MAX_BYTES, byref(c_size_t(in_bytes)))
        self._set(native.OPT_SCROLLBACK_MAX_LINES, byref(c_size_t(in_lines)))

    def ask(self, queries: bytes) -> list[bytes]:
        """Parse queries and return the engine's own answers, which no program gets."""
        self._raw_replies = []
        self.feed(queries)
        replies, self._raw_replies = self._raw_replies, None
        return replies

    def resize(self, cols: int, rows: int) -> None:
        """Change the grid. Raises ScreenError."""
        check(lib.ghostty_terminal_resize(self.handle, cols, rows, 8, 16), "resize")
        self.scrollback.fit(cols, rows)

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
            palette = self.get(native.DATA_COLOR_PALETTE_DEFAULT, native.Rgb * 256)
            for index, color in enumerate(colors.palette):
                palette[index] = native.Rgb(*color)
            self._set(native.OPT_COLOR_PALETTE, byref(palette))

    @property
    def size(self) -> tuple[int, int]:
        """The grid as (cols, rows)."""
        cols = self.get(native.DATA_COLS, c_uint16).value
        return cols, self.get(native.DATA_ROWS, c_uint16).value

    @property
    def cursor(self) -> tuple[int, int]:
        """Where the cursor stands, as (column, row of the screen) from 0."""
        col = self.get(native.DATA_CURSOR_X, c_uint16).value
        return col, self.get(native.DATA_CURSOR_Y, c_uint16).value

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return bool(self.get(native.DATA_ACTIVE_SCREEN, c_int).value)

    @property
    def title(self) -> str:
        """What the program called its window."""
        return self._string(native.DATA_TITLE)[:_TITLE_CHARS]

    @property
    def cwd(self) -> str:
        """The folder of the last OSC 7, or "" (also when it names something else than a path)."""
        text = self._string(native.DATA_PWD)
        if text.startswith("file:"):
            return folder_of(text)
        return text if is_folder(text) else ""

    def _string(self, key: int) -> str:
        text = self.get(key, native.String)
        data = ctypes.string_at(text.ptr, text.len) if text.len else b""
        return data.decode("utf-8", "replace")

    @property
    def bels(self) -> int:
        """How many BEL characters were heard."""
        return self._bels

    def checkpoint(self) -> bytes:
        """Return the exact state. Raises ScreenError (an unfinished string over 1 MiB)."""
        return native.take_alloc(lib.ghostty_snapshot_encode_alloc, self.handle, "encode")

    def compress(self) -> None:
        """Compress the scrollback, which the engine unpacks again where it needs it."""
        result = c_int()
        full = native.COMPRESSION_MODE_FULL
        check(lib.ghostty_terminal_compress(self.handle, full, byref(result)), "compress")
        native.return_free_memory()

    def close(self) -> None:
        """Free the native terminal."""
        handle, self.handle = self.handle, c_void_p()
        if handle:
            lib.ghostty_terminal_free(handle)

    def mode(self, number: int, *, ansi: bool = False) -> bool:
        """Whether a private mode, or with `ansi` an ANSI mode, is set."""
        config = native.ModeConfig(number | ansi << 15)
        check(lib.ghostty_terminal_get(self.handle, native.DATA_MODE, byref(config)), "tell")
        return bool(config.value)
