"""A journal that is damaged or gone while its keeper runs: written anew with what that knows."""

import sqlite3
from contextlib import closing, suppress
from typing import Final

from ide.keeper.bells import Bells
from ide.keeper.consoles import Consoles
from ide.keeper.database import written_together

MENDED: Final = (
    "The list of consoles was damaged or gone on the disk. It has been written anew; messages that"
    " were not sent yet may be gone."
)
Rows = list[tuple[int, str, str]]
"""Letters: number, console, JSON."""


class JournalMending:
    """Damage is seen when something cannot be read or written because of it."""

    def __init__(self, consoles: Consoles, bells: Bells) -> None:
        self._consoles, self._bells = consoles, bells
        self._left: dict[str, Rows] = {}
        """What could be read of letters, by table."""
        self._newest = self._told = 0

    def look(self) -> bool:
        """Return whether it had to be written anew; where the disk takes nothing, tried again."""
        if not (self._consoles.is_journal_lost() or self._bells.journal.is_damaged):
            return False
        self._left = self._left or _letters(self._consoles.database)
        self._newest = max(self._newest, self._bells.history.newest())
        with suppress(sqlite3.Error):
            self._told = max(self._told, self._bells.journal.told())
        try:
            self._consoles.begin_journal_anew()
            self._bells.begin_journal_anew()
            self._put_letters(self._consoles.database)
            self._bells.journal.note_told(self._told)
        except (sqlite3.Error, OSError):
            return False
        self._left = {}
        return True

    def _put_letters(self, db: sqlite3.Connection) -> None:
        """Write letters with their numbers, none of which is used again."""
        numbers = [self._newest, *(row[0] for rows in self._left.values() for row in rows)]
        with written_together(db):
            for table, rows in self._left.items():
                db.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608 - our own names
            db.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
            db.execute("INSERT INTO sqlite_sequence VALUES ('outbox', ?)", (max(numbers),))


def _letters(db: sqlite3.Connection) -> dict[str, Rows]:
    found: dict[str, Rows] = {"outbox": [], "letters": []}
    for table, rows in found.items():
        query = f"SELECT id, console, letter FROM {table}"  # noqa: S608 - our own names
        with suppress(sqlite3.Error), closing(db.execute(query)) as cursor:
            rows.extend(cursor)
    return found
