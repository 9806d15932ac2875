"""One part of the index of a console's output: an SQLite file with the words of some cells.

It holds which words a cell has and no text: lines are read back from the log. A part is removed
as a whole, because FTS5 cannot take a row out of such a table. One that grows is `<first>.growing`,
one that is complete `<first>-<end>.part`, by the numbers of its cells: no list of them is kept.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ide.keeper.index_query import WIDE

FOLDER: Final = "index-2"
EARLIER_FOLDERS: Final = ("index",)
"""Of what was indexed before the words were those of `ide.keeper.settled_log`."""
_NAME: Final = re.compile(r"([0-9]{12})(?:\.growing|-([0-9]{12})\.part)")
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite has beside a file."""
_BUSY_SECONDS: Final = 1.0
_SCHEMA: Final = (
    (
        "CREATE VIRTUAL TABLE IF NOT EXISTS cells USING fts5(text, content='', columnsize=0,"
        " detail=none, tokenize='unicode61 remove_diacritics 0')"
    ),
    "CREATE TABLE IF NOT EXISTS reached (epoch TEXT, cell INTEGER)",
)
_PASSING: Final = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL,
}  # fmt: skip
"""Errors that say nothing against what is in the file."""


class OvertakenError(Exception):
    """Somebody else has written to this part meanwhile."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that a part must be made anew."""
    if "no such module" in str(error):
        return False  # a Python without FTS5
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF not in _PASSING


@dataclass(frozen=True, slots=True)
class PartFile:
    """A part as its name says it: cells [first, end), `end` None while it grows."""

    path: Path
    first: int
    end: int | None

    def bytes_on_disk(self) -> int:
        """Return what it takes, with what SQLite has beside it."""
        sizes = 0
        for suffix in ("", *_BESIDE):
            try:
                sizes += Path(f"{self.path}{suffix}").stat().st_size
            except OSError:
                continue
        return sizes

    def remove(self) -> None:
        """Remove it. Raises OSError.

        The file itself first: without its `-wal` it would be another one, or damaged.
        """
        for suffix in ("", *_BESIDE):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)


def listing(folder: Path) -> list[PartFile]:
    """Return the parts in the index of a console's folder, ascending; none without an index."""
    try:
        paths = list((folder / FOLDER).iterdir())
    except OSError:
        return []
    found = [(path, match) for path in paths if (match := _NAME.fullmatch(path.name))]
    parts = [PartFile(path, int(m[1]), int(m[2]) if m[2] else None) for path, m in found]
    return sorted(parts, key=lambda one: (one.first, one.end or 0))


def clear_up(folder: Path) -> None:
    """Remove what a kill in the middle of `remove` left in a console's folder. Raises OSError."""
    for suffix in _BESIDE:
        for path in (folder / FOLDER).glob(f"*{suffix}"):
            if not path.with_name(path.name.removesuffix(suffix)).exists():
                path.unlink(missing_ok=True)


class Part:
    """An open part. Everything raises sqlite3.Error."""

    def __init__(self, file: PartFile, epoch: str | None = None) -> None:
        """Open one; with `epoch` for writing, made when it is not there."""
        self.file = file
        mode = "mode=ro&immutable=1" if file.end is not None else "mode=rw"
        if epoch is not None:
            mode = "mode=rwc"
        self._db = sqlite3.connect(
            f"file:{_quoted(file.path)}?{mode}", uri=True, timeout=_BUSY_SECONDS,
            isolation_level=None,
        )  # fmt: skip
        try:
            if epoch is not None:
                self._make(epoch)
            self.epoch, self.end = self._reached()
        except BaseException:
            self._db.close()
            raise

    def _make(self, epoch: str) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        # Nobody waits for the disk: after a crash of the machine its console has another epoch, and
        # a part that grew is made anew.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA wal_autocheckpoint=512")
        self._db.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            self._db.execute(statement)
        self._db.execute(
            "INSERT INTO reached SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM reached)",
            (epoch, self.file.first),
        )
        self._db.execute("COMMIT")

    def _reached(self) -> tuple[str, int]:
        with closing(self._db.execute("SELECT epoch, cell FROM reached")) as rows:
            found = rows.fetchone()
        if not found or type(found[1]) is not int or found[1] < self.file.first:
            error = sqlite3.DatabaseError("a part of the index says not what it has")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        return str(found[0]), found[1]

    def write(self, cells: Iterable[tuple[int, str]], end: int) -> None:
        """Add the text of cells, up to the cell before `end`, all or nothing.

        Raises OvertakenError when another process came further.
        """
        rows = [(cell, text if text.isascii() else WIDE.sub(r" \1 ", text)) for cell, text in cells]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self._reached()[1] != self.end:
                raise OvertakenError
            self._db.executemany("INSERT INTO cells (rowid, text) VALUES (?, ?)", rows)
            self._db.execute("UPDATE reached SET cell = ?", (end,))
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self.end = end

    def finish(self) -> None:
        """Make it as small as it gets, and closed for good. Raises OSError too."""
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("INSERT INTO cells (cells) VALUES ('optimize')")
        self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.execute("VACUUM")
        self._db.close()
        name = f"{self.file.first:012d}-{self.end:012d}.part"
        self.file.path.replace(self.file.path.with_name(name))

    def cells(self, match: str, before: int) -> Iterator[int]:
        """Yield the cells before that one which have all words, the last first."""
        query = "SELECT rowid FROM cells WHERE cells MATCH ? AND rowid < ? ORDER BY rowid DESC"
        with closing(self._db.execute(query, (match, before))) as rows:
            for (cell,) in rows:
                yield int(cell)

    def interrupt_when(self, is_over: Callable[[], bool]) -> None:
        """Have what is asked end in an error once that is so."""
        self._db.set_progress_handler(lambda: 1 if is_over() else 0, 10_000)

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def growing(folder: Path, first: int) -> PartFile:
    """Return a part that begins with that cell, which need not be there. Raises OSError."""
    (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    return PartFile(folder / FOLDER / f"{first:012d}.growing", first, None)


def _quoted(path: Path) -> str:
    return "".join(f"%{ord(c):02X}" if c in "%?#" else c for c in str(path))
