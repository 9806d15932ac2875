"""A zip that is written front to back, piece by piece: only its list of entries is held.

What a file's sum and sizes are stands behind it (a data descriptor), since it is read once. Names
are UTF-8 and say so. Zip64 where a size, a place or the count wants it, and only there: old readers
do not know it.
"""

import stat
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LEVEL: Final = 3
"""Of deflate: the workspace's own processor does it, and a network waits for it."""
FLUSH_SECONDS: Final = 5.0
"""What is easily compressed comes out of deflate late: whoever waits hears something meanwhile."""

MOST_32 = 0xFFFFFFFF
MOST_16 = 0xFFFF
"""From these numbers on a field cannot say it, and zip64 does."""
LARGE = 0xF0000000
"""From this size on a file may take MOST_32 when it does not compress."""
_SEE_64: Final = 0xFFFFFFFF
_SEE_64_SHORT: Final = 0xFFFF

_UTF8, _DESCRIPTOR = 0x800, 0x8
_STORED, _DEFLATED = 0, 8
_VERSION, _VERSION_64 = 20, 45
_MADE_BY: Final = 3 << 8 | 45
"""On Unix, so that permissions and links count."""
_FOLDER_BIT: Final = 0x10
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64: Final = struct.Struct("<4sIQI")
_TIME: Final = struct.Struct("<HHBi")
_MOST_EXTRA: Final = 4 + 3 * 8 + _TIME.size


@dataclass(frozen=True, slots=True)
class Member:
    """What an entry is called, and what of it is kept: type and permissions, and its time."""

    name: str
    mode: int
    mtime: float


@dataclass(frozen=True, slots=True)
class _Told:
    """What stands before a file and in the list at the end."""

    flags: int
    method: int
    crc: int = 0
    packed: int = 0
    size: int = 0


class _Packing:
    """A file on its way through deflate; iterated once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._crc = self._packed = self._size = 0
        self.trouble: OSError | None = None

    def told(self) -> _Told:
        """Return what is known by now."""
        flags = _UTF8 | _DESCRIPTOR
        return _Told(flags, _DEFLATED, self._crc, self._packed, self._size)

    def __iter__(self) -> Iterator[bytes]:
        for out in self._deflated():
            self._packed += len(out)
            yield out

    def _deflated(self) -> Iterator[bytes]:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        heard_at = time.monotonic()
        try:
            for data in self._pieces:
                self._crc, self._size = zlib.crc32(data, self._crc), self._size + len(data)
                out = packer.compress(data)
                if not out and time.monotonic() - heard_at > FLUSH_SECONDS:
                    out = packer.flush(zlib.Z_SYNC_FLUSH)
                if out:
                    heard_at = time.monotonic()
                    yield out
        except OSError as error:
            self.trouble = error
        yield packer.flush()


class ZipStream:
    """Hands out the pieces of one zip in their order. Every piece must be sent, then `end`."""

    def __init__(self) -> None:
        self._at = 0
        self._count = 0
        self._directory = bytearray()

    @staticmethod
    def listed_bytes(name: str) -> int:
        """Return at most how many bytes an entry takes in the list that is held."""
        return _CENTRAL.size + len(name.encode()) + _MOST_EXTRA

    def whole(self, member: Member, data: bytes = b"") -> bytes:
        """Return a folder (its name ends with a slash), a link or a short text."""
        at, told = self._at, _Told(_UTF8, _STORED, zlib.crc32(data), len(data), len(data))
        self._list(member, told, at)
        return self._out(_local(member, told, b"") + data)

    def file(self, member: Member, size: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield a file of at most `size` bytes.

        The OSError of `pieces` comes at the end: the entry then holds what was read before.
        """
        at, large = self._at, size >= LARGE
        packing = _Packing(pieces)
        extra = struct.pack("<2H2Q", 1, 16, 0, 0) if large else b""
        yield self._out(_local(member, packing.told(), extra, large=large))
        for out in packing:
            yield self._out(out)
        told = packing.told()
        form = "<4sIQQ" if large else "<4s3I"
        yield self._out(struct.pack(form, b"PK\7\x08", told.crc, told.packed, told.size))
        self._list(member, told, at)
        if packing.trouble:
            raise packing.trouble

    def end(self) -> bytes:
        """Return the list of all entries, which closes the zip."""
        at, size, count = self._at, len(self._directory), self._count
        end = b""
        if count >= MOST_16 or at >= MOST_32:
            version = (_MADE_BY, _VERSION_64)
            end = _END_64.pack(b"PK\6\6", _END_64.size - 12, *version, 0, 0, count, count, size, at)
            end += _LOCATOR_64.pack(b"PK\6\7", 0, at + size, 1)
        few = count if count < MOST_16 else _SEE_64_SHORT
        end += _END.pack(b"PK\5\6", 0, 0, few, few, size, _short(at), 0)
        return self._out(bytes(self._directory) + end)

    def _out(self, data: bytes) -> bytes:
        self._at += len(data)
        return data

    def _list(self, member: Member, told: _Told, at: int) -> None:
        numbers = (told.size, told.packed, at)
        large = b"".join(struct.pack("<Q", number) for number in numbers if number >= MOST_32)
        extra = (struct.pack("<2H", 1, len(large)) + large if large else b"") + _when(member)
        size, packed, place = (_short(number) for number in numbers)
        name, attributes = member.name.encode(), (member.mode & 0xFFFF) << 16
        if stat.S_ISDIR(member.mode):
            attributes |= _FOLDER_BIT
        self._directory += _CENTRAL.pack(
            b"PK\1\2", _MADE_BY, _VERSION_64 if large else _VERSION, told.flags, told.method,
            *_dos_time(member.mtime), told.crc, packed, size,
            len(name), len(extra), 0, 0, 0, attributes, place,
        )  # fmt: skip
        self._directory += name + extra
        self._count += 1


def _short(number: int) -> int:
    return number if number < MOST_32 else _SEE_64


def _local(member: Member, told: _Told, extra: bytes, *, large: bool = False) -> bytes:
    name, extra = member.name.encode(), extra + _when(member)
    sizes = (_SEE_64, _SEE_64) if large else (told.packed, told.size)
    version = _VERSION_64 if large else _VERSION
    when = _dos_time(member.mtime)
    head = (b"PK\3\4", version, told.flags, told.method, *when, told.crc, *sizes)
    return _LOCAL.pack(*head, len(name), len(extra)) + name + extra


def _when(member: Member) -> bytes:
    """Return the time to the second, which DOS's cannot say, nor in which zone."""
    seconds = int(max(-(2**31), min(member.mtime, 2**31 - 1)))
    return _TIME.pack(0x5455, 5, 1, seconds)


def _dos_time(mtime: float) -> tuple[int, int]:
    """Return time and date as DOS has them: from 1980 to 2107, in steps of two seconds."""
    try:
        year, month, day, hour, minute, second = time.localtime(mtime)[:6]
    except (OverflowError, ValueError, OSError):
        year = 0
    if not 1980 <= year <= 2107:
        return 0, 1 << 5 | 1
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
