"""The bells of one workspace: what is wished, and what rings when.

It is asked again and again what runs, so that it works in nested shells too, without any mark of a
shell. A program that ran for less than LEAST_SECONDS may not be noticed.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from ide.errors import ConflictError, FullError, NotFoundError, TooManyError
from ide.keeper import bell_words
from ide.keeper.bell import MAX_PER_CONSOLE, MAX_PER_WORKSPACE, Bell, asked_for
from ide.keeper.bell_journal import BellJournal
from ide.keeper.bell_letters import (
    Rung,
    letter,
    of_end,
    of_question,
    of_session,
    of_silence,
    waits_for_end,
)
from ide.keeper.bell_watch import Watch, boot_seconds
from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.outbox import Outbox

PRINTED_APART_SECONDS: Final = 10.0
"""A bell that stays rings for the same text so seldom."""
MAX_DUE: Final = 100
"""So many letters of a console, the newest, wait for a disk that takes nothing."""
_FULL: Final = "The disk is full: free some space, then try again."


class Bells:
    """Looks after consoles that have a bell. What the disk does not take is written later."""

    def __init__(
        self,
        consoles: Consoles,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        tell: Callable[[dict[str, Any]], None],
        notice: Callable[[str, str], None],
    ) -> None:
        """`tell` is called with each event for pages, `notice` with a sentence for the person."""
        self._consoles, self._spawn = consoles, spawn
        self._tell, self._notice = tell, notice
        self._journal = BellJournal(consoles.database)
        self.outbox = Outbox(self._journal)
        self._watches: dict[str, Watch] = {}
        self._noted: dict[str, dict[str, Any]] = {}
        self._due: dict[str, list[Rung]] = {}
        """Letters that the disk did not take."""
        self._quiet_until: dict[int, float] = {}

    def load(self) -> None:
        """Go on where a predecessor was, once the consoles are loaded."""
        states = self._journal.states()
        for bell in self._journal.bells():
            if console := self._consoles.get(bell.console):
                bell.set_at = boot_seconds() - max(0.0, time.time() - bell.created)
                bell.offset = min(bell.offset, console.log.head)  # what no disk had is gone
                console.bells.append(bell)
        for console in self._consoles.values():
            if not console.bells:
                continue
            watch = self._watches[console.record.id] = Watch(console)
            state = states.get(console.record.id, {})
            watch.restore(state)
            watch.searched = min(
                [bell.offset for bell in console.bells if bell.text] or [watch.searched]
            )
            self._noted[console.record.id] = state
            if console.record.state == "ended" and not watch.was_over():
                self.session_over(console)

    # What people wish.

    def to_json(self) -> list[dict[str, Any]]:
        """Return all bells as JSON."""
        return [bell.to_json() for one in self._consoles.values() for bell in one.bells]

    def set(self, console: Console, args: dict[str, Any]) -> Bell:
        """Set a bell, or return the one that is the same. Raises an IdeError."""
        record, others = console.record, console.bells
        if record.state == "ended":
            raise ConflictError("This console has ended: there is nothing to wait for.")
        bell = asked_for(
            args, console=record.id, kind=record.kind, now=time.time(), head=console.log.head
        )
        for other in others:
            if (other.when, other.seconds, other.text) != (bell.when, bell.seconds, bell.text):
                continue
            if (other.once, other.excerpt) == (bell.once, bell.excerpt):
                return other
            self.remove(other.number)
            break
        if len(others) >= MAX_PER_CONSOLE or len(self.to_json()) >= MAX_PER_WORKSPACE:
            raise TooManyError("There are enough bells: remove one first.")
        self._enter(console, bell)
        others.append(bell)
        console.changed()
        return bell

    def _enter(self, console: Console, bell: Bell) -> None:
        """Write a new bell down, with what runs at this moment. Raises FullError."""
        name = console.record.id
        watch = self._watches.get(name) or Watch(console)
        if ended := watch.look():
            self._ring(console, of_end(console, ended))  # the other bells'
        bell.set_at = boot_seconds()
        try:
            self._journal.add(bell)
            self._journal.note(name, watch.to_json(), [])
        except sqlite3.OperationalError:
            raise FullError(_FULL) from None
        self._watches[name], self._noted[name] = watch, watch.to_json()
        if bell.text and not any(other.text for other in console.bells):
            watch.searched = bell.offset

    def remove(self, number: int) -> None:
        """Take a bell back. Raises NotFoundError, FullError."""
        for console in self._consoles.values():
            for bell in console.bells:
                if bell.number == number:
                    try:
                        self._journal.remove(bell)
                    except sqlite3.OperationalError:
                        raise FullError(_FULL) from None
                    self._drop(console, bell)
                    return
        raise NotFoundError("This bell is not set any more.")

    def _drop(self, console: Console, bell: Bell) -> None:
        console.bells.remove(bell)
        self._quiet_until.pop(bell.number, None)
        if not console.bells:
            self._watches.pop(console.record.id, None)
            self._noted.pop(console.record.id, None)
            self._due.pop(console.record.id, None)
        console.changed()

    def forget(self, console: Console) -> None:
        """Forget all of a console that is removed."""
        for table in (self._watches, self._noted, self._due):
            table.pop(console.record.id, None)
        try:
            self._journal.forget(console.record.id)
        except sqlite3.OperationalError:
            return  # `load` finds no such console

    # What happens.

    @property
    def is_watching(self) -> bool:
        """Whether looks should come often: a bell waits for what only looking finds."""
        return bool(self._due) or any(not watch.is_over for watch in self._watches.values())

    def look(self) -> None:
        """See what happened in consoles that have bells."""
        for name, watch in list(self._watches.items()):
            console = watch.console
            if due := [one for one in self._due.pop(name, []) if one[0] in console.bells]:
                self._ring(console, due)
            ended = watch.look()
            if ended:
                self._ring(console, of_end(console, ended))
            elif runs := watch.runs():
                self._ring(console, of_silence(watch, runs))
            self._ring_waiting(watch)
            self._search(watch)
            self._note(watch)

    def _ring_waiting(self, watch: Watch) -> None:
        rings = of_question(watch)
        for bell, _ in rings:
            bell.offset = watch.console.log.head
        if rings:
            self._ring(watch.console, rings)

    def session_over(self, console: Console) -> None:
        """Hear that the session of a console is over; its record says how."""
        watch = self._watches.get(console.record.id)
        if watch is None or watch.was_over():
            return
        ran = watch.over()
        if bell_words.by_person(console.record):
            self._ring(console, [])
            # What was wished is over, and who ended it knows.
            over = [one for one in console.bells if one.once and waits_for_end(one)]
            for bell in over:
                with contextlib.suppress(FullError):
                    self.remove(bell.number)
            return
        self._ring(console, of_session(console, ran))

    # What is printed.

    def _search(self, watch: Watch) -> None:
        until = watch.console.log.head
        if not watch.searching and until > watch.searched and self._texts(watch):
            watch.searching = True
            self._spawn(self._seek(watch, until))

    def _texts(self, watch: Watch) -> list[Bell]:
        return [bell for bell in watch.console.bells if bell.text]

    async def _seek(self, watch: Watch, until: int) -> None:
        """Search what was printed in a thread of its own: nobody waits for it."""
        try:
            while watch.searched < until and (bells := self._texts(watch)):
                texts = [(bell.text or "").encode() for bell in bells]
                found = await asyncio.to_thread(watch.seek, texts, until)
                self._printed(watch, found)
        finally:
            watch.searching = False
        for bell in self._texts(watch):
            bell.offset = max(bell.offset, watch.searched)

    def _printed(self, watch: Watch, found: dict[bytes, int]) -> None:
        now, letters = boot_seconds(), []
        for bell in self._texts(watch):
            bell.offset = max(bell.offset, watch.searched)
            said = bell.text or ""
            place = found.get(said.encode())
            if place is not None and now >= self._quiet_until.get(bell.number, 0.0):
                self._quiet_until[bell.number] = now + PRINTED_APART_SECONDS
                runs = watch.runs()
                title = runs.command if runs else ""
                words = bell_words.printed(said)
                letters.append((bell, letter(watch.console, bell, title, words, at=place)))
        self._ring(watch.console, letters)

    # Ringing.

    def _ring(self, console: Console, letters: list[Rung]) -> None:
        """Write letters with what was seen; bells that ring once are gone with it."""
        watch = self._watches.get(console.record.id)
        if watch is None:
            return
        for bell, _ in letters:
            bell.rung = True
        if not letters:
            self._note(watch)
            return
        state = watch.to_json()
        try:
            dropped = self._journal.ring(letters, console.record.id, state, console.bells)
        except sqlite3.OperationalError:
            self._put_off(console, letters)
            return
        self._noted[console.record.id] = state
        for bell, written in letters:
            self._tell({"type": "letter", "letter": written})
            if bell.once:
                self._drop(console, bell)
        self.outbox.wake()
        if dropped:
            self._notice("warning", "More bells rang than can be kept: the oldest are not sent.")

    def _put_off(self, console: Console, letters: list[Rung]) -> None:
        """Keep letters that the disk does not take; of a bell that rings once the first."""
        due = self._due.setdefault(console.record.id, [])
        once = {bell.number for bell, _ in due if bell.once}
        due += [one for one in letters if one[0].number not in once]
        del due[:-MAX_DUE]

    def _note(self, watch: Watch) -> None:
        name, state = watch.console.record.id, watch.to_json()
        if self._watches.get(name) is not watch or name in self._due:
            return
        if self._noted.get(name) != state:
            try:
                self._journal.note(name, state, watch.console.bells)
            except sqlite3.OperationalError:
                return  # the next look tries again
            self._noted[name] = state
