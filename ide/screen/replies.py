"""Which answers of the engine reach the program: those that are true of xterm.js, which shows it.

The engine's own identity and the features that xterm.js lacks would be lies. Everything that is
not listed is dropped: an answer nobody expects is typed into the shell.
"""

import re
from typing import Final

_PRIMARY: Final = re.compile(rb"\x1b\[\?[\d;]+c")
_SECONDARY: Final = re.compile(rb"\x1b\[>[\d;]+c")
_VERSION: Final = re.compile(rb"\x1bP>\|.*\x1b\\", re.DOTALL)
_MODE: Final = re.compile(rb"\x1b\[(\??)(\d+);(\d)\$y")
_AS_IT_IS: Final = re.compile(
    rb"\x1b\[\??\d+;\d+(;\d+)?R"  # cursor position
    rb"|\x1b\[0n"  # status: ready
    rb"|\x1bP[01]\$r[ -~]{0,200}\x1b\\"  # a setting was asked for; no key that acts, like Enter
    rb"|\x1b\](4;\d{1,3}|1[012]);rgb:[0-9a-f/]{5,20}(\x07|\x1b\\)"  # a colour
)

XTERM_PRIMARY: Final = b"\x1b[?1;2c"
XTERM_SECONDARY: Final = b"\x1b[>0;276;0c"
XTERM_VERSION: Final = b"\x1bP>|xterm.js(6.0.0)\x1b\\"

_ANSI_MODES: Final = frozenset({4, 20})
_PRIVATE_MODES: Final = frozenset(
    {1, 6, 7, 9, 12, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1006, 1016, 1047, 1048, 1049, 2004,
     2026}
)  # fmt: skip


def allowed(reply: bytes) -> bytes:
    """Return what the program gets for one answer of the engine, b"" for nothing."""
    if _AS_IT_IS.fullmatch(reply):
        return reply
    if _PRIMARY.fullmatch(reply):
        return XTERM_PRIMARY
    if _SECONDARY.fullmatch(reply):
        return XTERM_SECONDARY
    if _VERSION.fullmatch(reply):
        return XTERM_VERSION
    if mode := _MODE.fullmatch(reply):
        private, number = mode[1], int(mode[2])
        known = _PRIVATE_MODES if private else _ANSI_MODES
        return reply if number in known else b"\x1b[%b%d;0$y" % (private, number)
    return b""
