"""A log to be read by people: what was typed at prompts stands in it as it stood there in the end.

Its offsets are those of the log. Opens the database of cards and the sizes of the grid beside the
log, both for reading alone: for a thread, or a process of its own. Where these say nothing, as of
a console that is never recorded, the log is as it was printed.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ide.keeper.index_part import is_damage
from ide.keeper.log_parts import Readable, read_on, run_in
from ide.keeper.marks import Widths
from ide.keeper.settled import MAX_TYPED_BYTES, settled
from ide.keeper.shelf import Shelf

if TYPE_CHECKING:
    from ide.keeper.console import Console

_BUSY_SECONDS: Final = 0.2
_QUERY: Final = "SELECT first FROM cards WHERE console = ? AND first > ? AND first <= ?"


class Commands:
    """Where the commands of consoles begin, as the database of cards says."""

    def __init__(self, path: Path) -> None:
        self._path: Path | None = path
        self._db: sqlite3.Connection | None = None
        self.is_behind = False
        """Whether it was asked what it could not say just then, and may say later."""
        self._turn = threading.Lock()
        """Who gives up waiting for a thread closes what that may ask just now: SQLite's module
        does not bear it."""

    def between(self, console: str, after: int, upto: int) -> set[int]:
        """Return the offsets in (after, upto] where the output of a command begins."""
        with self._turn:
            try:
                if (db := self._opened()) is None:
                    return set()
                with closing(db.execute(_QUERY, (console, after, upto))) as rows:
                    return {first for (first,) in rows if type(first) is int}
            except sqlite3.Error as error:
                self._close()
                self.is_behind = self.is_behind or not is_damage(error)
                return set()

    def _opened(self) -> sqlite3.Connection | None:
        if self._path and not self._db and not self._path.exists():
            self._path = None  # looked for once
        if self._path and not self._db:
            self._db = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, check_same_thread=False)
            self._db.execute("PRAGMA query_only=1")
        return self._db

    def close(self) -> None:
        """Close the database; it is opened again when it is asked."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        db, self._db = self._db, None
        if db:
            with suppress(sqlite3.Error):
                db.close()


@contextmanager
def reading(console: "Console", cards: Path, *, settled: bool) -> Iterator[Readable]:
    """Yield the log of a console, as it was printed or `settled`."""
    commands = Commands(cards)
    try:
        log = console.log
        yield SettledLog(log, console.record.id, console.folder, commands) if settled else log
    finally:
        commands.close()


class SettledLog:
    """Reads as the log it is made of does."""

    def __init__(self, log: Readable, console: str, folder: Path, commands: Commands) -> None:
        self._log, self._console, self._folder = log, console, folder
        self._commands = commands

    @property
    def shelf(self) -> Shelf:
        """What is kept of it."""
        return self._log.shelf

    @property
    def head(self) -> int:
        """Where it ends."""
        return self._log.head

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`; nothing in a gap."""
        data = self._log.read(offset, size)
        end = offset + len(data)
        if not data:
            return data
        found = self._commands.between(self._console, offset, end + MAX_TYPED_BYTES)
        return self._settled(offset, data, found) if found else data

    def _settled(self, offset: int, data: bytes, commands: set[int]) -> bytes:
        end, last = offset + len(data), max(commands)
        low = max(self.shelf.oldest, min(commands) - MAX_TYPED_BYTES)
        base, before = run_in(self._log, low, offset) if low < offset else (offset, b"")
        if base + len(before) < offset:  # what is just before was lost
            base, before = offset, b""
        whole = before + data + (read_on(self._log, end, last) if end < last else b"")
        text, widths = bytearray(data), Widths(self._folder, self.head)
        for first, said in settled(whole, base, commands, range(offset, end), widths.at):
            begin, stop = max(first, offset), min(first + len(said), end)
            if begin < stop:
                text[begin - offset : stop - offset] = said[begin - first : stop - first]
        return bytes(text)
