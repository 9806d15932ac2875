"""What the thread of cards does: it reads each console's log, and writes.

A database that cannot be written to is tried again, a damaged one is made anew; consoles never
wait for it. Everything here is called in that thread.
"""

import contextlib
import sqlite3
import time
from asyncio import Future
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from ide.errors import UnavailableError
from ide.keeper.card import Card
from ide.keeper.card_reading import Beginning, Reading, Wanted, begun
from ide.keeper.card_store import CardStore, Seen
from ide.keeper.mistakes import Mistakes

_SAVE_BYTES: Final = 4 * 1024 * 1024
"""Where reading came to is written down at least so often."""
MAX_UNWRITTEN: Final = 2000
DAMAGED: Final = (
    "The list of commands was damaged. It has been made anew from the output that is kept, as far"
    " as that says."
)
NOT_WRITTEN: Final = "Commands cannot be listed at present ({why}). Consoles go on."


class Listener(Protocol):
    """What the thread tells the loop."""

    def cards_changed(self, cards: list[Card]) -> None:
        """Hear of cards that began or ended; they are on the disk by now."""

    def cards_damaged(self) -> None:
        """Hear that the database is empty now: what is known of sessions is wanted again."""

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached a sentence."""


class CardWork:
    """The database, and what is read of each console's session."""

    def __init__(
        self, path: Path, listener: Listener, tell: Callable[..., None], mistakes: Mistakes
    ) -> None:
        """`tell` has something called in the loop."""
        self._path, self._listener = path, listener
        self._tell, self._mistakes = tell, mistakes
        self._store: CardStore | None = None
        self._why = ""
        self._said = False
        self._readers: dict[str, Reading] = {}
        self._dirty: dict[int, Card] = {}
        self._moved: set[str] = set()
        self._left: dict[str, Card] = {}
        """What ran when the last keeper ended."""
        self._seen: dict[str, Seen] = {}
        self._late: dict[str, Beginning] = {}
        """Sessions that began while the database could not be opened."""
        self._gone: set[str] = set()
        """Consoles that were removed, as long as the database has them still."""
        self._anew = False

    @property
    def is_behind(self) -> bool:
        """Whether there is something to try again."""
        return bool(self._dirty or self._late or self._gone)

    def begin_late(self) -> None:
        """Take over sessions that the database was not there for."""
        late, self._late = self._late, {}
        for beginning in late.values():
            self.begin(beginning)

    # The database.

    def close(self) -> None:
        """Close the database."""
        if self._store:
            self._store.close()

    def open(self) -> None:
        """Open the database, if that can be done."""
        try:
            self._store = CardStore(self._path)
            self._left = {card.console: card for card in self._store.running()}
            self._seen = self._store.seen()
        except sqlite3.OperationalError as error:
            self._fail(error)
        except (sqlite3.DatabaseError, TypeError, ValueError):  # of it, or of what is in it
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Put a damaged database aside; whoever knows the sessions tells them again."""
        if self._store:
            self._store.close()
        self._store = None
        self._left, self._seen, self._anew = {}, {}, True
        self._readers.clear()
        self._dirty.clear()
        self._moved.clear()
        try:
            self._store = CardStore.anew(self._path)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return
        self._tell(self._listener.notice, "warning", DAMAGED)
        self._tell(self._listener.cards_damaged)

    def _opened(self) -> CardStore:
        """Return the database. Raises sqlite3.OperationalError when there is none."""
        if self._store is None:
            raise sqlite3.OperationalError(self._why)
        return self._store

    def _fail(self, error: Exception) -> None:
        self._why = str(error)
        if not self._said:
            self._said = True
            self._tell(self._listener.notice, "warning", NOT_WRITTEN.format(why=error))

    def write(self) -> None:
        """Write down what is not yet, and that consoles were removed."""
        self._remove_gone()
        if not (self._dirty or self._moved):
            return
        seen = {name: self._readers[name].seen() for name in self._moved if name in self._readers}
        cards = list(self._dirty.values())
        if self._store is None:
            self.open()
        try:
            self._opened().write(cards, seen)
        except sqlite3.OperationalError as error:
            self._fail(error)
            while len(self._dirty) > MAX_UNWRITTEN:
                del self._dirty[next(iter(self._dirty))]
            return
        except sqlite3.DatabaseError:
            self._begin_anew()
            return
        except Exception as error:  # noqa: BLE001 - one that cannot be written holds up no other
            self._mistakes.note(self.write, error)
            cards = self._write_each(cards, seen)
        self._said, self._why = False, ""
        self._dirty.clear()
        self._moved.clear()
        if cards:
            self._tell(self._listener.cards_changed, cards)

    def _write_each(self, cards: list[Card], seen: dict[str, Seen]) -> list[Card]:
        """Write cards by themselves; return those that could be. Others are given up."""
        written: list[Card] = []
        for card in cards:
            try:
                self._opened().write([card], {})
            except Exception as error:  # noqa: BLE001
                self._mistakes.note(self.write, error)
            else:
                written.append(card)
        with contextlib.suppress(sqlite3.Error):
            self._opened().write([], seen)
        return written

    def answer(self, future: "Future[Any]", question: Callable[[CardStore], Any]) -> None:
        """Have `future` told the answer to a question, or why there is none."""
        try:
            self.write()
            answer = question(self._opened())
        except sqlite3.Error as error:
            text = NOT_WRITTEN.format(why=error)
            self._tell(_settle, future, None, UnavailableError(text))
        except Exception as error:  # noqa: BLE001 - it is whose question it was
            self._tell(_settle, future, None, error)
        else:
            self._tell(_settle, future, answer, None)

    # What happens in consoles.

    def begin(self, beginning: Beginning) -> None:
        """Take over a session: one that begins, or one that a keeper before had begun."""
        name = beginning.origin.console
        if self._store is None:
            self.open()
        if self._store is None:
            self._late[name] = replace(beginning, began=False)
            return
        seen, left = self._seen.pop(name, None), self._left.pop(name, None)
        if seen and seen.key != beginning.origin.key:
            self._lose(left, beginning)
            seen = left = None
        reading = self._readers[name] = begun(beginning, self._store, seen, left)
        if card := reading.reader.running:
            self._dirty[card.id] = card
        self._moved.add(name)
        self._read(name, reading, beginning.until_now(), live=False)

    def _lose(self, left: Card | None, beginning: Beginning) -> None:
        """End what ran in a session of which no more is known."""
        if left:
            left.end("lost", None, beginning.started, left.first)
            self._dirty[left.id] = left

    def ended_before(self, beginning: Beginning, how: str, status: int | None, at: float) -> None:
        """Hear of a session that is over: what of it is not written down yet shall be."""
        name = beginning.origin.console
        if self._anew or name in self._left:
            self.begin(beginning)
            self.over(name, how, status, at, beginning.head)

    def all_told(self) -> None:
        """Every session was told: what else ran belongs to none any more."""
        for card in self._left.values():
            card.end("lost", None, card.started, card.first)
            self._dirty[card.id] = card
        self._left, self._anew = {}, False

    def read(self, name: str, wanted: Wanted) -> None:
        """Look for marks in what a console has printed."""
        if reading := self._readers.get(name):
            self._read(name, reading, wanted, live=True)

    def _read(self, name: str, reading: Reading, wanted: Wanted, *, live: bool) -> None:
        if not reading.has_marks:
            return
        reading.reader.heed(wanted.epoch, never=wanted.never)
        for card in reading.read(wanted.head, wanted.cols, live=live):
            self._dirty[card.id] = card
            self._moved.add(name)
        if reading.reader.offset - reading.saved >= _SAVE_BYTES:
            self._moved.add(name)

    def over(self, name: str, how: str, status: int | None, at: float, head: int) -> None:
        """End what runs in a console with its session."""
        reading = self._readers.get(name)
        if reading and (card := reading.reader.over(how, status, at, head)):
            self._dirty[card.id] = card
            self._moved.add(name)

    def sample(self, leaders: dict[str, int]) -> None:
        """Look at what takes memory in consoles, by the process ids of their sessions' leaders."""
        for name, leader in leaders.items():
            if reading := self._readers.get(name):
                reading.sample(leader)

    def limit_ended(self, name: str) -> None:
        """Note that a limit has ended a program of a console."""
        reading = self._readers.get(name)
        if reading and (card := reading.reader.limit_ended(time.time())):
            self._dirty[card.id] = card

    def remove(self, name: str) -> None:
        """Forget a console."""
        self._readers.pop(name, None)
        self._dirty = {key: card for key, card in self._dirty.items() if card.console != name}
        self._gone.add(name)

    def _remove_gone(self) -> None:
        """Have the database forget them; when the disk takes nothing, later."""
        if self._gone and self._store is None:
            self.open()
        try:
            for name in list(self._gone):
                self._opened().remove(name)
                self._gone.discard(name)
        except sqlite3.OperationalError as error:
            self._fail(error)
        except sqlite3.DatabaseError:
            self._gone.clear()
            self._begin_anew()


def _settle(future: "Future[Any]", value: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error:
        future.set_exception(error)
    else:
        future.set_result(value)
