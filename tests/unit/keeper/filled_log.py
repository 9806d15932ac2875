"""A log with something in it, in as many segments as that takes."""

from ide.keeper.output_log import OutputLog
from ide.keeper.packing import _PLACE, _TRAILER
from ide.keeper.segments import Segment

_PIECE_BYTES = 50_000


def fill(log: OutputLog, data: bytes) -> None:
    """Print `data`, a piece at a time, as a console does."""
    for at in range(0, len(data), _PIECE_BYTES):
        log.append(data[at : at + _PIECE_BYTES])
        if log.segment_is_full:
            log.rotate()


def damage(packed: Segment, block: int) -> None:
    """Have the disk lose a block of a packed segment."""
    data = bytearray(packed.path.read_bytes())
    table = len(data) - _TRAILER.size - (_TRAILER.unpack(data[-_TRAILER.size :])[2] + 1) * 8
    (first,) = _PLACE.unpack_from(data, table + block * _PLACE.size)
    data[first : first + 16] = b"\xff" * 16
    packed.path.write_bytes(data)
