"""Frames of the link: `u8 type, u16 channel, payload`, big-endian.

One frame is one binary WebSocket message (browser and keeper), or stands behind a u32 length on the
unix socket (web and keeper). Channel 0 is the link itself; 1..65535 are consoles, numbered
by the browser in HELLO. Offsets are u64 counts of output bytes since the console's log began.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Final, Self

from ide.wire import limits

_HEADER: Final = struct.Struct(">BH")
_INPUT: Final = struct.Struct(">I")
_OFFSET: Final = struct.Struct(">Q")
_SIZE: Final = struct.Struct(">HHHHB")
_SNAPSHOT: Final = struct.Struct(">QHHBI")
_RESIZED: Final = struct.Struct(">QHHB")
_EXIT: Final = struct.Struct(">iBQ")
_ERROR: Final = struct.Struct(">H")

HEADER_BYTES: Final = _HEADER.size
COME_BACK: Final = 1012
"""Close code of a link: the other side restarts, connect again at once."""


class BadFrameError(ValueError):
    """The other side sent bytes that are not a frame of this protocol."""


class Kind(IntEnum):
    """The first byte of a frame. Below 0x80 the browser speaks, from 0x80 on the keeper."""

    HELLO = 0x01
    INPUT = 0x02
    ACK = 0x03
    SIZE = 0x04
    PING = 0x06
    THEME = 0x07
    DETACH = 0x08
    WELCOME = 0x81
    OUTPUT = 0x82
    SNAP_BEGIN = 0x83
    SNAP_DATA = 0x84
    SNAP_END = 0x85
    RESIZED = 0x86
    INACK = 0x87
    EXIT = 0x88
    META = 0x89
    PONG = 0x8A
    ERROR = 0x8B
    EVENT = 0x8C
    AWAY = 0x8D
    # Only between web and keeper, never to or from a browser.
    GRANT = 0x71
    CALL = 0x72
    HANDOVER = 0x73
    END = 0x74
    REPLY = 0xF2


BROWSER_KINDS: Final = frozenset(
    {Kind.HELLO, Kind.INPUT, Kind.ACK, Kind.SIZE, Kind.PING, Kind.THEME, Kind.DETACH}
)
"""What a browser may send; any other known kind ends the link."""


class SizeFlag(IntEnum):
    """Bits of SIZE's flags."""

    VISIBLE = 1
    USED = 2
    CLAIM = 4


class Ending(IntEnum):
    """How a session ended, in EXIT."""

    EXIT = 0
    SIGNAL = 1
    LOST = 2
    REBOOT = 3
    STOPPED = 4
    LIMIT = 5


class ErrorCode(IntEnum):
    """Codes of ERROR frames."""

    GONE = 1
    FORBIDDEN = 2
    BUSY = 3
    VERSION = 5
    REFUSED = 6


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `kind` stays an int so that an unknown type can be skipped."""

    kind: int
    channel: int
    payload: bytes


def encode(kind: int, channel: int, payload: bytes = b"") -> bytes:
    """Return the bytes of one frame."""
    return _HEADER.pack(kind, channel) + payload


def decode(data: bytes, max_bytes: int = limits.MAX_SERVER_FRAME_BYTES) -> Frame:
    """Split one frame. Raises BadFrameError when it is too short or longer than `max_bytes`."""
    if len(data) < HEADER_BYTES:
        raise BadFrameError(f"frame of {len(data)} bytes is shorter than its header")
    if len(data) > max_bytes:
        raise BadFrameError(f"frame of {len(data)} bytes is over the maximum of {max_bytes}")
    kind, channel = _HEADER.unpack_from(data)
    return Frame(kind, channel, data[HEADER_BYTES:])


def _unpack(layout: struct.Struct, payload: bytes, name: str, *, exact: bool) -> tuple[Any, ...]:
    if len(payload) < layout.size or (exact and len(payload) != layout.size):
        raise BadFrameError(f"{name} payload has {len(payload)} bytes, expected {layout.size}")
    return layout.unpack_from(payload)


class _Numbers:
    """A payload of numbers alone, one for each field of the dataclass, in their order."""

    __slots__: tuple[str, ...] = ()
    KIND: ClassVar[Kind]
    LAYOUT: ClassVar[struct.Struct]

    def pack(self) -> bytes:
        """Return the payload."""
        return self.LAYOUT.pack(*(getattr(self, name) for name in self.__slots__))

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Read the payload. Raises BadFrameError."""
        return cls(*_unpack(cls.LAYOUT, payload, cls.KIND.name, exact=True))


