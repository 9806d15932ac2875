"""The journal: which consoles a workspace has. SQLite, written by the keeper alone.

What is here survives keeper, sandbox and machine. Output is not here but in each console's log.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from ide.keeper.database import (
    OPEN_SECONDS,
    LockedError,
    NoRoomError,
    connected,
    is_damage,
    written_together,
)
from ide.keeper.reasons import LimitReached

NO_ROOM: Final = (
    "The disk is full: no bell can be set, and not all that is known of consoles is kept, until"
    " there is room. Consoles go on."
)
_LOCK_MS: Final = 10
"""So long one write waits for another program that writes: the keeper's loop waits with it."""
_SCHEMA_VERSION = 1
_TYPES = {"str": "TEXT", "float": "REAL", "int": "INTEGER", "bool": "INTEGER"}


@dataclass(slots=True)
class Record:
    """One console. Times are seconds since the epoch; `path` is the ref of a run's file.

    `boot` is the machine's boot id when the session started, or was found ended by a reboot.
    `recording` is false while bytes are not written to the log, and `never` means that they shall
    not be. `named` says that a person chose `title`; those from `program_title` to
    `progress_percent` are what the program says (ide.keeper.signals), `left_at` and `left_offset`
    where reading stopped (ide.keeper.sight). `marks` is the key of the session's marks
    (ide.keeper.cards), "" for none, and `interpreter` what reads its commands. `exit_limit` and
    `killed` are JSON as in docs/protocol.md, "" for null.
    """

    id: str
    kind: str
    title: str
    cwd: str
    path: str | None
    state: str
    created: float
    started: float | None
    ended: float | None
    exit_how: str | None
    exit_status: int | None
    exit_cause: str | None
    epoch: str
    cols: int
    rows: int
    recording: bool
    boot: str
    named: bool = False
    program_title: str = ""
    bel: bool = False
    progress_state: str = ""
    progress_percent: int | None = None
    never: bool = False
    left_at: float | None = None
    left_offset: int | None = None
    exit_limit: str = ""
    killed: str = ""
    marks: str = ""
    interpreter: str = ""

    def end(
        self, how: str, status: int, at: float, cause: str | None, limit: LimitReached | None
    ) -> None:
        """Note that the session is over, and why."""
        # The clock may have been set back meanwhile.
        self.state, self.ended = "ended", max(at, self.started or at)
        self.exit_how, self.exit_status, self.exit_cause = how, status, cause
        self.exit_limit = json.dumps(limit.to_json()) if limit else ""

    def lose_program(self, command: str, limit: LimitReached, at: float) -> None:
        """Note that a limit ended a program of the session, not its leader."""
        told = {"at": round(at, 3), "command": command, **limit.to_json()}
        self.killed = json.dumps(told)

    def forget_end(self) -> None:
        """Note that another session begins."""
        self.ended = self.exit_how = self.exit_status = self.exit_cause = None
        self.exit_limit = self.killed = ""

    def exit_to_json(self) -> dict[str, Any] | None:
        """Return how the session ended, None while it runs."""
        if self.exit_how is None:
            return None
        more: dict[str, Any] = {"cause": self.exit_cause} if self.exit_cause else {}
        if self.exit_limit:
            more["limit"] = json.loads(self.exit_limit)
        return {"how": self.exit_how, "status": self.exit_status or 0, **more}

    def killed_to_json(self) -> dict[str, Any] | None:
        """Return the last program of this session that a limit ended, None for none."""
        told: dict[str, Any] | None = json.loads(self.killed) if self.killed else None
        return told


_NAMES = [field.name for field in fields(Record)]
_VALUES = attrgetter(*_NAMES)


def _column(field: Any) -> str:
    kind = str(getattr(field.type, "__name__", field.type)).split(" ", 1)[0]
    return f"{field.name} {_TYPES[kind]}" + (" PRIMARY KEY" if field.name == "id" else "")


class NewerJournalError(sqlite3.DatabaseError):
    """A later version wrote it."""


