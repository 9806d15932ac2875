"""The files that a log consists of. Their names say which offsets they hold; nothing else does.

`<first>.raw` is as it was printed: the last one grows, the others wait to be packed.
`<first>-<end>.packed` is compressed. `output` is a whole log as earlier versions kept it, its
offsets being positions in the file.
"""

import bisect
import contextlib
import errno
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ide.keeper import packing

_PROBE: Final = "probe"
_PROBE_BYTES: Final = 1024 * 1024
_RAW: Final = re.compile(r"([0-9]{20})\.raw")
_PACKED: Final = re.compile(r"([0-9]{20})-([0-9]{20})\.packed")
OLD_LOG: Final = "output"
_OLD_START: Final = "start"


class OpenFile:
    """A file that is closed when nobody refers to it any more: readers are in other threads."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __del__(self) -> None:
        """Close."""
        os.close(self.fd)


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes [first, end) of a log; `end` is None while it grows.

    `base` is the offset of the file's position 0. `size_bytes` is what it takes on the disk, and
    `at` when it was written last, in seconds since the epoch; both are 0 while it grows. One that
    lies in memory has no path.
    """

    first: int
    end: int | None
    path: Path | None
    base: int
    packed: bool = False
    size_bytes: int = 0
    at: float = 0.0
    file: OpenFile | None = None

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`. Raises OSError."""
        if self.end is not None:
            size = min(size, self.end - offset)
        if size <= 0:
            return b""
        if self.file:
            return os.pread(self.file.fd, size, offset - self.base)
        with self.opened() as fd:
            if self.packed:
                return packing.read(fd, offset - self.first, size)
            return os.pread(fd, size, offset - self.base)

    def fileno(self) -> int:
        """Return the fd while it is open. Raises OSError."""
        if self.file is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self.file.fd

    def is_in_place(self) -> bool:
        """Whether the open file still has its name, so that a successor finds it."""
        if self.path is None:
            return False
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self.fileno()))
        except OSError:
            return False

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Have the file open for reading. Raises OSError."""
        if self.path is None:
            raise FileNotFoundError("this piece of the log was in memory")
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            yield fd
        finally:
            os.close(fd)

    def closed(self, end: int, at: float) -> "Segment":
        """Return it as it is once nothing is written to it any more."""
        if self.path is None:
            return replace(self, end=end, at=at)
        return replace(self, end=end, size_bytes=end - self.first, at=at, file=None)

    def pack(self, halt: threading.Event | None = None) -> "Segment":
        """Write it compressed beside itself, and return that one.

        Blocks until `halt` is set. Raises OSError.
        """
        if self.path is None or self.end is None:
            raise OSError("only a piece that is on the disk and closed can be packed")
        path = self.path.with_name(f"{self.first:020d}-{self.end:020d}.packed")
        with self.opened() as fd:
            os.fsync(fd)
            size = packing.pack(fd, self.first - self.base, self.end - self.first, path, halt)
        os.utime(path, (self.at, self.at))
        return Segment(self.first, self.end, path, self.first, True, size, self.at)

    def unlink(self) -> None:
        """Remove its file, if that is possible."""
        if self.path is None:
            return
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
            if self.path.name == OLD_LOG:
                self.path.with_name(_OLD_START).unlink(missing_ok=True)


def begin(folder: Path, first: int, end: int) -> Segment:
    """Return the growing segment that has the bytes [first, end) so far, made when it has none.

    Raises OSError, also when it has others: what is there is never written over.
    """
    path = folder / f"{first:020d}.raw"
    # Never O_APPEND: splice refuses such a file.
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    file = OpenFile(fd)
    if os.fstat(fd).st_size != end - first:
        raise FileExistsError(errno.EEXIST, "this piece of the log has other bytes", str(path))
    return Segment(first, None, path, first, file=file)


def make_folder(folder: Path) -> None:
    """Make a console's folder if it is missing, and that of all consoles. Raises OSError.

    No more than these: a data folder that was removed stays so.
    """
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def probe(folder: Path) -> None:
    """Make the folder if it is missing, and see whether its disk takes bytes. Raises OSError."""
    make_folder(folder)
    path = folder / _PROBE
    try:
        path.write_bytes(bytes(_PROBE_BYTES))
    finally:
        path.unlink(missing_ok=True)


def scan(folder: Path) -> list[Segment]:
    """Return what a folder holds, ascending, all closed, after clearing up what a kill left.

    Raises OSError when the folder cannot be read.
    """
    raw: dict[int, Segment] = {}
    packed: dict[int, Segment] = {}
    for entry in os.scandir(folder):
        path = Path(entry.path)
        if match := _RAW.fullmatch(entry.name):
            first, info = int(match[1]), entry.stat(follow_symlinks=False)
            end = first + info.st_size
            raw[first] = Segment(first, end, path, first, False, info.st_size, info.st_mtime)
        elif match := _PACKED.fullmatch(entry.name):
            first, end, info = int(match[1]), int(match[2]), entry.stat(follow_symlinks=False)
            packed[first] = Segment(first, end, path, first, True, info.st_size, info.st_mtime)
        elif entry.name == _PROBE or entry.name.endswith(".packed.new"):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    if old := _old_log(folder / OLD_LOG):
        if old.first in raw:
            old.unlink()  # it was empty, and what follows it has begun
        else:
            raw[old.first] = old
    return _without_remains(raw, packed)


def packed_since(raw: Segment) -> Segment | None:
    """Return the compressed one that a keeper has put in the place of a raw file, if there is."""
    found = raw.path.parent.glob(f"{raw.first:020d}-*.packed") if raw.path else ()
    for path in found:
        if match := _PACKED.fullmatch(path.name):
            return Segment(raw.first, int(match[2]), path, raw.first, packed=True)
    return None


def _old_log(path: Path) -> Segment | None:
    try:
        info = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    try:
        start = int(path.with_name(_OLD_START).read_bytes())
    except (FileNotFoundError, ValueError):
        start = 0
    start = min(start, info.st_size)
    return Segment(start, info.st_size, path, 0, False, info.st_size - start, info.st_mtime)


def _without_remains(raw: dict[int, Segment], packed: dict[int, Segment]) -> list[Segment]:
    """Drop raw files that are packed already, and empty ones but the last."""
    for first in raw.keys() & packed.keys():
        raw.pop(first).unlink()
    both = sorted([*raw.values(), *packed.values()], key=lambda one: one.first)
    for empty in [one for one in both[:-1] if one.end == one.first]:
        both.remove(empty)
        empty.unlink()
    return both


def holding(segments: tuple[Segment, ...], offset: int) -> Segment | None:
    """Return the segment that `offset` lies in, None in a gap and before the first."""
    index = bisect.bisect_right(segments, offset, key=lambda one: one.first) - 1
    if index < 0:
        return None
    found = segments[index]
    return found if found.end is None or offset < found.end else None
