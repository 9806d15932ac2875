"""Cards on the disk, in a database of their own beside the journal. For one thread alone.

So neither waits for the other, and none is damaged with the other.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from ide.keeper.card import Card
from ide.keeper.database import text_of, written_together
from ide.wire.limits import MAX_CARDS_PER_WORKSPACE

_BUSY_SECONDS: Final = 1.0
_SCHEMA: Final = (
    (
        "CREATE TABLE IF NOT EXISTS cards (id INTEGER PRIMARY KEY AUTOINCREMENT, console TEXT,"
        " epoch TEXT, kind TEXT, command TEXT, cwd BLOB, interpreter TEXT, started REAL,"
        " first INTEGER, state TEXT, ended REAL, cpu_usec INTEGER, peak_bytes INTEGER,"
        " peak_how TEXT, how TEXT, status INTEGER, exception TEXT, last INTEGER)"
    ),
    "CREATE INDEX IF NOT EXISTS cards_of_console ON cards (console, id)",
    # Commands may be long: what they begin with tells nearly all of them apart.
    "CREATE INDEX IF NOT EXISTS cards_of_command ON cards (substr(command, 1, 64), id)",
    (
        "CREATE TABLE IF NOT EXISTS seen (console TEXT PRIMARY KEY, key TEXT, epoch TEXT,"
        " offset INTEGER, number INTEGER)"
    ),
)
_BY_OUTPUT: Final = "CREATE INDEX IF NOT EXISTS cards_by_output ON cards (console, first)"
"""For who reads a log: where commands begin in a part of it. It is found without, but later."""
_NAMES: Final = [field.name for field in fields(Card)]
_VALUES: Final = attrgetter(*_NAMES)
_SELECT: Final = f"SELECT {', '.join(_NAMES)} FROM cards"  # noqa: S608 - our own names
_FAILED: Final = (
    "state = 'ended' AND how IS NOT 'stopped'"
    " AND (how IS NOT 'exit' OR coalesce(status, 0) <> 0 OR exception IS NOT NULL)"
)
_SAME: Final = (
    # Without the + SQLite puts ?1 in the place of the column, also where the index has it.
    " INDEXED BY cards_of_command WHERE"
    " substr(command, 1, 64) = substr(?1, 1, 64) AND id < ?4 AND +command = ?1 AND command <> ''"
    " AND cwd = ?2 AND kind = ?3 AND state = 'ended'"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to where the output of a console's session was read for marks."""

    key: str
    epoch: str
    offset: int
    number: int


@dataclass(frozen=True, slots=True)
class Query:
    """Which cards are asked for; `before` is an id, the newest come first.

    `state` is `running`, `ended`, or `failed`: ended otherwise than as it should. `above` and
    `below` are offsets that their output begins before, or after: with `below` the oldest come
    first.
    """

    console: str | None = None
    kind: str | None = None
    state: str | None = None
    text: str | None = None
    before: int | None = None
    above: int | None = None
    below: int | None = None
    limit: int = 50


