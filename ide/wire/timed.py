"""The body of a log that is handed out with its clock: chunks of four kinds, told by a first byte.

First TIMES, records of `u64 offset, u64 milliseconds since the epoch`, both ascending: from the
offset on the bytes came then, within a second where the next is later. Then SIZES, records of
`u64 offset, u16 cols, u16 rows`. Then OUTPUT, `u64 offset` and bytes; where the next one begins
later, bytes are missing. Pure.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ide.wire.frames import BadFrameError
from ide.wire.limits import FILE_CHUNK_BYTES

TIMES, SIZES, OUTPUT = b"t", b"s", b"o"
_TIME: Final = struct.Struct(">QQ")
_SIZE: Final = struct.Struct(">QHH")
_OFFSET: Final = struct.Struct(">Q")
_MOST: Final = FILE_CHUNK_BYTES - 1 - _OFFSET.size


class Output(NamedTuple):
    """Bytes that were printed from that offset on."""

    offset: int
    data: bytes


class Time(NamedTuple):
    """When the bytes from that offset on came."""

    offset: int
    ms: int


class Size(NamedTuple):
    """The grid from that offset on."""

    offset: int
    cols: int
    rows: int


def pack_times(records: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Yield chunks with these records."""
    yield from _packed(TIMES, _TIME, records)


def pack_sizes(records: Iterable[tuple[int, int, int]]) -> Iterator[bytes]:
    """Yield chunks with these records."""
    yield from _packed(SIZES, _SIZE, records)


def pack_output(offset: int, data: bytes) -> Iterator[bytes]:
    """Yield chunks with these bytes."""
    for at in range(0, len(data), _MOST):
        yield OUTPUT + _OFFSET.pack(offset + at) + data[at : at + _MOST]


def unpack(chunk: bytes) -> list[Output | Time | Size]:
    """Return what is in a chunk; nothing of an unknown kind. Raises BadFrameError."""
    kind, rest = chunk[:1], chunk[1:]
    try:
        if kind == OUTPUT:
            return [Output(_OFFSET.unpack_from(rest)[0], rest[_OFFSET.size :])]
        if kind == TIMES:
            return [Time(*record) for record in _TIME.iter_unpack(rest)]
        if kind == SIZES:
            return [Size(*record) for record in _SIZE.iter_unpack(rest)]
    except struct.error as error:
        raise BadFrameError("a chunk of a timed log is cut off") from error
    return []


def _packed(
    kind: bytes, shape: struct.Struct, records: Iterable[tuple[int, ...]]
) -> Iterator[bytes]:
    held = bytearray()
    for record in records:
        held += shape.pack(*record)
        if len(held) > _MOST - shape.size:
            yield kind + held
            held.clear()
    if held:
        yield kind + held
