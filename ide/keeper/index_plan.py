"""What of a log is in the index, what is not, and what of that is worth indexing next."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ide.keeper import segments
from ide.keeper.index_part import FOLDER, PartFile, listing
from ide.keeper.index_text import CELL_BYTES, Run, complete_cells
from ide.keeper.packing import BLOCK_BYTES
from ide.keeper.segments import Segment
from ide.keeper.shelf import Shelf
from ide.keeper.times import Times

PART_CELLS: Final = 2048
"""So much of a log, 32 MiB, is one part."""
_MIN_PART_CELLS: Final = 8
_KEPT_BLOCKS: Final = 3

Cells = tuple[int, int]
"""Cells [first, end)."""


def part_cells(cap_bytes: int) -> int:
    """Return how many cells one part has at most, so that a cap holds several parts."""
    return max(_MIN_PART_CELLS, min(PART_CELLS, cap_bytes // 4 // CELL_BYTES))


@dataclass(slots=True)
class IndexedLog:
    """A console's log as it was when the keeper told it, and what the index has of it."""

    id: str
    folder: Path
    epoch: str
    shelf: Shelf
    head: int
    never: bool
    runs: list[Run] = field(default_factory=list)
    _blocks: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def told(cls, told: dict[str, Any]) -> "IndexedLog":
        """Return it as `ide.keeper.finding` put it into words."""
        folder = Path(told["folder"])
        shelf = Shelf([
            Segment(first, end, folder / name, base, packed)
            for first, end, name, base, packed in told["segments"]
        ])  # fmt: skip
        log = cls(told["id"], folder, told["epoch"], shelf, told["head"], told["never"])
        for one in shelf.all:
            end = log.head if one.end is None else one.end
            if log.runs and log.runs[-1][1] == one.first:
                log.runs[-1] = (log.runs[-1][0], end)
            elif end > one.first:
                log.runs.append((one.first, end))
        return log

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`; nothing in a gap."""
        found = segments.holding(self.shelf.all, offset)
        if found is None:
            return b""
        if not found.packed:
            if now := self.shelf.read(offset, size):
                return now
            if (found := self._packed_since(found)) is None:
                return b""
        # One read unpacks a whole block, and the next cells are in the same.
        block = offset - (offset - found.first) % BLOCK_BYTES
        data = self._blocks.get(block)
        if data is None:
            if len(self._blocks) >= _KEPT_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
            data = self._blocks[block] = self.shelf.read(block, BLOCK_BYTES)
        return data[offset - block : offset - block + size]

    def _packed_since(self, raw: Segment) -> Segment | None:
        """Return what is there instead of a piece that the keeper has compressed meanwhile."""
        if found := segments.packed_since(raw):
            self.shelf.all = tuple(found if one is raw else one for one in self.shelf.all)
        return found

    @property
    def times(self) -> Times:
        """When what was printed."""
        return Times(self.folder)

    def parts(self) -> list[PartFile]:
        """Return the parts that there are, ascending."""
        return listing(self.folder)

    def floor(self) -> int:
        """Return the cell before which nothing is indexed again: it was given up once."""
        try:
            names = [path.stem for path in (self.folder / FOLDER).glob("*.floor")]
        except OSError:
            return 0
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def give_up(self, part: PartFile, end: int) -> None:
        """Remove a part for good, which goes up to a cell, and all before it. Raises OSError."""
        before = self.floor()
        if end > before:
            (self.folder / FOLDER / f"{end:012d}.floor").touch(0o600)
            (self.folder / FOLDER / f"{before:012d}.floor").unlink(missing_ok=True)
        part.remove()

    def kept(self) -> list[Cells]:
        """Return the cells of which something is kept, ascending, the last one perhaps half."""
        found: list[Cells] = []
        for first, end in self.runs:
            low, high = first // CELL_BYTES, -(-end // CELL_BYTES)
            if found and found[-1][1] >= low:
                found[-1] = (found[-1][0], max(high, found[-1][1]))
            else:
                found.append((low, high))
        return found

    def complete(self) -> int:
        """Return the first cell to which something may still be added."""
        return complete_cells(self.head)

    def missing(self, covered: list[Cells]) -> list[Cells]:
        """Return what could be in the index and is not, ascending."""
        end = self.complete()
        ranges = [(low, min(high, end)) for low, high in self.kept() if low < end]
        return without(ranges, covered)


def without(ranges: list[Cells], covered: list[Cells]) -> list[Cells]:
    """Return what of `ranges` is not covered; all ascending."""
    left: list[Cells] = []
    for first, end in ranges:
        at = first
        for low, high in covered:
            if high <= at or low >= end:
                continue
            if low > at:
                left.append((at, low))
            at = max(at, high)
        if at < end:
            left.append((at, end))
    return left
