"""The log of one console: every byte it printed, at its offset, before anybody sees it.

An offset is a position in the file `output`, for ever: when the log grows over its cap the oldest
blocks are given back to the file system (a hole), and `start` rises. When the disk refuses bytes,
they go to memory, bounded, so that the program is not stopped; `recording` says so.
"""

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

MEMORY_BYTES: Final = 4 * 1024 * 1024
"""How much unrecorded output is kept for viewers."""
_PROBE_BYTES: Final = 1024 * 1024
_KEEP_SIZE: Final = 1
_PUNCH_HOLE: Final = 2
_BLOCK: Final = 4096
_READ_BYTES: Final = 64 * 1024

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


def _fallocate(fd: int, mode: int, offset: int, length: int) -> None:
    if _libc.fallocate(fd, mode, offset, length):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class OutputLog:
    """Bytes [start, head) of one console. Not thread-safe, except `read`."""

    def __init__(self, folder: Path, cap_bytes: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never O_APPEND: splice refuses such a file.
        self._fd = os.open(
            folder / "output", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        self._start_path = folder / "start"
        self.cap_bytes = cap_bytes
        self._memory: int | None = None
        self.head = os.fstat(self._fd).st_size
        self.start = min(self._read_start(), self.head)
        self.splicing = True
        """False once this file system refused splice and bytes are copied."""
        # What `read` looks at: (first offset, fd), ascending; replaced as a whole.
        self._segments: tuple[tuple[int, int], ...] = ((0, self._fd),)

    def _read_start(self) -> int:
        try:
            return int(self._start_path.read_bytes())
        except (FileNotFoundError, ValueError):
            return 0

    @property
    def recording(self) -> bool:
        """Whether bytes reach the disk."""
        return self._memory is None

    @property
    def size_bytes(self) -> int:
        """How much is kept."""
        return self.head - self.start

    def take(self, pipe: int, limit: int) -> int:
        """Move at most `limit` bytes from a pipe to the end of the log; 0 when the pipe is empty.

        Never raises for a full disk: `recording` turns false instead.
        """
        while True:
            target = self._fd if self._memory is None else self._memory
            try:
                moved = self._move(pipe, target, limit)
            except BlockingIOError:
                return 0
            except OSError:
                if self._memory is not None:
                    raise
                self._to_memory()
                continue
            self.head += moved
            return moved

    def _move(self, pipe: int, target: int, limit: int) -> int:
        if self.splicing:
            try:
                return os.splice(
                    pipe, target, limit, offset_dst=self.head,
                    flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK,
                )  # fmt: skip
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self.splicing = False
        data = os.read(pipe, min(limit, _READ_BYTES))
        self._write(target, data)
        return len(data)

    def _write(self, target: int, data: bytes) -> None:
        done = 0
        while done < len(data):
            try:
                done += os.pwrite(target, data[done:], self.head + done)
            except OSError:
                if target == self._memory:
                    raise
                self.head += done
                data, done = data[done:], 0
                target = self._to_memory()

    def append(self, data: bytes) -> None:
        """Write the keeper's own words at the end."""
        self._write(self._fd if self._memory is None else self._memory, data)
        self.head += len(data)

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`; may be shorter, never crosses a segment."""
        segments = self._segments
        for index in range(len(segments) - 1, -1, -1):
            first, fd = segments[index]
            if offset >= first:
                if index + 1 < len(segments):
                    size = min(size, segments[index + 1][0] - offset)
                return os.pread(fd, size, offset)
        return b""

    def _to_memory(self) -> int:
        self._memory = os.memfd_create("output", os.MFD_CLOEXEC)
        self._segments = (*self._segments, (self.head, self._memory))
        return self._memory

    def trim(self, keep_from: int) -> bool:
        """Give back the oldest bytes when the log is over its cap; True when that happened.

        Nothing at or above `keep_from` (a checkpoint's offset) goes.
        """
        if self._memory is not None:
            self._trim_memory(self._memory)
            return False
        if self.size_bytes <= self.cap_bytes:
            return False
        start = min(self.head - self.cap_bytes * 7 // 8, keep_from) // _BLOCK * _BLOCK
        if start <= self.start:
            return False
        try:
            self._start_path.write_bytes(b"%d" % start)
            _fallocate(self._fd, _PUNCH_HOLE | _KEEP_SIZE, 0, start)
        except OSError:
            return False
        self.start = start
        return True

    def _trim_memory(self, memory: int) -> None:
        first = (self.head - MEMORY_BYTES) // _BLOCK * _BLOCK
        if first > self.start + MEMORY_BYTES:
            _fallocate(memory, _PUNCH_HOLE | _KEEP_SIZE, 0, first)
            self.start = first

    def record_again(self) -> bool:
        """Go back to the disk when it takes bytes again; the caller begins a new epoch."""
        if self._memory is None:
            return True
        try:
            _fallocate(self._fd, _KEEP_SIZE, self.head, _PROBE_BYTES)
            self._start_path.write_bytes(b"%d" % self.head)
            os.ftruncate(self._fd, self.head)
            # Nobody can ask for what lies before the gap any more: its room is given back.
            _fallocate(self._fd, _PUNCH_HOLE | _KEEP_SIZE, 0, max(self.head, 1))
        except OSError:
            return False
        old = self._segments[-2:]
        self._segments = (old[-1], (self.head, self._fd))
        self.start = self.head
        self._memory = None
        return True

    def sync(self) -> None:
        """Ask the kernel to put the file on the disk. Blocks: for the syncing thread."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Close the files."""
        for fd in {self._fd, *(fd for _, fd in self._segments)}:
            os.close(fd)
        self._segments = ()
