"""A journal that is damaged or gone while its keeper runs: written anew with what that knows."""

import sqlite3
from contextlib import closing, suppress
from typing import Final

from ide.keeper.bell_journal import MAX_NUMBER, BellJournal, object_of
from ide.keeper.bells import Bells
from ide.keeper.consoles import Consoles
from ide.keeper.database import written_together

MENDED: Final = (
    "The list of consoles was damaged or gone on the disk. It has been written anew; messages that"
    " were not sent yet may be gone."
)


class JournalMending:
    """Damage is seen when something cannot be read or written because of it."""

    def __init__(self, consoles: Consoles, bells: Bells) -> None:
        self._consoles, self._bells = consoles, bells

    def look(self) -> bool:
        """Return whether it had to be written anew; where the disk takes nothing, tried again."""
        if not (self._consoles.is_journal_lost() or self._bells.journal.is_damaged):
            return False
        try:
            self._consoles.begin_journal_anew(self._write)
        except (sqlite3.Error, OSError):
            return False
        self._bells.go_on_in(self._consoles.database)
        return True

    def _write(self, db: sqlite3.Connection) -> None:
        """Write bells, and what can be read of letters, to another database."""
        old, journal = self._consoles.database, BellJournal(db)
        self._bells.write_to(journal)
        numbers = [self._bells.history.newest(), *_used(old)]
        with written_together(db):
            for table in ("outbox", "letters"):
                rows = _letters(old, table)
                numbers += [row[0] for row in rows]
                db.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608 - our own names
            # So that no number is used again.
            db.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
            last = max((one for one in numbers if 0 <= one < MAX_NUMBER), default=0)
            db.execute("INSERT INTO sqlite_sequence VALUES ('outbox', ?)", (last,))
        with suppress(sqlite3.Error, TypeError):  # nobody knows: told once more, then
            journal.note_told(min(self._bells.journal.told(), last))


def _used(db: sqlite3.Connection) -> list[int]:
    """Return up to which number there were letters, removed ones too, if that can be read."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"
    with suppress(sqlite3.Error), closing(db.execute(query)) as rows:
        return [seq for (seq,) in rows if isinstance(seq, int)]
    return []


def _letters(db: sqlite3.Connection, table: str) -> list[tuple[int, str, str]]:
    """Return the letters that can be read: number, console, JSON. A page may be another one's."""
    rows: list[tuple[int, str, str]] = []
    query = f"SELECT id, console, letter FROM {table}"  # noqa: S608 - our own names
    with suppress(sqlite3.Error), closing(db.execute(query)) as cursor:
        rows.extend(row for row in cursor if _is_sound(*row))
    return rows


def _is_sound(number: object, console: object, letter: object) -> bool:
    return (
        isinstance(number, int) and 0 < number < MAX_NUMBER
        and isinstance(console, str) and isinstance(letter, str) and bool(object_of(letter))
    )  # fmt: skip
