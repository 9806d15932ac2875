"""Bells, what was seen of their consoles, and letters that wait to be sent, in the journal.

A bell rings, its letter is written and what was seen is noted in one transaction: so whenever the
keeper dies, nothing rings twice and nothing is lost.
"""

import json
import sqlite3
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import Any, Final

from ide.keeper.bell import Bell
from ide.keeper.bell_tables import ADDED, COLUMNS, OF_CONSOLES, TABLES
from ide.keeper.database import NoRoomError, is_damage, written_together

MAX_LETTERS: Final = 1000
MAX_NUMBER: Final = 1 << 53
"""What says that it is a letter's number and is not below is damage: nobody could name it."""
MAX_HISTORY: Final = 100
"""Of so many letters, the newest, pages that open later are told."""


class BellJournal:
    """Tables of the journal's database. Raises sqlite3.OperationalError when the disk is full."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.is_damaged = False
        """Whether an error, or a number that no letter has, has shown that it is."""
        self._made = False
        self._gone: set[str] = set()
        """Consoles that were removed, of which the disk has not let all go yet."""
        self.use(db)

    def is_made(self) -> bool:
        """Whether the tables are there; a full disk may keep them from being made until later."""
        with suppress(NoRoomError):
            self._make()
        return self._made

    def _make(self) -> None:
        if self._made:
            return
        with written_together(self._db):
            for table in TABLES:
                self._db.execute(table)
            for name, kind in ADDED.items():
                if name not in self._columns():
                    self._db.execute(f"ALTER TABLE bells ADD COLUMN {name} {kind}")
        self._made = True

    def _columns(self) -> list[str]:
        with closing(self._db.execute("PRAGMA table_info(bells)")) as rows:
            return [row[1] for row in rows]

    def _has(self, table: str) -> bool:
        """Whether there is a table: until all could be made, some of an earlier version are."""
        if self._made:
            return True
        query = "SELECT 1 FROM sqlite_master WHERE name = ?"
        with closing(self._db.execute(query, (table,))) as rows:
            return rows.fetchone() is not None

    def bells(self) -> list[Bell]:
        """Return all bells, oldest first."""
        there = self._columns()
        names = [name for name in COLUMNS if name in there]
        if not names:
            return []
        query = f"SELECT {', '.join(names)}, id FROM bells ORDER BY id"  # noqa: S608 - our own names
        with closing(self._db.execute(query)) as rows:
            return [_bell(dict(zip([*names, "id"], row, strict=True))) for row in rows]

    def states(self) -> dict[str, dict[str, Any]]:
        """Return what was seen of consoles with bells."""
        if not self._has("bell_states"):
            return {}
        with closing(self._db.execute("SELECT console, state FROM bell_states")) as rows:
            return {console: object_of(state) for console, state in rows}

    def add(self, bell: Bell) -> None:
        """Enter a bell, which gets its number, unless it has one."""
        marks = ", ".join("?" * len(COLUMNS))
        values = (
            bell.console, bell.when, bell.seconds, bell.text, bell.once, bell.excerpt,
            bell.created, bell.offset, bell.rung, bell.card, bell.command, bell.number or None,
        )  # fmt: skip
        entered = self._db.execute(
            f"INSERT INTO bells ({', '.join(COLUMNS)}, id) VALUES ({marks}, ?)",  # noqa: S608 - our own names
            values,
        )
        bell.number = entered.lastrowid or 0

    def enter(self, bell: Bell, state: dict[str, Any], instead_of: Bell | None) -> None:
        """Enter a bell with what was seen of its console; another makes room in the same moment."""
        with self._together():
            if instead_of:
                self._remove(instead_of)
            self.add(bell)
            self._note(bell.console, state, [])

    def take_back(self, bell: Bell) -> None:
        """Forget a bell."""
        with self._together():
            self._remove(bell)

    def _remove(self, bell: Bell) -> None:
        self._db.execute("DELETE FROM bells WHERE id = ?", (bell.number,))

    def forget(self, console: str) -> None:
        """Forget everything of a console; what the disk keeps goes with the next that it takes."""
        self._gone.add(console)
        with self._together():
            pass

    def forget_others(self, consoles: Container[str]) -> None:
        """Forget what is of no console that there is, with the next that is written."""
        for table in OF_CONSOLES:
            if self._has(table):
                query = f"SELECT DISTINCT console FROM {table}"  # noqa: S608 - our own names
                with closing(self._db.execute(query)) as rows:
                    self._gone.update(console for (console,) in rows if console not in consoles)

    def note(self, console: str, state: dict[str, Any], bells: list[Bell]) -> None:
        """Write down what was seen of a console, and how far its bells are."""
        with self._together():
            self._note(console, state, bells)

    def _note(self, console: str, state: dict[str, Any], bells: list[Bell]) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO bell_states VALUES (?, ?)", (console, json.dumps(state))
        )
        self._db.executemany(
            "UPDATE bells SET searched = ?, rung = ? WHERE id = ?",
            [(bell.offset, bell.rung, bell.number) for bell in bells],
        )

    def ring(
        self,
        letters: list[tuple[Bell, dict[str, Any]]],
        console: str,
        state: dict[str, Any],
        bells: list[Bell],
    ) -> int:
        """Write letters, which get their numbers, and all that goes with them.

        Returns how many of the oldest were dropped because there are too many.
        """
        with self._together():
            for bell, letter in letters:
                written = self._db.execute(
                    "INSERT INTO outbox (console, letter) VALUES (?, ?)",
                    (console, json.dumps(letter)),
                )
                if not self._is_number(written.lastrowid or 0):
                    raise sqlite3.DatabaseError("a letter has the last number")
                letter["id"] = written.lastrowid
                self._remember(console, letter)
                if bell.once:
                    self._remove(bell)
            self._note(console, state, bells)
            return self._drop_oldest()

    def _remember(self, console: str, letter: dict[str, Any]) -> None:
        """Keep a letter for pages, without what was printed, also when it was sent."""
        kept = json.dumps({**letter, "excerpt": None})
        self._db.execute("INSERT INTO letters VALUES (?, ?, ?)", (letter["id"], console, kept))
        self._db.execute(
            "DELETE FROM letters WHERE id NOT IN (SELECT id FROM letters ORDER BY id DESC LIMIT ?)",
            (MAX_HISTORY,),
        )

    def newest(self) -> int:
        """Return the number of the newest letter that is kept for pages, 0 without any.

        Raises NoRoomError too.
        """
        self._make()
        return next((one["id"] for one in self.history(0)), 0)

    def history(self, after: int) -> list[dict[str, Any]]:
        """Return what is kept for pages above a number, the newest first."""
        if not self._has("letters"):
            return []
        query = "SELECT id, console, letter FROM letters WHERE id > ? ORDER BY id DESC"
        with self._read(), closing(self._db.execute(query, (after,))) as rows:
            return list(self._sound(rows))

    def told(self) -> int:
        """Return up to which number some page was told of letters."""
        if not self._has("letters_told"):
            return 0
        with self._read(), closing(self._db.execute("SELECT number FROM letters_told")) as rows:
            return (rows.fetchone() or (0,))[0]

    def note_told(self, number: int) -> None:
        """Note that one was."""
        with self._together():
            self._db.execute(
                "INSERT INTO letters_told VALUES (1, ?)"
                " ON CONFLICT (id) DO UPDATE SET number = max(number, excluded.number)",
                (number,),
            )

    def _drop_oldest(self) -> int:
        dropped = self._db.execute(
            "DELETE FROM outbox WHERE id NOT IN (SELECT id FROM outbox ORDER BY id DESC LIMIT ?)",
            (MAX_LETTERS,),
        )
        return dropped.rowcount

    def letters(self, after: int, most: int) -> list[dict[str, Any]]:
        """Return the oldest letters whose number is above `after`."""
        if not self._has("outbox"):
            return []
        query = "SELECT id, console, letter FROM outbox WHERE id > ? ORDER BY id"
        with self._read(), closing(self._db.execute(query, (after,))) as rows:
            return list(islice(self._sound(rows), most))

    def _sound(self, rows: sqlite3.Cursor) -> Iterator[dict[str, Any]]:
        """Yield letters that can be read, of consoles that were not removed."""
        for number, console, text in rows:
            if self._is_number(number) and console not in self._gone and (one := object_of(text)):
                yield {**one, "id": number}

    def _is_number(self, number: int) -> bool:
        """Whether a letter may have it; a journal that says another is to be mended."""
        self.is_damaged = self.is_damaged or number >= MAX_NUMBER
        return number < MAX_NUMBER

    def done(self, numbers: list[int]) -> None:
        """Forget letters that were sent."""
        with self._together():
            self._db.executemany("DELETE FROM outbox WHERE id = ?", [(one,) for one in numbers])

    @contextmanager
    def _together(self) -> Iterator[None]:
        """All or nothing."""
        with self._read():
            self._make()
            with written_together(self._db):
                for table in OF_CONSOLES if self._gone else ():
                    gone = [(console,) for console in self._gone]
                    self._db.executemany(f"DELETE FROM {table} WHERE console = ?", gone)  # noqa: S608 - our own names
                yield
            self._gone.clear()

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Take note of damage."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            self.is_damaged = self.is_damaged or is_damage(error)
            raise

    def begin_with(self, bells: list[Bell], states: dict[str, dict[str, Any]]) -> None:
        """Write bells with their numbers, and what was seen of consoles, where nothing is yet."""
        with self._together():
            for bell in bells:
                self.add(bell)
            for console, state in states.items():
                self._note(console, state, [])

    def use(self, db: sqlite3.Connection) -> None:
        """Go on in another database."""
        self._db, self._made, self.is_damaged = db, False, False
        self.is_made()


def _bell(row: dict[str, Any]) -> Bell:
    return Bell(
        row["console"], row["kind"], row["seconds"], row["text"], bool(row["once"]),
        bool(row["excerpt"]), row["created"], row["searched"], bool(row["rung"]), row["id"],
        card=row.get("card"), command=row.get("command", ""),
    )  # fmt: skip


def object_of(text: str) -> dict[str, Any]:
    """Return an object that was written down; empty for what is none."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
