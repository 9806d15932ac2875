"""Bringing the index of a workspace's output up to date: `python -m ide.keeper.indexing`.

A process of the lowest priority that the keeper starts when enough was printed, and that ends when
all is indexed, a job's worth was, or its keeper is gone. The job comes as JSON on the standard
input; what came of it goes out as JSON. What it reads is logs alone, what it writes their index.
"""

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ide.keeper import index_part, index_text
from ide.keeper.index_pace import LISTEN_SECONDS, Pace, cpu_of
from ide.keeper.index_part import EARLIER_FOLDERS, OvertakenError, Part, PartFile
from ide.keeper.index_plan import Cells, IndexedLog, part_cells
from ide.keeper.index_text import CELL_BYTES
from ide.keeper.settled_log import Commands, SettledLog

JOB_SECONDS: Final = 60.0
JOB_CELLS: Final = 8192
"""At most so much at once, 128 MiB: then the keeper says what was printed meanwhile."""
_BATCH_CELLS: Final = 32
_MAX_DAMAGED: Final = 8
"""Of so many damaged parts in one job the disk is to blame, and the next job goes on."""


class LeftOverError(Exception):
    """The job is over before all is indexed."""


class Indexing:
    """One job. `rest` is called after each piece of work; it raises LeftOverError."""

    def __init__(self, job: dict[str, Any], rest: Callable[[], None]) -> None:
        self._logs = [IndexedLog.told(one) for one in job["consoles"]]
        self._cap, self._min_free = job["cap_bytes"], job["min_free_bytes"]
        self._commands = Commands(Path(job["cards"]))
        self._most = part_cells(self._cap)
        self._rest, self._left = rest, JOB_CELLS
        self._is_patient = job.get("is_patient", False)
        self.damaged = 0
        self._covered: dict[str, list[Cells]] = {}

    def run(self) -> dict[str, Any]:
        """Do it; returns what the keeper has to know."""
        failed, left, waits = "", False, False
        try:
            self._index()
        except LeftOverError:
            left, waits = True, self._waits()
        except OvertakenError:
            failed = "another process writes to it"
        except (sqlite3.Error, OSError) as error:
            failed = str(error)
        # What was given up is not missing, else the keeper would ask for it for ever.
        indexed = {log.id: max(log.floor(), self._upto(log)) * CELL_BYTES for log in self._logs}
        return {
            "failed": failed, "damaged": self.damaged, "left": left, "waits": waits,
            "indexed": indexed,
        }  # fmt: skip

    def _waits(self) -> bool:
        """Whether to leave cells to the next job: where commands begin cannot be read just now."""
        return self._is_patient and self._commands.is_behind

    def _index(self) -> None:
        for log in self._logs:
            for name in EARLIER_FOLDERS:
                shutil.rmtree(log.folder / name, ignore_errors=True)
        logs = [log for log in self._logs if not log.never]
        for log in logs:
            self._look(log)
        for log in logs:
            self._go_on(log)
        for log in logs:
            while self._fill(log):
                pass

    # What there is.

    def _look(self, log: IndexedLog) -> None:
        """Take in which parts there are, without those that do not count any more."""
        covered: list[Cells] = []
        index_part.clear_up(log.folder)
        parts = log.parts()
        kept_from = log.runs[0][0] // CELL_BYTES if log.runs else 0
        for part in parts:
            is_newest = part is parts[-1]
            if part.end is not None and not is_newest and part.end > kept_from:
                covered.append((part.first, part.end))
            elif reached := self._reached(log, part, kept_from):
                covered.append((part.first, reached))
        self._covered[log.id] = covered
        for part in parts:
            if part.end is None and part.path.exists():
                self._finish_if_full(log, part)

    def _reached(self, log: IndexedLog, file: PartFile, kept_from: int) -> int:
        """Return up to where a part goes, 0 for one that was removed."""
        with self._opened(log, file) as part:
            if part is None:
                return 0
            # Under another epoch the last bytes may be others than those that were indexed.
            is_of_now = part.epoch == log.epoch and part.end * CELL_BYTES <= log.head
            if is_of_now and part.end > max(kept_from, file.first):
                return part.end
        file.remove()
        return 0

    def _finish_if_full(self, log: IndexedLog, file: PartFile) -> None:
        with self._opened(log, file) as part:
            if part is None:
                return
            followed = any(low == part.end for low, high in self._covered[log.id] if high > low)
            if followed or part.end - file.first >= self._most:
                part.finish()

    def _opened(self, log: IndexedLog, file: PartFile, epoch: str | None = None) -> "_Opened":
        return _Opened(self, log, file, epoch)

    # What is missing.

    def _go_on(self, log: IndexedLog) -> None:
        """Index what was printed last; of very much only the end for now."""
        missing = self._missing(log)
        if missing and missing[-1][1] > self._upto(log):
            self._write(log, *missing[-1])

    def _missing(self, log: IndexedLog) -> list[Cells]:
        return log.missing([(0, log.floor()), *self._covered[log.id]])

    def _upto(self, log: IndexedLog) -> int:
        return max((end for _, end in self._covered.get(log.id, ())), default=0)

    def _fill(self, log: IndexedLog) -> bool:
        """Index the newest of what is missing; false when nothing is."""
        missing = self._missing(log)
        if not missing or self.damaged > _MAX_DAMAGED:
            return False
        self._write(log, *missing[-1])
        return True

    def _write(self, log: IndexedLog, first: int, end: int) -> None:
        """Index the end of these cells, as much as one part takes."""
        file = next((p for p in log.parts() if self._goes_on_at(log, p, first, end)), None)
        if file is None:
            first = max(first, end - self._most)
            file = index_part.growing(log.folder, first)
        with self._opened(log, file, log.epoch) as part:
            if part is None:
                return
            for at in range(first, end, _BATCH_CELLS):
                self._make_room(file)
                upto = min(end, at + _BATCH_CELLS)
                part.write(self._texts(log, at, upto), upto)
                self._cover(log, file.first, upto)
                self._left -= upto - at
                if self._left <= 0:
                    raise LeftOverError
                self._rest()
        self._finish_if_full(log, file)

    def _texts(self, log: IndexedLog, first: int, end: int) -> Iterator[tuple[int, str]]:
        read = SettledLog(log, log.id, log.folder, self._commands)
        found = index_text.window(read, log.runs, first, end - first)
        if self._waits():
            raise LeftOverError
        for cell in range(first, end):
            mine = index_text.cell_pieces(found, cell)
            text = b"\n".join(index_text.plain(piece.data) for piece in mine)
            if text:
                yield cell, text.decode("utf-8", "replace")

    def _goes_on_at(self, log: IndexedLog, file: PartFile, first: int, end: int) -> bool:
        """Whether a part grows just where something is missing, and has room for all of it."""
        if file.end is not None or end - file.first > self._most:
            return False
        return any(low == file.first and high == first for low, high in self._covered[log.id])

    def _cover(self, log: IndexedLog, first: int, end: int) -> None:
        others = [one for one in self._covered[log.id] if one[0] != first]
        self._covered[log.id] = sorted([*others, (first, end)])

    # What is too much.

    def _make_room(self, needed: PartFile) -> None:
        """Remove the oldest parts above the cap, but not the one that is written.

        Raises OSError when too little is free.
        """
        info = os.statvfs(self._logs[0].folder.parent)
        if info.f_bavail * info.f_frsize < self._min_free:
            raise OSError(f"less than {self._min_free >> 20} MB are free on the disk")
        parts = [(log, part) for log in self._logs for part in log.parts()]
        sizes = {part.path: part.bytes_on_disk() for _, part in parts}
        total = sum(sizes.values())
        if total <= self._cap:
            return
        for log, part in sorted(parts, key=_age):
            if total > self._cap and part.path != needed.path:
                log.give_up(part, self._end(log, part))
                self.forget(log, part)
                total -= sizes[part.path]

    def _end(self, log: IndexedLog, part: PartFile) -> int:
        """Return up to where a part goes: all of it is given up, not to be indexed once more."""
        if part.end is not None:
            return part.end
        covered = self._covered.get(log.id, [])
        return next((end for first, end in covered if first == part.first), part.first + 1)

    def forget(self, log: IndexedLog, part: PartFile) -> None:
        """Hear that a part is gone."""
        covered = self._covered.get(log.id, [])
        self._covered[log.id] = [one for one in covered if one[0] != part.first]