@dataclass(frozen=True, slots=True)
class Input:
    """Keys for the program: `u32 seq`, then at most MAX_INPUT_BYTES."""

    seq: int
    data: bytes

    def pack(self) -> bytes:
        """Return the payload."""
        return _INPUT.pack(self.seq) + self.data

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Read the payload. Raises BadFrameError."""
        (seq,) = _unpack(_INPUT, payload, "INPUT", exact=False)
        data = payload[_INPUT.size :]
        if len(data) > limits.MAX_INPUT_BYTES:
            raise BadFrameError(f"INPUT carries {len(data)} bytes, over {limits.MAX_INPUT_BYTES}")
        return cls(seq, data)


@dataclass(frozen=True, slots=True)
class Ack(_Numbers):
    """Everything before `offset` was parsed by the viewer (cumulative)."""

    KIND = Kind.ACK
    LAYOUT = _OFFSET
    offset: int


@dataclass(frozen=True, slots=True)
class Size(_Numbers):
    """A viewer's grid and the pixels of its pane; flags are SizeFlag bits."""

    KIND = Kind.SIZE
    LAYOUT = _SIZE
    cols: int
    rows: int
    px_width: int
    px_height: int
    flags: int


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes the program printed, the first of them at `offset`."""

    offset: int
    data: bytes

    def pack(self) -> bytes:
        """Return the payload."""
        return _OFFSET.pack(self.offset) + self.data

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Read the payload. Raises BadFrameError."""
        (offset,) = _unpack(_OFFSET, payload, "OUTPUT", exact=False)
        return cls(offset, payload[_OFFSET.size :])


class Codec(IntEnum):
    """How the bytes between SNAP_BEGIN and SNAP_END are packed."""

    PLAIN = 0
    DEFLATE = 1


@dataclass(frozen=True, slots=True)
class SnapBegin(_Numbers):
    """A snapshot as of `offset` follows in SNAP_DATA frames: `length` bytes of `codec`."""

    KIND = Kind.SNAP_BEGIN
    LAYOUT = _SNAPSHOT
    offset: int
    cols: int
    rows: int
    codec: int
    length: int


@dataclass(frozen=True, slots=True)
class Resized(_Numbers):
    """The grid became cols x rows exactly at `offset`; `owner` is 1 when this viewer set it."""

    KIND = Kind.RESIZED
    LAYOUT = _RESIZED
    offset: int
    cols: int
    rows: int
    owner: int


@dataclass(frozen=True, slots=True)
class Inack(_Numbers):
    """Input up to `seq` was written to the pty."""

    KIND = Kind.INACK
    LAYOUT = _INPUT
    seq: int


@dataclass(frozen=True, slots=True)
class Exit(_Numbers):
    """The session ended: `status` is exit code or signal, its last byte is before `offset`."""

    KIND = Kind.EXIT
    LAYOUT = _EXIT
    status: int
    how: int
    offset: int


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """`u16 code` of ErrorCode and a sentence that is safe to show."""

    code: int
    text: str

    def pack(self) -> bytes:
        """Return the payload."""
        return _ERROR.pack(self.code) + self.text.encode()[: limits.MAX_JSON_BYTES]

    @classmethod
    def unpack(cls, payload: bytes) -> Self:
        """Read the payload. Raises BadFrameError."""
        (code,) = _unpack(_ERROR, payload, "ERROR", exact=False)
        return cls(code, payload[_ERROR.size :].decode("utf-8", "replace"))


def pack_json(value: dict[str, Any]) -> bytes:
    """Return the payload of HELLO, THEME, WELCOME, META, EVENT, GRANT, CALL or REPLY."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def unpack_json(payload: bytes, max_bytes: int = limits.MAX_JSON_BYTES) -> dict[str, Any]:
    """Read a JSON object. Raises BadFrameError when it is too long, not JSON or not an object."""
    if len(payload) > max_bytes:
        raise BadFrameError(f"JSON of {len(payload)} bytes is over the maximum of {max_bytes}")
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadFrameError("payload is not JSON") from error
    if not isinstance(value, dict):
        raise BadFrameError("payload is not a JSON object")
    return value
