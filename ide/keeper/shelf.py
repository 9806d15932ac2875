"""The segments of one log in their order: what `read` finds, what is packed, what is dropped.

Changed by the loop alone, the tuple as a whole, so that other threads read without a lock.
"""

from dataclasses import replace

from ide.keeper import packing, segments
from ide.keeper.segments import Segment

_TRIES = 2
"""A segment may be packed, or shortened, between looking it up and reading it."""


class Shelf:
    """Segments, ascending. Between two there may be a gap; the last one may be growing."""

    def __init__(self, found: list[Segment]) -> None:
        self.all = tuple(found)
        self.kept_bytes = sum(one.size_bytes for one in found)
        """What closed segments take on the disk."""

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`; nothing in a gap, or where the disk fails."""
        for _ in range(_TRIES):
            found = segments.holding(self.all, offset)
            if found is None:
                return b""
            try:
                data = found.read(offset, size)
            except OSError:
                continue
            # What memory let go meanwhile reads as zeros.
            if found.path or any(one is found for one in self.all):
                return data
        return b""

    def past_hole(self, offset: int) -> int | None:
        """Return where to try again after nothing could be read at `offset`; None: nowhere."""
        found = segments.holding(self.all, offset)
        if found and found.packed and found.end:
            block = found.first + ((offset - found.first) // packing.BLOCK_BYTES + 1) * (
                packing.BLOCK_BYTES
            )
            if block < found.end:
                return block
        return min((one.first for one in self.all if one.first > offset), default=None)

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte that is kept, 0 once the log is closed."""
        return self.all[0].first if self.all else 0

    @property
    def unbroken_from(self) -> int:
        """The offset from which no byte is missing."""
        start = self.all[-1].first
        for one in reversed(self.all[:-1]):
            if one.end != start:
                break
            start = one.first
        return start

    def last(self) -> Segment | None:
        """Return the newest segment."""
        return self.all[-1] if self.all else None

    def add(self, segment: Segment) -> None:
        """Put the next one at the end."""
        self.all = (*self.all, segment)

    def take_last(self) -> Segment:
        """Take the newest one away, to put it back as another."""
        last = self.all[-1]
        self.all = self.all[:-1]
        self.kept_bytes -= last.size_bytes
        return last

    def close_last(self, end: int, at: float) -> None:
        """Nothing more is written to the newest one, which ends at `end`."""
        last = self.take_last()
        if last.path and end == last.first:
            last.unlink()
            return
        closed = last.closed(end, at)
        self.add(closed)
        self.kept_bytes += closed.size_bytes

    def shorten_last(self, first: int) -> Segment:
        """Have the newest one begin at `first`, with a gap before it; returns it."""
        last = replace(self.all[-1], first=first)
        self.all = (*self.all[:-1], last)
        return last

    def next_to_pack(self) -> Segment | None:
        """Return the oldest one on the disk that is closed and not compressed."""
        return next((one for one in self.all if one.path and one.end and not one.packed), None)

    def unpacked(self) -> list[Segment]:
        """Return those on the disk that are not compressed, the growing one too."""
        return [one for one in self.all if one.path and not one.packed]

    def unpacked_bytes(self) -> int:
        """How much waits to be compressed."""
        return sum(one.size_bytes for one in self.all if not one.packed)

    def replace(self, raw: Segment, packed: Segment) -> None:
        """Have the compressed one instead, or remove it when the raw one was dropped meanwhile."""
        if raw not in self.all:
            packed.unlink()
            return
        self.all = tuple(packed if one is raw else one for one in self.all)
        self.kept_bytes += packed.size_bytes - raw.size_bytes
        raw.unlink()

    def oldest_closed(self) -> Segment | None:
        """Return the oldest one on the disk, unless it grows."""
        return next((one for one in self.all if one.path and one.end is not None), None)

    def drop(self, segment: Segment) -> None:
        """Remove one and its file."""
        self.all = tuple(one for one in self.all if one is not segment)
        self.kept_bytes -= segment.size_bytes
        segment.unlink()

    def forget_memory(self, before: int) -> None:
        """Let go of what was only in memory and ends before that offset."""
        self.all = tuple(one for one in self.all if one.path or one.end is None or one.end > before)

    def clear(self) -> None:
        """Let go of everything."""
        self.all = ()
        self.kept_bytes = 0

    def lose_files(self) -> None:
        """Keep only what is open: the files have lost their names."""
        self.all = tuple(replace(one, path=None) for one in self.all if one.file)
        self.kept_bytes = 0