class _Opened:
    """A part while it is looked at; one that is damaged is removed, and None stands for it."""

    def __init__(self, job: Indexing, log: IndexedLog, file: PartFile, epoch: str | None) -> None:
        self._job, self._log, self._file, self._epoch = job, log, file, epoch
        self._part: Part | None = None

    def __enter__(self) -> Part | None:
        try:
            self._part = Part(self._file, self._epoch)
        except sqlite3.Error as error:
            if not index_part.is_damage(error):
                raise
            self._remove()
        return self._part

    def __exit__(self, _kind: object, error: object, _trace: object) -> bool:
        if self._part:
            self._part.close()
        if isinstance(error, sqlite3.Error) and index_part.is_damage(error):
            self._remove()
            return True
        return False

    def _remove(self) -> None:
        self._job.damaged += 1
        self._file.remove()
        self._job.forget(self._log, self._file)


def _age(one: tuple[IndexedLog, PartFile]) -> float:
    """Return about when the text of a part was printed."""
    log, part = one
    return log.times.time_at(part.first * CELL_BYTES) or 0.0


def _give_way() -> None:
    """Take only what nobody else wants of processor and disk, as far as the kernel lets us."""
    with suppress(OSError):
        os.nice(19)
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main() -> None:
    """Do one job."""
    keeper, begun = os.getppid(), time.monotonic()
    _give_way()
    pace = Pace(lambda: cpu_of(keeper))

    time.sleep(LISTEN_SECONDS)

    def rest() -> None:
        if os.getppid() != keeper or time.monotonic() - begun > JOB_SECONDS:
            raise LeftOverError
        time.sleep(pace.rest())

    job = Indexing(json.loads(sys.stdin.buffer.read()), rest)
    sys.stdout.write(json.dumps(job.run()))
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
    os._exit(0)
