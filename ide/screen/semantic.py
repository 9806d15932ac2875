"""Marks of shells (OSC 133) kept from the engine, which does more at them than the page's terminal.

libghostty-vt begins a new line at the mark of a prompt; xterm.js knows none of them. So that both
show the same, the engine reads another number, which it does not know either.
"""

from typing import Final

_BEGIN: Final = b"\x1b]133;"
_INSTEAD: Final = b"\x1b]1339;"


class Unmarked:
    """Keeps at most five bytes: the beginning of a mark that a read cut."""

    def __init__(self, unfinished: bytes = b"") -> None:
        """`unfinished` is what the engine holds of a sequence already."""
        self._rest = _begun(unfinished)

    def of(self, data: bytes) -> bytes:
        """Return the next bytes as the engine shall read them."""
        rest, whole = self._rest, data
        if rest:
            whole = rest + data[: len(_BEGIN)]
            at = whole.find(_BEGIN)
            if at >= 0 and at < len(rest):
                cut = at + len(_BEGIN) - 1 - len(rest)
                data = data[:cut] + b"9" + data[cut:]
        self._rest = _begun(rest + data if len(data) < len(_BEGIN) else data)
        return data.replace(_BEGIN, _INSTEAD) if _BEGIN in data else data


def _begun(data: bytes) -> bytes:
    """Return the end of `data` that may become the beginning of a mark."""
    for size in range(min(len(data), len(_BEGIN) - 1), 0, -1):
        if data.endswith(_BEGIN[:size]):
            return _BEGIN[:size]
    return b""
