"""The part of libghostty-vt's C interface that we use, by ctypes.

The library comes from pyghostty's wheel. Its own binding parses 80 KB of C declarations at import:
6 MB and 0.2 s for every workspace, which is a fifth of the memory a user may cost. The numbers and
structures below are compared with pyghostty's declarations by a test.
"""

import ctypes
import importlib.util
from ctypes import POINTER, byref, c_bool, c_int, c_size_t, c_uint16, c_uint32, c_void_p
from pathlib import Path
from typing import Any, Final

from ide.screen.engine import ScreenError

SUCCESS: Final = 0
FORMAT_VT: Final = 1
POINT_ACTIVE: Final = 0

OPT_WRITE_PTY: Final = 1
OPT_BELL: Final = 2
OPT_COLOR_FOREGROUND: Final = 11
OPT_COLOR_BACKGROUND: Final = 12
OPT_COLOR_CURSOR: Final = 13
OPT_COLOR_PALETTE: Final = 14
OPT_KITTY_IMAGE_STORAGE_LIMIT: Final = 15
OPT_SCROLLBACK_MAX_BYTES: Final = 27
OPT_SCROLLBACK_MAX_LINES: Final = 28
OPT_CONTINUATION_MAX_BYTES: Final = 31

DATA_COLS: Final = 1
DATA_ROWS: Final = 2
DATA_CURSOR_X: Final = 3
DATA_CURSOR_Y: Final = 4
DATA_CURSOR_PENDING_WRAP: Final = 5
DATA_ACTIVE_SCREEN: Final = 6
DATA_TITLE: Final = 12
DATA_PWD: Final = 13
DATA_TOTAL_ROWS: Final = 14
DATA_COLOR_FOREGROUND: Final = 18
DATA_COLOR_BACKGROUND: Final = 19
DATA_COLOR_CURSOR: Final = 20
DATA_COLOR_PALETTE: Final = 21
DATA_COLOR_FOREGROUND_DEFAULT: Final = 22
DATA_COLOR_BACKGROUND_DEFAULT: Final = 23
DATA_COLOR_CURSOR_DEFAULT: Final = 24
DATA_COLOR_PALETTE_DEFAULT: Final = 25
DATA_MODE: Final = 37

COMPRESSION_MODE_FULL: Final = 1

DECODER_MAX_CONTINUATION_BYTES: Final = 0
DECODER_RETAIN_CONTINUATION: Final = 1


class String(ctypes.Structure):
    """GhosttyString: borrowed bytes."""

    _fields_ = (("ptr", c_void_p), ("len", c_size_t))


class Rgb(ctypes.Structure):
    """GhosttyColorRgb."""

    _fields_ = (("r", ctypes.c_uint8), ("g", ctypes.c_uint8), ("b", ctypes.c_uint8))


class ModeConfig(ctypes.Structure):
    """GhosttyTerminalModeConfig; bit 15 of `mode` tells an ANSI mode from a private one."""

    _fields_ = (("mode", c_uint16), ("value", c_bool))


class GridRef(ctypes.Structure):
    """GhosttyGridRef."""

    _fields_ = (("size", c_size_t), ("node", c_void_p), ("x", c_uint16), ("y", c_uint16))


class PointValue(ctypes.Structure):
    """GhosttyPointValue as a structure: ctypes cannot pass unions by value."""

    _fields_ = (("x", c_uint16), ("y", c_uint32), ("_pad", ctypes.c_uint64))


class Point(ctypes.Structure):
    """GhosttyPoint: a structure of the same size and alignment."""

    _fields_ = (("tag", c_int), ("value", PointValue))


class Selection(ctypes.Structure):
    """GhosttySelection."""

    _fields_ = (
        ("size", c_size_t), ("start", GridRef), ("end", GridRef), ("rectangle", c_bool),
    )  # fmt: skip


class ScreenExtra(ctypes.Structure):
    """GhosttyFormatterScreenExtra."""

    _fields_ = (
        ("size", c_size_t), ("cursor", c_bool), ("style", c_bool), ("hyperlink", c_bool),
        ("protection", c_bool), ("kitty_keyboard", c_bool), ("charsets", c_bool),
    )  # fmt: skip


class TerminalExtra(ctypes.Structure):
    """GhosttyFormatterTerminalExtra."""

    _fields_ = (
        ("size", c_size_t), ("palette", c_bool), ("modes", c_bool), ("scrolling_region", c_bool),
        ("tabstops", c_bool), ("pwd", c_bool), ("keyboard", c_bool), ("screen", ScreenExtra),
    )  # fmt: skip


