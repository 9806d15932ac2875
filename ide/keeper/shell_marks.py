"""The marks that our shells print around prompts and commands, found in the output (OSC 133).

Who does not know the session's key prints none that counts. Sequences may be cut anywhere between
two reads; what is kept of one is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

BEGIN: Final = b"\x1b]133;"
MAX_MARK_BYTES: Final = 24 * 1024
"""The longest path, each byte of it encoded, and a statement, fit."""
_ENDS: Final = re.compile(rb"[\x07\x18\x1a\x1b]")
_MARK: Final = re.compile(
    rb"(?P<what>[ABCD])(?:;(?:s=)?(?P<status>\d{1,10}))?;ide=(?P<key>[0-9A-Za-z]{32})"
    rb"-(?P<number>\d{1,15})(?P<more>(?:;[a-z]+=[^;]*)*)"
)


@dataclass(frozen=True, slots=True)
class ShellMark:
    """One mark, at [start, end) of the output. `number` is that of the prompt it belongs to.

    `what`: A before the prompt, B behind it, C before the output, D behind that. `more` are other
    words: `cwd` with A, `command` with C, `exception` with D, as far as the program says them.
    """

    what: str
    start: int
    end: int
    number: int
    status: int | None
    more: dict[str, str]


class MarkScanner:
    """Finds the marks of one key, and yields what lies between them."""

    def __init__(self, key: str, offset: int) -> None:
        """Begin at `offset` of the output."""
        self._key, self.offset = key.encode(), offset
        self._rest = b""

    @property
    def settled(self) -> int:
        """Offset before which everything was understood: a mark may be cut there."""
        return self.offset - len(self._rest)

    def feed(self, data: bytes) -> Iterator[ShellMark | bytes]:
        """Take the next bytes; yield marks and the text between them, in their order."""
        base, data = self.settled, self._rest + data
        self.offset = base + len(data)
        done = at = 0
        while (at := data.find(BEGIN, at)) >= 0:
            found = _ENDS.search(data, at + len(BEGIN))
            if found is None or (found[0] == b"\x1b" and found.end() == len(data)):
                if len(data) - at < MAX_MARK_BYTES:
                    break
                at += len(BEGIN)
                continue
            end = found.start() + 2 if data.startswith(b"\x1b\\", found.start()) else found.end()
            mark = self._mark(data[at + len(BEGIN) : found.start()], base + at, base + end)
            if mark and found[0] in {b"\x07", b"\x1b"}:
                if at > done:
                    yield data[done:at]
                yield mark
                done = end
            at = found.start() if found[0] == b"\x1b" and not mark else end
        kept = at if at >= 0 else len(data) - _begun(data, done)
        self._rest = data[kept:]
        if kept > done:
            yield data[done:kept]

    def _mark(self, body: bytes, start: int, end: int) -> ShellMark | None:
        match = _MARK.fullmatch(body)
        if match is None or match["key"] != self._key:
            return None
        more = dict(_word(part) for part in match["more"].split(b";")[1:])
        status = int(match["status"]) if match["status"] else None
        return ShellMark(match["what"].decode(), start, end, int(match["number"]), status, more)


def key_of(data: bytes, end: int) -> str | None:
    """Return the key of the mark of a command's output that ends just there, if one does."""
    at = data.rfind(BEGIN, max(0, end - MAX_MARK_BYTES), max(0, end))
    body = data[at + len(BEGIN) : end] if at >= 0 else b""
    match = _MARK.fullmatch(body.removesuffix(b"\x07").removesuffix(b"\x1b\\"))
    return match["key"].decode() if match and match["what"] == b"C" else None


def _word(part: bytes) -> tuple[str, str]:
    name, _, value = part.partition(b"=")
    return name.decode(), unquote_to_bytes(value).decode("utf-8", "surrogateescape")


def _begun(data: bytes, done: int) -> int:
    """Return how many bytes at the end of `data` may be the beginning of a mark."""
    for size in range(min(len(data) - done, len(BEGIN) - 1), 0, -1):
        if data.endswith(BEGIN[:size]):
            return size
    return 0
