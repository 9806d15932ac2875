"""A log as plain text, while it passes: escape sequences and control characters are left out."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ide.wire.plain_text import plain

_MAX_LINE_BYTES: Final = 256 * 1024
"""A longer line is cut: a sequence just there may leave a trace."""


def as_text(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the text of a log that comes in pieces cut anywhere.

    A carriage return within a line begins another, so that what it overwrote is not lost. One
    before anything is printed in a line, as shells send it, begins none.
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
    lines = (line.strip(b"\r") for line in plain(data).split(b"\n"))
    return re.sub(rb"\r+", b"\n", b"\n".join(lines))