class FormatterOptions(ctypes.Structure):
    """GhosttyFormatterTerminalOptions."""

    _fields_ = (
        ("size", c_size_t), ("emit", c_int), ("unwrap", c_bool), ("trim", c_bool),
        ("extra", TerminalExtra), ("selection", POINTER(Selection)),
    )  # fmt: skip


WritePty = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_void_p, c_size_t)
Bell = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ghostty_terminal_new": (c_int, (c_void_p, POINTER(c_void_p), c_uint16, c_uint16)),
    "ghostty_terminal_free": (None, (c_void_p,)),
    "ghostty_terminal_resize": (c_int, (c_void_p, c_uint16, c_uint16, c_uint32, c_uint32)),
    "ghostty_terminal_set": (c_int, (c_void_p, c_int, c_void_p)),
    "ghostty_terminal_get": (c_int, (c_void_p, c_int, c_void_p)),
    "ghostty_terminal_vt_write": (None, (c_void_p, ctypes.c_char_p, c_size_t)),
    "ghostty_terminal_compress": (c_int, (c_void_p, c_int, POINTER(c_int))),
    "ghostty_terminal_continuation_alloc": (
        c_int, (c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_size_t))),
    "ghostty_terminal_grid_ref": (c_int, (c_void_p, Point, POINTER(GridRef))),
    "ghostty_formatter_terminal_new": (
        c_int, (c_void_p, POINTER(c_void_p), c_void_p, FormatterOptions)),
    "ghostty_formatter_format_alloc": (
        c_int, (c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_size_t))),
    "ghostty_formatter_free": (None, (c_void_p,)),
    "ghostty_free": (None, (c_void_p, c_void_p, c_size_t)),
    "ghostty_snapshot_encode_alloc": (
        c_int, (c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_size_t))),
    "ghostty_snapshot_decoder_new_buf": (
        c_int, (c_void_p, POINTER(c_void_p), ctypes.c_char_p, c_size_t)),
    "ghostty_snapshot_decoder_set": (c_int, (c_void_p, c_int, c_void_p)),
    "ghostty_snapshot_decoder_decode": (c_int, (c_void_p, POINTER(c_void_p))),
    "ghostty_snapshot_decoder_ready": (c_int, (c_void_p, POINTER(c_void_p))),
    "ghostty_snapshot_decoder_free": (None, (c_void_p,)),
}  # fmt: skip


def _load() -> ctypes.CDLL:
    # find_spec of a top-level package does not import it.
    spec = importlib.util.find_spec("pyghostty")
    if spec is None or spec.origin is None:
        raise ScreenError("the package pyghostty is not installed")
    library = ctypes.CDLL(str(Path(spec.origin).parent / "_lib" / "libghostty-vt.so"))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


lib: Final = _load()


def check(result: int, what: str) -> None:
    """Raise ScreenError unless a call succeeded."""
    if result != SUCCESS:
        raise ScreenError(f"the screen engine refused to {what} ({result})")


def take_alloc(function: Any, handle: c_void_p, what: str) -> bytes:
    """Call one of the `…_alloc` functions and return a copy of its bytes. Raises ScreenError."""
    pointer, length = c_void_p(), c_size_t()
    check(function(handle, None, byref(pointer), byref(length)), what)
    try:
        return ctypes.string_at(pointer, length.value) if length.value else b""
    finally:
        lib.ghostty_free(None, pointer, length)


_libc: Final = ctypes.CDLL(None)
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE_BYTES: Final = 128 * 1024


def _hold_little_free_memory() -> None:
    """Have glibc give large blocks back when they are freed.

    Else each engine's thread has a heap of its own, which keeps the megabytes of each checkpoint
    and snapshot, and learns to keep more. Another C library has nothing to set.
    """
    if mallopt := getattr(_libc, "mallopt", None):
        for option, value in (
            (_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGE_BYTES), (_TRIM_THRESHOLD, _LARGE_BYTES),
        ):  # fmt: skip
            mallopt(option, value)


def return_free_memory() -> None:
    """Give back what is free within the heap, where the C library can do that."""
    if trim := getattr(_libc, "malloc_trim", None):
        trim(c_size_t(0))


_hold_little_free_memory()
