"""Framing of file requests between the web and the file worker. Pure; `receive` is handed in.

On a stream: `u32 length` and a JSON header; where a body follows, chunks of `u32 length` (at most
FILE_CHUNK_BYTES) and bytes, closed by a chunk of length 0. A header of length 0 says "still
working" and is skipped. A body that stops before its closing chunk is broken, never short.

A ref is a path below the home folder as percent-encoded bytes, so that names which are not UTF-8
travel intact.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from ide.wire.frames import BadFrameError, unpack_json
from ide.wire.limits import FILE_CHUNK_BYTES, MAX_FILE_HEADER_BYTES
from ide.wire.stream import PREFIX_BYTES, length_of, prefixed

END_OF_BODY: Final = prefixed(b"")
STILL_WORKING: Final = prefixed(b"")
MAX_PATH_BYTES: Final = 4095
"""What the kernel takes as one path, without the closing NUL."""

_REF: Final = re.compile(r"(?:%[0-9A-Fa-f]{2}|[!-$&-~])*", re.ASCII)
"""Visible ASCII; a percent sign only as the start of an escape."""


class BadRefError(ValueError):
    """A path that cannot name anything in the home folder; the text says why, for a person."""


class CutOffError(ConnectionError):
    """The other side ended the stream in the middle of a request, an answer or a body."""


def encode_ref(path: bytes) -> str:
    """Return the ref of a path below the home folder; letters, digits and `_.-~/` stay plain."""
    return quote_from_bytes(path, safe="/")


def decode_ref(ref: object) -> bytes:
    """Return the path of a ref, below the home folder; b"" is the home folder itself.

    Raises BadRefError for anything else than text of escapes and visible ASCII, for an absolute
    path, a NUL, an empty part, `.` or `..`, and for more than MAX_PATH_BYTES.
    """
    if not isinstance(ref, str) or not _REF.fullmatch(ref):
        raise BadRefError("A path is percent-encoded text.")
    path = unquote_to_bytes(ref)
    if len(path) > MAX_PATH_BYTES:
        raise BadRefError("This path is too long.")
    if b"\0" in path:
        raise BadRefError("A name cannot contain a NUL character.")
    if path.startswith(b"/"):
        raise BadRefError("A path starts in your home folder, not with a slash.")
    if path and any(part in {b"", b".", b".."} for part in path.split(b"/")):
        raise BadRefError("A path cannot contain “.”, “..” or an empty name.")
    return path


def pack_header(value: dict[str, Any]) -> bytes:
    """Return a header behind its length. Raises BadFrameError over MAX_FILE_HEADER_BYTES."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
    if len(text) > MAX_FILE_HEADER_BYTES:
        raise BadFrameError(f"header of {len(text)} bytes is over the maximum")
    return prefixed(text)


def pack_chunk(data: bytes) -> bytes:
    """Return one chunk of a body: 1 to FILE_CHUNK_BYTES bytes. Raises BadFrameError."""
    if not 0 < len(data) <= FILE_CHUNK_BYTES:
        raise BadFrameError(f"a chunk has 1 to {FILE_CHUNK_BYTES} bytes, not {len(data)}")
    return prefixed(data)


class Reader:
    """Read headers and bodies from a stream, holding at most one header or one chunk.

    `receive(n)` returns 1 to n bytes, or b"" at the end of the stream; whatever it raises (a time
    limit, a lost connection) goes through. All methods raise CutOffError when the stream ends in
    the middle, and BadFrameError when it is not this protocol.
    """

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive

    def header(self) -> dict[str, Any]:
        """Return the next header, over any number of "still working"."""
        length = 0
        while not length:
            length = length_of(self._exactly(PREFIX_BYTES), MAX_FILE_HEADER_BYTES)
        return unpack_json(self._exactly(length), MAX_FILE_HEADER_BYTES)

    def body(self) -> Iterator[bytes]:
        """Yield the chunks of a body until its closing chunk."""
        while length := length_of(self._exactly(PREFIX_BYTES), FILE_CHUNK_BYTES):
            yield self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        held = bytearray()
        while len(held) < count:
            data = self._receive(count - len(held))
            if not data:
                raise CutOffError("the stream ended in the middle")
            held += data
        return bytes(held)
