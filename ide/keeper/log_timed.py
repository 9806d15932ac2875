"""A log with its clock: what a download needs that says when what was printed, and in which grid.

Chunks of a body as elsewhere (`ide.wire.files`), each of which begins with what it is. Which ones
there are stands in `ide.wire.timed`.
"""

from collections.abc import Iterator
from typing import Final

from ide.keeper.marks import Marks, Resize
from ide.keeper.times import Times
from ide.wire import timed

MAX_OFFSET: Final = 2**62
"""No log is longer."""
MAX_SIZES: Final = 128
"""So many changes of the grid are told at once, the newest."""


def clock(times: Times, marks: Marks, start: int, end: int) -> Iterator[bytes]:
    """Yield the chunks on times and sizes in the bytes [start, end). Blocks on the disk."""
    yield from timed.pack_times(times.between(start, end))
    yield from timed.pack_sizes(sizes(marks, start, end))


def sizes(marks: Marks, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (offset, cols, rows), the one that holds at `start` first, if it is known."""
    if (size := marks.size_at(start)) is not None:
        yield start, *size
    for number in range(marks.after(start), marks.end):
        mark = marks.get(number)
        if isinstance(mark, Resize) and mark.offset < end:
            yield mark.offset, mark.cols, mark.rows


def newest_sizes(marks: Marks, start: int) -> list[tuple[int, int, int]]:
    """Return those from `start` on, at most MAX_SIZES; of several at one offset the last."""
    last = {offset: (offset, cols, rows) for offset, cols, rows in sizes(marks, start, MAX_OFFSET)}
    return list(last.values())[-MAX_SIZES:]
