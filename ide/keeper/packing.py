"""A compressed piece of a log that can still be read at any offset.

The file is blocks, each compressed alone, then where each begins, then a trailer of fixed size. Its
name appears only once all of it is on the disk.
"""

import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Final

BLOCK_BYTES: Final = 64 * 1024
"""Compressed alone, so that one read costs one block. Larger ones saved 3 % of the room."""
_LEVEL: Final = 1
_MAGIC: Final = b"packed1\n"
_TRAILER: Final = struct.Struct(">QII8s")
_PLACE: Final = struct.Struct(">Q")
_MAX_BLOCK_BYTES: Final = 16 * 1024 * 1024


class HaltedError(OSError):
    """Packing was told to stop."""


def pack(
    source: int, position: int, length: int, target: Path, halt: threading.Event | None = None
) -> int:
    """Write `length` bytes of the file `source` from `position` on as `target`; returns its size.

    Blocks until `halt` is set: for the thread that keeps logs. Raises OSError, leaving nothing
    under that name.
    """
    fresh = target.with_name(target.name + ".new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        size = _write(fd, source, position, length, halt)
        os.fsync(fd)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    return size


def _write(fd: int, source: int, position: int, length: int, halt: threading.Event | None) -> int:
    places, at = [], 0
    for offset in range(0, length, BLOCK_BYTES):
        if halt and halt.is_set():
            raise HaltedError("halted")
        wanted = min(BLOCK_BYTES, length - offset)
        data = os.pread(source, wanted, position + offset)
        if len(data) != wanted:
            raise OSError("a piece of the log is shorter than its name says")
        places.append(at)
        at += _write_all(fd, zlib.compress(data, _LEVEL))
    table = b"".join(_PLACE.pack(place) for place in (*places, at))
    trailer = _TRAILER.pack(length, BLOCK_BYTES, len(places), _MAGIC)
    return at + _write_all(fd, table + trailer)


def _write_all(fd: int, data: bytes) -> int:
    done = 0
    while done < len(data):
        done += os.write(fd, data[done:])
    return done


def read(fd: int, position: int, size: int) -> bytes:
    """Return at most `size` bytes of what was packed, from `position` on, within one block.

    Nothing at or past the end, and where the disk lost what it had. Raises OSError.
    """
    end = os.fstat(fd).st_size - _TRAILER.size
    if end < 0:
        return b""
    length, block_bytes, count, magic = _TRAILER.unpack(os.pread(fd, _TRAILER.size, end))
    if magic != _MAGIC or not 0 < block_bytes <= _MAX_BLOCK_BYTES or position >= length:
        return b""
    block, inside = divmod(position, block_bytes)
    table = end - (count + 1) * _PLACE.size
    places = os.pread(fd, 2 * _PLACE.size, table + block * _PLACE.size)
    try:
        first, after = (value for (value,) in _PLACE.iter_unpack(places))
        if not first < after <= table:
            return b""
        data = zlib.decompress(os.pread(fd, after - first, first))
    except (zlib.error, struct.error, ValueError):
        return b""
    return data[inside : inside + size]
