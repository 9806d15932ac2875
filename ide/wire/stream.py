"""Length-prefixed messages on a unix stream socket: `u32 length`, then that many bytes."""

import struct
from typing import Final

from ide.wire.frames import BadFrameError
from ide.wire.limits import MAX_STREAM_MESSAGE_BYTES

_LENGTH: Final = struct.Struct(">I")
PREFIX_BYTES: Final = _LENGTH.size


def prefixed(message: bytes) -> bytes:
    """Return the message behind its length. Raises BadFrameError when it is over the maximum."""
    if len(message) > MAX_STREAM_MESSAGE_BYTES:
        raise BadFrameError(f"message of {len(message)} bytes is over the maximum")
    return _LENGTH.pack(len(message)) + message


def length_of(prefix: bytes, max_bytes: int = MAX_STREAM_MESSAGE_BYTES) -> int:
    """Read a prefix. Raises BadFrameError when it announces more than `max_bytes`."""
    (length,) = _LENGTH.unpack(prefix)
    if length > max_bytes:
        raise BadFrameError(f"message of {length} bytes is over the maximum of {max_bytes}")
    return int(length)


class Splitter:
    """Cut a byte stream into messages, holding at most one unfinished message."""

    def __init__(self, max_bytes: int = MAX_STREAM_MESSAGE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that `data` completes. Raises BadFrameError on an over-long one."""
        self._held += data
        messages = []
        at = 0
        while len(self._held) - at >= PREFIX_BYTES:
            length = length_of(bytes(self._held[at : at + PREFIX_BYTES]), self._max_bytes)
            end = at + PREFIX_BYTES + length
            if len(self._held) < end:
                break
            messages.append(bytes(self._held[at + PREFIX_BYTES : end]))
            at = end
        del self._held[:at]
        return messages
