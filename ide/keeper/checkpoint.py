"""The screen on disk: the engine's exact state at an offset.

With it a successor need not parse the whole log.
"""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADER: Final = struct.Struct(">8sQII")
_MAGIC: Final = b"screen1\n"
MAX_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state `blob` after parsing every byte before `offset`."""

    offset: int
    blob: bytes

    def save(self, path: Path) -> None:
        """Replace the file. Raises OSError."""
        header = _HEADER.pack(_MAGIC, self.offset, len(self.blob), zlib.crc32(self.blob))
        fresh = path.with_suffix(".new")
        fresh.write_bytes(header + self.blob)
        fresh.replace(path)


def load(path: Path) -> Checkpoint | None:
    """Read the file; None when there is none or a crash of the machine tore it."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) < _HEADER.size:
        return None
    magic, offset, length, checksum = _HEADER.unpack_from(data)
    blob = data[_HEADER.size :]
    if magic != _MAGIC or len(blob) != length or zlib.crc32(blob) != checksum:
        return None
    return Checkpoint(offset, blob)
