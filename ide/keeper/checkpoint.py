"""The screen on disk: the engine's exact state at an offset.

With it a successor need not parse the whole log.
"""

import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ide.keeper.suspicion import Suspicion, Work
from ide.screen.engine import ScreenEngine, ScreenError

EVERY_SECONDS: Final = 5.0
_EVERY_BYTES: Final = 2 * 1024 * 1024
_APART_SECONDS: Final = 0.25
_RETRY_BYTES: Final = 256 * 1024
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


class Saver:
    """Saves one console's screen: every 2 MiB of output, and every 5 s while there is some."""

    def __init__(self, path: Path, suspicion: Suspicion) -> None:
        self._path, self._suspicion = path, suspicion
        self.enabled = True
        """False while what is parsed is not recorded: a checkpoint of it would fit no log."""
        self.begin(0)

    def begin(self, offset: int) -> None:
        """Note that the screen is parsed up to `offset`, and that a successor would know."""
        self.saved = offset
        """Offset of the newest checkpoint."""
        self._saved_at, self._retry_at = time.monotonic(), 0

    def seconds_to_save(self, fed: int) -> float | None:
        """Return when `look` may have something to do without more output, None for never."""
        if not self.enabled or fed <= self.saved or fed < self._retry_at:
            return None
        return max(0.0, self._saved_at + EVERY_SECONDS - time.monotonic())

    def look(self, fed: int, screen: ScreenEngine, *, final: bool = False) -> None:
        """Save the screen as it is after byte `fed` if that is due, or if this is the end."""
        now, tail = time.monotonic(), fed - self.saved
        due = tail >= _EVERY_BYTES and now - self._saved_at >= _APART_SECONDS
        late = tail > 0 and now - self._saved_at >= EVERY_SECONDS
        if self.enabled and (due or late or (final and tail > 0)) and fed >= self._retry_at:
            self.save(fed, screen)
            self._saved_at = now

    def save(self, fed: int, screen: ScreenEngine) -> None:
        """Save the screen now. When that fails the last checkpoint stays good."""
        try:
            with self._suspicion.during(Work.CHECKPOINT, fed):
                blob = screen.checkpoint()
            Checkpoint(fed, blob).save(self._path)
        except (ScreenError, OSError):
            self._retry_at = fed + _RETRY_BYTES  # the tail grows meanwhile
        else:
            self.saved = fed
