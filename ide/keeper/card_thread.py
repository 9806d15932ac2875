"""The thread that makes cards: it reads each console's log behind the loop's back, and writes.

What the loop asks is done in the order in which it was asked. A database that cannot be written to
is tried again, a damaged one is made anew; consoles never wait for it.
"""

import contextlib
import sqlite3
import threading
import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from ide.errors import UnavailableError
from ide.keeper.card import Card
from ide.keeper.card_reading import Beginning, Reading, Wanted, begun
from ide.keeper.card_store import CardStore, Seen

_SAVE_BYTES: Final = 4 * 1024 * 1024
"""Where reading came to is written down at least so often."""
MAX_UNWRITTEN: Final = 2000
AGAIN_SECONDS: Final = 2.0
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


class CardThread:
    """Methods are for the loop; none of them waits."""

    def __init__(self, loop: AbstractEventLoop, path: Path, listener: Listener) -> None:
        self._loop, self._path, self._listener = loop, path, listener
        self._wake = threading.Condition()
        self._jobs: deque[Callable[[], object]] = deque()
        self._wanted: dict[str, Wanted] = {}
        self._stopping = False
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
        self._anew = False
        self._thread = threading.Thread(target=self._run, name="cards", daemon=True)

    def start(self) -> None:
        """Open the database and begin."""
        self._thread.start()

    def post(self, job: Callable[[], object]) -> None:
        """Have one of the methods below called in the thread."""
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()

    def look(self, wanted: dict[str, Wanted]) -> None:
        """Have the output of consoles, by their names, read up to somewhere."""
        with self._wake:
            if not self._wanted:
                self._jobs.append(self._read_wanted)
            self._wanted.update(wanted)
            self._wake.notify()

    def _read_wanted(self) -> None:
        with self._wake:
            wanted, self._wanted = self._wanted, {}
        for name, one in wanted.items():
            self.read(name, one)

    def ask(self, question: Callable[[CardStore], Any]) -> "Future[Any]":
        """Have the database asked; the future may end in UnavailableError."""
        future: Future[Any] = self._loop.create_future()
        self.post(lambda: self._answer(future, question))
        return future

    def stop(self, seconds: float = 3.0) -> None:
        """Do what was asked for, write, and end; waits at most that long."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        self._open()
        while self._turn():
            pass
        if self._store:
            self._store.close()

    def _turn(self) -> bool:
        with self._wake:
            self._wake.wait_for(
                lambda: self._jobs or self._stopping,
                AGAIN_SECONDS if self._dirty or self._late else None,
            )
            jobs, stopping = list(self._jobs), self._stopping
            self._jobs.clear()
        late, self._late = self._late, {}
        for beginning in late.values():
            self.begin(beginning)
        for job in jobs:
            job()
        self._write()
        return not (stopping and not self._jobs)

    def _tell(self, call: Callable[..., None], *args: object) -> None:
        if not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it was closed just now
                self._loop.call_soon_threadsafe(call, *args)

    # The database.

    def _open(self) -> None:
        try:
            self._store = CardStore(self._path)
            self._left = {card.console: card for card in self._store.running()}
            self._seen = self._store.seen()
        except sqlite3.OperationalError as error:
            self._fail(error)
        except sqlite3.DatabaseError:
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

    def _write(self) -> None:
        if not (self._dirty or self._moved):
            return
        seen = {name: self._readers[name].seen() for name in self._moved if name in self._readers}
        cards = list(self._dirty.values())
        if self._store is None:
            self._open()
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
        self._said, self._why = False, ""
        self._dirty.clear()
        self._moved.clear()
        if cards:
            self._tell(self._listener.cards_changed, cards)

    def _answer(self, future: "Future[Any]", question: Callable[[CardStore], Any]) -> None:
        self._write()
        try:
            answer = question(self._opened())
        except sqlite3.Error as error:
            text = NOT_WRITTEN.format(why=error)
            self._tell(_settle, future, None, UnavailableError(text))
        else:
            self._tell(_settle, future, answer, None)

    # What happens in consoles.

    def begin(self, beginning: Beginning) -> None:
        """Take over a session: one that begins, or one that a keeper before had begun."""
        name = beginning.origin.console
        if self._store is None:
            self._open()
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
        if self._store:
            try:
                self._store.remove(name)
            except sqlite3.Error as error:
                self._fail(error)


def _settle(future: "Future[Any]", value: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error:
        future.set_exception(error)
    else:
        future.set_result(value)