class Journal:
    """The open database. Raises sqlite3.Error; see ide.keeper.journal_repair for a damaged one."""

    def __init__(self, path: Path) -> None:
        self._db = connected(path)
        self._path, self._file = path, path.stat()
        self.is_open = True
        self.is_damaged = False
        """Whether an error has shown that it is."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        self.is_new = version == 0
        """Whether there was none."""
        if self.is_new:
            columns = ", ".join(_column(field) for field in fields(Record))
            self._db.execute(f"CREATE TABLE IF NOT EXISTS consoles ({columns})")
            self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
        elif version > _SCHEMA_VERSION:
            raise NewerJournalError(
                f"{path} was written by a newer version (schema {version}); start that one"
            )
        self._lacks = self._missing_columns()
        with contextlib.suppress(NoRoomError):
            self.complete()
        self._db.execute(f"PRAGMA busy_timeout={_LOCK_MS}").close()
        self._written: dict[str, tuple[Any, ...]] = {}
        """Each console as it was saved last: most of those that are saved again are the same."""

    def _missing_columns(self) -> list[Any]:
        """Fields only grow, each with a default, so that a version without them may come back."""
        there = {row[1] for row in self._db.execute("PRAGMA table_info(consoles)")}
        return [field for field in fields(Record) if field.name not in there]

    def complete(self) -> None:
        """Make the columns that an earlier version has not made. Raises NoRoomError."""
        if not self._lacks:
            return
        with written_together(self._db):
            for field in self._lacks:
                default = {"None": "NULL", "False": "0"}.get(repr(field.default), "''")
                column = f"{_column(field)} DEFAULT {default}"
                self._db.execute(f"ALTER TABLE consoles ADD COLUMN {column}")
                if field.name == "named":
                    # Nobody knows who chose a title then: what is not of our making is kept.
                    self._db.execute(
                        "UPDATE consoles SET named = kind != 'run'"
                        " AND title NOT GLOB 'Bash*' AND title NOT GLOB 'Python*'"
                    )
        self._lacks = []

    @property
    def is_complete(self) -> bool:
        """Whether all of a record can be saved; a full disk may keep it from that."""
        return not self._lacks

    def blame(self, error: sqlite3.Error) -> None:
        """Take note of what came of using it."""
        self.is_damaged = self.is_damaged or is_damage(error)

    def is_locked(self) -> bool:
        """Whether another program keeps it from being written to."""
        try:
            with written_together(self._db):
                return False
        except LockedError:
            return True
        except sqlite3.Error:
            return False

    def is_in_place(self) -> bool:
        """Whether the open file still has its name, so that a successor finds it."""
        try:
            return os.path.samestat(self._path.stat(), self._file)
        except OSError:
            return False

    @property
    def database(self) -> sqlite3.Connection:
        """The open database, for modules that have tables of their own in it."""
        return self._db

    def check(self) -> None:
        """Look whether all of it can be read. Raises sqlite3.DatabaseError."""
        with closing(self._db.execute("PRAGMA quick_check(1)")) as rows:
            (said,) = rows.fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(said)

    def load(self) -> list[Record]:
        """Return all consoles, oldest first."""
        return list(self.records("created, rowid"))

    def records(self, order: str) -> Iterator[Record]:
        """Yield all consoles, in the order of these columns, as they are read."""
        lacks = {field.name for field in self._lacks}
        names = [name for name in _NAMES if name not in lacks]
        with closing(
            self._db.execute(f"SELECT {', '.join(names)} FROM consoles ORDER BY {order}")  # noqa: S608 - our own names
        ) as rows:
            for row in rows:
                record = Record(**dict(zip(names, row, strict=True)))
                for flag in ("recording", "named", "bel", "never"):
                    setattr(record, flag, bool(getattr(record, flag)))
                # A folder's name may have bytes that are not UTF-8, which TEXT cannot hold.
                record.cwd = os.fsdecode(record.cwd)
                yield record

    def save(self, record: Record) -> None:
        """Insert or replace one console."""
        values = _VALUES(record)
        if self._written.get(record.id) == values:
            return
        self.complete()
        marks = ", ".join("?" * len(_NAMES))
        self._db.execute(
            f"INSERT OR REPLACE INTO consoles ({', '.join(_NAMES)}) VALUES ({marks})",  # noqa: S608 - our own names
            [
                os.fsencode(value) if name == "cwd" else value
                for name, value in zip(_NAMES, values, strict=True)
            ],
        )
        self._written[record.id] = values

    def remove(self, console: str) -> None:
        """Forget one console."""
        self._written.pop(console, None)
        self._db.execute("DELETE FROM consoles WHERE id = ?", (console,))

    def settle(self) -> None:
        """Have all in the one file that has its name. Raises sqlite3.Error."""
        with closing(self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")) as rows:
            if rows.fetchone()[0]:
                raise sqlite3.OperationalError("somebody reads it")

    def wait_until_free(self) -> None:
        """Wait up to 5 s for another program that writes. Raises sqlite3.OperationalError."""
        self._db.execute(f"PRAGMA busy_timeout={OPEN_SECONDS * 1000:.0f}").close()
        try:
            with written_together(self._db):
                pass
        finally:
            self._db.execute(f"PRAGMA busy_timeout={_LOCK_MS}").close()

    def close(self) -> None:
        """Close the database."""
        self.is_open = False
        self._db.close()
