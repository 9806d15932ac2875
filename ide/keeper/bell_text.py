"""Texts sought in what a program prints, however it is coloured and cut. Pure."""

import re
from typing import Final

from ide.wire.plain_text import plain

MAX_HELD_BYTES: Final = 4096
"""Of an escape sequence that is not over yet; what follows so much of one counts as text."""
_UNFINISHED: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")


def place(data: bytes, text: bytes) -> int:
    """Return where `text` is in `data`, or at least the line that shows it.

    0 where it began before.
    """
    at = data.find(text)
    if at >= 0:
        return at
    at = 0
    for line in data.splitlines(keepends=True):
        if text in plain(line):
            return at
        at += len(line)
    return 0


def excerpt(data: bytes, most_bytes: int) -> str:
    """Return the last lines of `data` as plain text of at most `most_bytes`."""
    text = plain(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip()
    last = text[-most_bytes:]
    if len(last) < len(text) and b"\n" in last:
        last = last.partition(b"\n")[2]
    return last.decode(errors="ignore")


class Search:
    """Seeks texts in pieces of output, also across their borders."""

    def __init__(self) -> None:
        self._rest = self._tail = b""

    def feed(self, data: bytes, texts: list[bytes]) -> list[bytes]:
        """Return which of `texts` end in `data`, which follows what was fed before."""
        data = self._rest + data
        unfinished = _UNFINISHED.search(data, max(0, len(data) - MAX_HELD_BYTES))
        cut = unfinished.start() if unfinished else len(data)
        data, self._rest = data[:cut], data[cut:]
        before = len(self._tail)
        text = self._tail + plain(data)
        self._tail = text[-max(map(len, texts), default=0) :]
        return [one for one in texts if text.find(one, max(0, before - len(one) + 1)) >= 0]
