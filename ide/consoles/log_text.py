"""A log as plain text, while it passes: escape sequences and control characters are left out."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_MAX_LINE_BYTES: Final = 256 * 1024
"""A longer line is cut: a sequence just there may leave a trace."""
_CONTROL: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\n]*?(?:\x07|\x1b\\|(?=\n)|\Z)|[ -/]*[0-OQ-WYZ\\`-~])"
    rb"|[\x00-\x08\x0b-\x1f\x7f]"
)


def as_text(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the text of a log that comes in pieces cut anywhere.

    A carriage return within a line begins another, so that what it overwrote is not lost.
    """
    rest = b""
    for piece in pieces:
        rest += piece
        stop = rest.rfind(b"\n") + 1
        if not stop and len(rest) > _MAX_LINE_BYTES:
            stop = len(rest)
        if stop:
            yield _plain(rest[:stop])
            rest = rest[stop:]
    if rest:
        yield _plain(rest)


def _plain(data: bytes) -> bytes:
    data = re.sub(rb"\r+\n", b"\n", data).replace(b"\r", b"\n")
    return _CONTROL.sub(b"", data)
