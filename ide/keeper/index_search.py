"""One search over all output of a workspace: `python -m ide.keeper.index_search`.

The job comes as JSON on the standard input, the answer goes out as JSON. Which cells to look at
the index says; what is not in it yet is looked at as it is, the newest of it. Each line is read
from the log, so that nothing is found that is not there any more. Bounded in time: what was typed
never runs in the keeper.
"""

import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from ide.keeper import index_part, index_text
from ide.keeper.index_cards import found_cards
from ide.keeper.index_part import Part, PartFile
from ide.keeper.index_plan import IndexedLog, without
from ide.keeper.index_query import excerpt, question
from ide.keeper.index_text import CELL_BYTES

MAX_COUNT: Final = 100
"""Hits of a console are counted so far."""
MAX_SCANNED_CELLS: Final = 256
"""Of the newest output, which is not in the index yet, so much is looked at, 4 MiB."""
SOFT_CPU_SECONDS: Final = 0.15
"""After so much of a processor each console has its newest hit, if it has any, and no more."""
HARD_SECONDS: Final = 1.5
_CPU_SECONDS: Final = 4
_MEMORY_BYTES: Final = 512 * 1024 * 1024
_MAX_UNSEARCHED: Final = 8
MAX_HITS_BYTES: Final = 512 * 1024
"""Of all consoles together, as JSON: the answer goes to the web in one message."""


class Search:
    """What is looked for, and how long that may take."""

    def __init__(self, job: dict[str, Any]) -> None:
        asked = question(job["q"])
        self.match, self.finders, self.longest = asked.match(), asked.finders(), asked.longest()
        self._begun, self._worked = time.monotonic(), time.process_time()
        self._scans = MAX_SCANNED_CELLS
        self._room = MAX_HITS_BYTES
        self.stopped = False
        self.damaged: list[str] = []
        self.failed = ""

    def is_late(self) -> bool:
        """Whether it must end."""
        return time.monotonic() - self._begun > HARD_SECONDS

    def has_time(self) -> bool:
        """Whether there is time for more than the newest."""
        return time.process_time() - self._worked < SOFT_CPU_SECONDS

    def has_room_for(self, hit: dict[str, Any]) -> bool:
        """Whether one more hit can be shown; once there was none, none can."""
        self._room -= len(json.dumps(hit))
        return self._room >= 0

    def may_scan(self) -> bool:
        """Whether one more cell that is not indexed may be looked at."""
        self._scans -= 1
        return self._scans >= 0


class InConsole:
    """The hits of one console, the newest first."""

    def __init__(self, search: Search, told: dict[str, Any], before: int | None) -> None:
        self._search, self._log = search, IndexedLog.told(told)
        self._before = self._log.head if before is None else before
        self.hits: list[dict[str, Any]] = []
        self.count, self.more = 0, False
        self.unsearched: list[tuple[int, int]] = []
        self._found = self._walk()

    def look(self, wanted: int, kept: int) -> None:
        """Find so many, and keep so many of them: at least one, more while there is time."""
        self.more = False
        while self.count < wanted and (not self.count or self._search.has_time()):
            hit = next(self._found, None)
            if hit is None:
                return
            self.count += 1
            if len(self.hits) < kept and self._search.has_room_for(hit):
                self.hits.append(hit)
        self.more = True

    def _walk(self) -> Iterator[dict[str, Any]]:
        last = -1
        for cell in self._cells():
            if self._search.is_late():
                self._search.stopped = True
                self.more = True
                return
            for hit in self._hits(cell):
                if hit["at"] < self._before and hit["at"] != last:
                    last = hit["at"]
                    yield hit

    def _hits(self, cell: int) -> list[dict[str, Any]]:
        log, finders, longest = self._log, self._search.finders, self._search.longest
        found: list[dict[str, Any]] = []
        for piece in index_text.cell_pieces(index_text.window(log, log.runs, cell), cell):
            for at, end, line in index_text.lines(piece, longest):
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
        before = self._before // CELL_BYTES + 1
        try:
            for low, high, part in sorted(ways, key=lambda way: way[0], reverse=True):
                if low < before:
                    yield from (
                        self._in_part(part, before) if part else self._bare(low, min(high, before))
                    )
        finally:
            for part, _ in opened:
                part.close()

    def _in_part(self, part: Part, before: int) -> Iterator[int]:
        try:
            yield from part.cells(self._search.match, before)
        except sqlite3.Error as error:
            if self._search.is_late():
                self._search.stopped = self.more = True
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
        elif error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            self._search.failed = str(error)

    def to_json(self, told: dict[str, Any], search: Search) -> dict[str, Any]:
        """Return what was found in it, with what its title has of it."""
        titles = [told["title"], told["program_title"]]
        named = next((p for title in titles if (p := excerpt(title, search.finders))), None)
        return {
            "console": self._log.id, "title": told["title"], "state": told["state"],
            "epoch": told["epoch"], "title_parts": named, "hits": self.hits,
            "count": self.count, "more": self.more,
        }  # fmt: skip

    def unsearched_to_json(self) -> Iterator[dict[str, Any]]:
        """Yield what was not looked at, with about when it was printed."""
        for low, high in self.unsearched:
            first, end = low * CELL_BYTES, min(high * CELL_BYTES, self._log.head)
            yield {
                "console": self._log.id, "bytes": end - first, "dropped": low < self._log.floor(),
                "from": self._log.times.time_at(first), "to": self._log.times.time_at(end - 1),
            }  # fmt: skip


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the job asks for."""
    search = Search(job)
    told = job["consoles"]
    places = [InConsole(search, one, job["before"]) for one in told]
    for wanted in (1, job["limit"], max(MAX_COUNT, job["limit"])):
        for place in places:
            if wanted == 1 or place.more:
                place.look(wanted, job["limit"])
    groups = [place.to_json(one, search) for place, one in zip(places, told, strict=True)]
    groups = [one for one in groups if one["hits"] or one["title_parts"] or one["more"]]
    groups.sort(key=lambda one: one["hits"][0]["time"] or 0 if one["hits"] else 0, reverse=True)
    unsearched = [one for place in places for one in place.unsearched_to_json()]
    unsearched.sort(key=lambda one: one["to"] or 0, reverse=True)
    commands = found_cards(job, search.finders) if job["before"] is None else {"commands": []}
    return {
        **commands, "consoles": groups, "unsearched": unsearched[:_MAX_UNSEARCHED],
        "stopped": search.stopped, "failed": search.failed, "damaged": search.damaged,
    }  # fmt: skip


def main() -> None:
    """Answer one job."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    job = json.loads(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(answer(job)))
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
    os._exit(0)