class CardStore:
    """The open database. Everything raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._is_to_truncate = True  # a predecessor may have been killed before it did
        self._db = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._db.text_factory = text_of
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.execute("PRAGMA cache_size=-256")  # in KiB: memory that every workspace costs
            for statement in _SCHEMA:
                self._db.execute(statement)
            with suppress(sqlite3.OperationalError):  # a full disk: cards are there all the same
                self._db.execute(_BY_OUTPUT)
            with closing(self._db.execute("SELECT max(seq) FROM sqlite_sequence")) as rows:
                self._last_id: int = rows.fetchone()[0] or 0
        except BaseException:
            self._db.close()
            raise

    @classmethod
    def anew(cls, path: Path) -> "CardStore":
        """Put a damaged database aside and begin an empty one, in which no id comes again.

        Raises OSError too.
        """
        for suffix in ("", "-wal", "-shm"):
            damaged = path.with_name(path.name + suffix)
            if damaged.exists():
                damaged.replace(path.with_name(f"{path.name}.damaged{suffix}"))
        store = cls(path)
        store._last_id = int(time.time() * 1000)
        return store

    def new_id(self) -> int:
        """Return the number of another card."""
        self._last_id += 1
        return self._last_id

    def running(self) -> list[Card]:
        """Return the cards that had not ended when they were written."""
        return self._cards(f"{_SELECT} WHERE state = 'running' ORDER BY id", ())

    def seen(self) -> dict[str, Seen]:
        """Return, by console, what was read of its newest session."""
        columns = "console, key, epoch, offset, number"
        with closing(self._db.execute(f"SELECT {columns} FROM seen")) as rows:  # noqa: S608
            return {row[0]: Seen(*row[1:]) for row in rows}

    def write(self, cards: Iterable[Card], seen: Mapping[str, Seen]) -> None:
        """Write all of it, or nothing; forget the oldest cards of more than there may be."""
        marks = ", ".join("?" * len(_NAMES))
        with written_together(self._db):
            self._db.executemany(
                f"INSERT OR REPLACE INTO cards ({', '.join(_NAMES)}) VALUES ({marks})",  # noqa: S608
                [
                    [
                        os.fsencode(value) if name == "cwd" else value
                        for name, value in zip(_NAMES, _VALUES(card), strict=True)
                    ]
                    for card in cards
                ],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)",
                [(name, one.key, one.epoch, one.offset, one.number) for name, one in seen.items()],
            )
            oldest = self._last_id - MAX_CARDS_PER_WORKSPACE
            self._db.execute("DELETE FROM cards WHERE id <= ? AND state = 'ended'", (oldest,))
        if self._is_to_truncate:
            self._truncate()

    def remove(self, console: str) -> None:
        """Forget what belongs to a console."""
        with written_together(self._db):
            self._db.execute("DELETE FROM cards WHERE console = ?", (console,))
            self._db.execute("DELETE FROM seen WHERE console = ?", (console,))
        self._truncate()

    def _truncate(self) -> None:
        """Leave nothing that was removed in the database's own log; where it is read, later."""
        self._is_to_truncate = True
        with (
            suppress(sqlite3.Error),
            closing(self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")) as rows,
        ):
            (self._is_to_truncate, *_) = map(bool, rows.fetchone())

    def newest(self, query: Query) -> list[Card]:
        """Return at most `query.limit` cards in the order that it says."""
        wanted: list[tuple[str, Any]] = [
            ("console = ?", query.console), ("kind = ?", query.kind), ("id < ?", query.before),
            ("first < ?", query.above), ("first > ?", query.below),
            ("state = ?", None if query.state == "failed" else query.state),
            ("command LIKE ? ESCAPE '\\'", query.text and f"%{_literally(query.text)}%"),
        ]  # fmt: skip
        asked = [(words, value) for words, value in wanted if value is not None]
        words = [*(words for words, _ in asked), *([_FAILED] if query.state == "failed" else [])]
        where = f" WHERE {' AND '.join(words)}" if words else ""
        order = "DESC" if query.below is None else "ASC"
        return self._cards(
            f"{_SELECT}{where} ORDER BY id {order} LIMIT ?",
            [*(value for _, value in asked), query.limit],
        )

    def before(self, card: Card) -> Card | None:
        """Return the newest card before this one that ended, of the same command and folder.

        None for a command that nobody knows.
        """
        same = (card.command, os.fsencode(card.cwd), card.kind, card.id)
        found = self._cards(f"{_SELECT}{_SAME} ORDER BY id DESC LIMIT 1", same)
        return found[0] if found else None

    def get(self, number: int) -> Card | None:
        """Return one card."""
        found = self._cards(f"{_SELECT} WHERE id = ?", [number])
        return found[0] if found else None

    def _cards(self, statement: str, values: Iterable[Any]) -> list[Card]:
        with closing(self._db.execute(statement, tuple(values))) as rows:
            cards = [Card(**dict(zip(_NAMES, row, strict=True))) for row in rows]
        for card in cards:
            card.cwd = os.fsdecode(card.cwd)
        return cards

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def _literally(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\%_" else char for char in text)
