"""Letters that wait for whoever sends them."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from typing import Any, Final

from ide.errors import TooManyError
from ide.keeper.bell_journal import BellJournal

WAIT_SECONDS: Final = 25.0
MOST_AT_ONCE: Final = 100
_MAX_TAKERS: Final = 4


class Outbox:
    """The journal's letters, and those who wait for the next one."""

    def __init__(self, journal: BellJournal) -> None:
        self._journal = journal
        self._came = asyncio.Event()
        self._takers = 0

    def wake(self) -> None:
        """Hear that there is a letter more."""
        self._came.set()
        self._came = asyncio.Event()

    def is_empty(self) -> bool:
        """Whether no letter waits, or none can be read."""
        try:
            return not self._journal.letters(0, 1)
        except sqlite3.DatabaseError:
            return True

    async def take(self, after: int) -> list[dict[str, Any]]:
        """Return letters above `after`, the oldest first; none after WAIT_SECONDS without any.

        They stay until they are `done`. Raises TooManyError.
        """
        if letters := self._journal.letters(after, MOST_AT_ONCE):
            return letters
        if self._takers >= _MAX_TAKERS:
            raise TooManyError("Enough wait for letters of this workspace.")
        self._takers += 1
        came = self._came
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await came.wait()
        except TimeoutError:
            return []
        finally:
            self._takers -= 1
        return self._journal.letters(after, MOST_AT_ONCE)

    def done(self, numbers: list[int]) -> None:
        """Forget letters that were sent, and those whose number is nobody's."""
        self._journal.done(numbers)


class History:
    """The newest letters, sent or not, for pages that were not open when they came."""

    def __init__(self, journal: BellJournal) -> None:
        self._journal = journal
        self._newest = 0
        self._is_known = False
        self.has_pages: Callable[[], bool] = lambda: False
        """Whether one is open, which hears of each letter that comes."""

    def came(self, number: int) -> None:
        """Hear of another one."""
        self._newest, self._is_known = number, True
        if self.has_pages():
            self._told(number)

    def wake(self) -> None:
        """Hear that there may be one less."""
        self._is_known = False

    def newest(self) -> int:
        """Return the number of the newest, 0 without any; the last known where the disk fails.

        Every page is told it all the time, with the list of consoles.
        """
        if not self._is_known:
            with contextlib.suppress(sqlite3.DatabaseError):
                self._newest, self._is_known = self._journal.newest(), True
        return self._newest

    def after(self, number: int) -> list[dict[str, Any]]:
        """Return those above a number, the newest first, for a page that tells of them.

        It has told of those before, or another of its device has.
        """
        letters = self._journal.history(number)
        self._told(letters[0]["id"] if letters else min(number, self.newest()))
        return letters

    def unseen(self) -> list[dict[str, Any]]:
        """Return those that no page has told of yet, for one on a device that was never here."""
        return self._journal.history(self._journal.told())

    def _told(self, number: int) -> None:
        with contextlib.suppress(sqlite3.DatabaseError):  # told once more, then
            if number > self._journal.told():
                self._journal.note_told(number)
