"""One search in the output of one console, the newest first, as far as its turns go.

Which cells to look at the index says; what is not in it yet is looked at as it is, the newest of
it. Each line is read from the log, so that nothing is found that is not there any more.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from ide.keeper import index_part, index_text
from ide.keeper.index_bounds import Search
from ide.keeper.index_part import Part, PartFile
from ide.keeper.index_plan import IndexedLog, without
from ide.keeper.index_query import excerpt
from ide.keeper.index_text import CELL_BYTES
from ide.keeper.settled_log import SettledLog

TURN_CELLS: Final = 16
"""So much is looked at before the next console has its turn."""
Hit = dict[str, Any]


class _LateError(Exception):
    """The time was over while a part of the index was asked."""


class InConsole:
    """The hits of one console, the newest first."""

    def __init__(self, search: Search, told: dict[str, Any], before: int | None) -> None:
        self._search, self._log, self._told = search, IndexedLog.told(told), told
        self._before = self._down_to = self._log.head if before is None else before
        self.hits: list[Hit] = []
        self.count, self.more = 0, True
        self.is_left = False
        """Whether the time was over before it had a hit, or had been looked at to its end."""
        self.unsearched: list[tuple[int, int]] = []
        self._found = self._walk()

    @property
    def newest(self) -> float:
        """When the newest line that was found was printed, in seconds; 0 without one."""
        return self.hits[0]["time"] or 0.0 if self.hits else 0.0

    def look_for_one(self) -> bool:
        """Look at the next few cells; returns whether it has a hit, or was looked at to its end."""
        for _ in range(TURN_CELLS):
            if self._search.is_late():
                return False
            self._step(1)
            if self.count or not self.more:
                return True
        return False

    def look(self, wanted: int, kept: int) -> None:
        """Find so many, and keep so many of them, while there is time."""
        while self.more and self.count < wanted and self._search.has_time():
            self._step(kept)

    def _step(self, kept: int) -> None:
        try:
            hit = next(self._found)
        except StopIteration:
            self.more = False
            return
        except _LateError:
            return  # so it is from now on: nobody comes back here
        if hit:
            self.count += 1
            if len(self.hits) < kept and self._search.has_room_for(hit):
                self.hits.append(hit)

    def _walk(self) -> Iterator[Hit | None]:
        """Yield each hit, and nothing behind each cell. Raises _LateError."""
        last = -1
        for cell in self._cells():
            for hit in self._hits(cell):
                if hit["at"] < self._before and hit["at"] != last:
                    last = hit["at"]
                    yield hit
            self._down_to = cell * CELL_BYTES
            yield None

    def _hits(self, cell: int) -> list[Hit]:
        log, finders, words = self._log, self._search.finders, self._search.words
        read = SettledLog(log, log.id, log.folder, self._search.commands)
        found: list[Hit] = []
        for piece in index_text.cell_pieces(index_text.window(read, log.runs, cell), cell):
            for at, end, line in index_text.lines(piece, words):
                if parts := excerpt(line, finders):
                    seconds = log.times.time_at(at)
                    found.append({"at": at, "end": end, "time": seconds, "parts": parts})
        return found[::-1]

    def _cells(self) -> Iterator[int]:
        """Yield where to look, the newest first: what the index names, and what it has not."""
        opened = [(part, file) for file in self._log.parts() if (part := self._open(file))]
        if opened and opened[-1][0].epoch != self._log.epoch:
            opened.pop()[0].close()  # its last bytes may be others by now; the next job sees to it
        covered = [(file.first, part.end) for part, file in opened]
        bare = without(self._log.kept(), sorted(covered))
        reached = max((end for _, end in covered), default=0)
        self.unsearched = [one for one in bare if one[1] <= reached]
        ways: list[tuple[int, int, Part | None]] = [
            (*one, None) for one in bare if one[1] > reached
        ]
        ways += [(low, high, part) for (low, high), (part, _) in zip(covered, opened, strict=True)]
        before = -(-self._before // CELL_BYTES)
        try:
            for low, high, part in sorted(ways, key=lambda way: way[0], reverse=True):
                if low < before:
                    yield from (
                        self._in_part(part, before) if part else self._bare(low, min(high, before))
                    )
                    self._down_to = low * CELL_BYTES
        finally:
            for part, _ in opened:
                part.close()

    def _in_part(self, part: Part, before: int) -> Iterator[int]:
        try:
            yield from part.cells(self._search.match, before)
        except sqlite3.Error as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise _LateError from None
            self._take(error, part.file)

    def _bare(self, low: int, high: int) -> Iterator[int]:
        for cell in range(high - 1, low - 1, -1):
            if not self._search.may_scan():
                self.unsearched.append((low, cell + 1))
                return
            yield cell

    def _open(self, file: PartFile) -> Part | None:
        try:
            part = Part(file)
        except sqlite3.Error as error:
            self._take(error, file)
            return None
        part.interrupt_when(self._search.is_late)
        return part

    def _take(self, error: sqlite3.Error, file: PartFile) -> None:
        if index_part.is_damage(error):
            self._search.damaged.append(self._log.id)
            with suppress(OSError):
                file.remove()  # made anew by the next job
        else:
            self._search.failed = str(error)

    def to_json(self) -> dict[str, Any]:
        """Return what was found in it, with what its title has of it."""
        told, finders, at = self._told, self._search.finders, self._down_to
        titles = [told["title"], told["program_title"]]
        named = next((p for title in titles if (p := excerpt(title, finders))), None)
        left = {"at": at, "time": self._log.times.time_at(at)} if self.is_left else None
        return {
            "console": self._log.id, "title": told["title"], "state": told["state"],
            "epoch": told["epoch"], "title_parts": named, "hits": self.hits,
            "count": self.count, "more": self.more, "left": left,
        }  # fmt: skip

    def unsearched_to_json(self) -> Iterator[dict[str, Any]]:
        """Yield what was not looked at, with about when it was printed."""
        for low, high in self.unsearched:
            first, end = low * CELL_BYTES, min(high * CELL_BYTES, self._log.head)
            yield {
                "console": self._log.id, "bytes": end - first, "dropped": low < self._log.floor(),
                "from": self._log.times.time_at(first), "to": self._log.times.time_at(end - 1),
            }  # fmt: skip
