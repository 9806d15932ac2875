"""The bells of one workspace: what is wished, and what rings when.

It is asked again and again what runs, so that it works in nested shells too, without any mark of a
shell. A program that ran for less than LEAST_SECONDS may not be noticed. Where marks say how a
command of a console's own shell ended, they are believed.
"""

import contextlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from ide.errors import ConflictError, IdeError, NotFoundError, TooManyError
from ide.keeper import bell_words
from ide.keeper.bell import MAX_PER_CONSOLE, MAX_PER_WORKSPACE, Bell, asked_for, on_command
from ide.keeper.bell_commands import CommandEnd, Commands
from ide.keeper.bell_journal import BellJournal
from ide.keeper.bell_letters import (
    Rung,
    of_command,
    of_end,
    of_next,
    of_question,
    of_session,
    of_silence,
    of_stop,
    spent,
    title_now,
)
from ide.keeper.bell_printed import Printed
from ide.keeper.bell_programs import Program
from ide.keeper.bell_ringing import Ringing
from ide.keeper.bell_watch import Watch, boot_seconds
from ide.keeper.card import Card
from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.database import REFUSALS, refusal
from ide.keeper.outbox import History, Outbox

_ENDED: Final = "This command has ended: there is nothing to wait for."


class Bells:
    """Looks after consoles that have a bell."""

    def __init__(
        self,
        consoles: Consoles,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        tell: Callable[[dict[str, Any]], None],
        notice: Callable[[str, str], None],
    ) -> None:
        """`tell` is called with each event for pages, `notice` with a sentence for the person."""
        self._consoles = consoles
        self.journal = BellJournal(consoles.database)
        self.outbox = Outbox(self.journal)
        self.history = History(self.journal)
        self._ringing = Ringing(self.journal, self.outbox, self.history, tell, notice)
        self.commands = Commands()
        self._printed = Printed(spawn, self._ring, self.commands)
        self._watches: dict[str, Watch] = {}
        self._spent: list[Bell] = []
        """Bells that are over without having rung, and that the disk would not let go."""

    def write_to(self, journal: BellJournal) -> None:
        """Write bells, and what was seen of their consoles, to another journal."""
        bells = [bell for console in self._consoles.values() for bell in console.bells]
        states = {name: watch.to_json() for name, watch in self._watches.items()}
        journal.begin_with(bells, states)

    def go_on_in(self, db: sqlite3.Connection) -> None:
        """Use another database from here on, which all was written to."""
        self.journal.use(db)
        self.history.wake()

    def load(self) -> None:
        """Go on where a predecessor was, once the consoles are loaded."""
        self.journal.forget_others({one.record.id for one in self._consoles.values()})
        states = self.journal.states()
        for bell in self.journal.bells():
            if console := self._consoles.get(bell.console):
                bell.set_at = boot_seconds() - max(0.0, time.time() - bell.created)
                bell.offset = min(bell.offset, console.log.head)  # what no disk had is gone
                console.bells.append(bell)
        for console in self._consoles.values():
            if console.bells:
                self._load(console, states.get(console.record.id, {}))

    def _load(self, console: Console, state: dict[str, Any]) -> None:
        name = console.record.id
        watch = self._watches[name] = Watch(console)
        watch.restore(state)
        watch.searched = min(
            [bell.offset for bell in console.bells if bell.text] or [watch.searched]
        )
        self._ringing.noted(name, state)
        if console.record.marks:
            self.commands.expect(name)  # what ended meanwhile may be told yet
        if console.record.state == "ended" and not watch.was_over():
            self.session_over(console)

    async def catch_up(self, newest: Callable[[str], Awaitable[list[Card]]]) -> None:
        """Hear of commands that were written down before a predecessor could ring for them.

        `newest` returns those of a console, the oldest first.
        """
        for name, watch in list(self._watches.items()):
            if any(bell.waits_for_end for bell in watch.console.bells):
                with contextlib.suppress(IdeError):
                    self.hear([one for one in await newest(name) if one.state == "ended"])

    # What people wish.

    def to_json(self) -> list[dict[str, Any]]:
        """Return all bells as JSON."""
        return [bell.to_json() for one in self._consoles.values() for bell in one.bells]

    def set(self, console: Console, args: dict[str, Any]) -> Bell:
        """Set a bell, or return the one that is the same; `card` in `args` is a number.

        Raises an IdeError.
        """
        record, others = console.record, console.bells
        if record.state == "ended":
            raise ConflictError("This console has ended: there is nothing to wait for.")
        bell = asked_for(args, console=record, now=time.time(), head=console.log.head)
        if (number := args.get("card")) is not None:
            card = self.commands.running(record.id)
            if card is None or card.id != number:
                raise ConflictError(_ENDED)
            bell = on_command(bell, card)
        like = next((other for other in others if other.is_like(bell)), None)
        if like and (like.once, like.excerpt) == (bell.once, bell.excerpt):
            return like
        full = len(others) >= MAX_PER_CONSOLE or len(self.to_json()) >= MAX_PER_WORKSPACE
        if full and not like:
            raise TooManyError("There are enough bells: remove one first.")
        self._enter(console, bell, like)
        others.append(bell)
        if like in others:
            self._drop(console, like)
        console.changed()
        return bell

    def _enter(self, console: Console, bell: Bell, instead_of: Bell | None) -> None:
        """Write a new bell down, with what runs at this moment. Raises what `refusal` says."""
        name = console.record.id
        watch = self._watches.get(name) or Watch(console)
        if ended := watch.look(awaits=self.commands.is_known(name)):
            self._ended(watch, ended)  # the other bells'
        bell.set_at = boot_seconds()
        try:
            self.journal.enter(bell, watch.to_json(), instead_of)
        except sqlite3.DatabaseError as error:
            raise refusal(error) from None
        self._watches[name] = watch
        self._ringing.noted(name, watch.to_json())
        if bell.text and not any(other.text for other in console.bells):
            watch.searched = bell.offset

    def remove(self, number: int) -> None:
        """Take a bell back. Raises NotFoundError, and what `refusal` says."""
        for console in self._consoles.values():
            for bell in console.bells:
                if bell.number == number:
                    try:
                        self.journal.take_back(bell)
                    except sqlite3.DatabaseError as error:
                        raise refusal(error) from None
                    self._drop(console, bell)
                    return
        raise NotFoundError("This bell is not set any more.")

    def _drop(self, console: Console, bell: Bell) -> None:
        console.bells.remove(bell)
        self._printed.forget(bell)
        if not console.bells:
            self._watches.pop(console.record.id, None)
            self._ringing.forget(console.record.id)
        console.changed()

    def forget(self, console: Console) -> None:
        """Forget all of a console that is removed."""
        name = console.record.id
        self._watches.pop(name, None)
        self._ringing.forget(name)
        self.commands.forget(name)
        with contextlib.suppress(sqlite3.DatabaseError):  # later, then
            self.journal.forget(name)
        self.history.wake()

    # What happens.

    @property
    def is_watching(self) -> bool:
        """Whether looks should come often: a bell waits for what only looking finds."""
        return self._ringing.is_behind or any(not watch.is_over for watch in self._watches.values())

    def look(self) -> None:
        """See what happened in consoles that have bells."""
        for name, watch in list(self._watches.items()):
            self._dropped(watch, self._ringing.again(watch))
            ended = watch.look(awaits=self.commands.is_known(name))
            if ended:
                self._ended(watch, ended)
            elif runs := watch.runs():
                self._ring(watch, of_silence(watch, runs, self._title(watch)))
            self._ring_waiting(watch)
            self._printed.search(watch)
            if self._watches.get(name) is watch:
                self._ringing.note(watch)
        for bell in self._spent[:]:
            self._spend(bell)

    def _ended(self, watch: Watch, ended: Program) -> None:
        """Ring for a program that has ended, nobody knows how."""
        rings = of_end(watch.console, ended)
        for bell, _ in rings:
            bell.offset = watch.console.log.head  # its card, if it comes yet, is of before
        self._ring(watch, rings)

    def _title(self, watch: Watch) -> str:
        return title_now(watch, self.commands.running(watch.console.record.id))

    def _ring_waiting(self, watch: Watch) -> None:
        rings = of_question(watch, self._title(watch))
        for bell, _ in rings:
            bell.offset = watch.console.log.head
        if rings:
            self._ring(watch, rings)

    def hear(self, cards: list[Card]) -> None:
        """Hear of commands that began or ended, in their order; twice does no harm."""
        for card in cards:
            end = self.commands.hear(card)
            watch = self._watches.get(card.console)
            if watch is None or watch.was_over():
                continue
            self._ring(watch, of_next(watch.console, card))
            if end:
                self._command_over(watch, end)

    def _command_over(self, watch: Watch, end: CommandEnd) -> None:
        console = watch.console
        if end.stopped:  # the program lives, and its end is looked for
            self._ring(watch, of_stop(console, end))
            return
        ran = watch.command_over()
        over, rings = spent(console, end), of_command(console, end, ran)
        for bell, _ in rings:
            bell.offset = (end.card.last or 0) + 1
        self._ring(watch, rings)
        rung = [bell for bell, _ in rings]
        for bell in over:
            if bell not in rung:
                self._spend(bell)

    def _spend(self, bell: Bell) -> None:
        """Take a bell away that cannot ring any more; when the disk takes nothing, later."""
        if bell in self._spent:
            self._spent.remove(bell)
        try:
            self.remove(bell.number)
        except REFUSALS:
            self._spent.append(bell)
        except NotFoundError:
            return

    def session_over(self, console: Console) -> None:
        """Hear that the session of a console is over; its record says how."""
        self.commands.forget(console.record.id)
        watch = self._watches.get(console.record.id)
        if watch is None or watch.was_over():
            return
        ran = watch.over()
        by_person = bell_words.by_person(console.record)
        rings = [] if by_person else of_session(console, ran)
        for bell in console.bells:
            if bell.waits_for_end:
                bell.offset = console.log.head + 1  # the card of what ran tells the same
        self._ring(watch, rings)
        rung = [bell for bell, _ in rings]
        for bell in list(console.bells):
            # Of what a person ended nobody need be told any more: who ended it knows.
            over = by_person and bell.once and bell.waits_for_end
            if bell not in rung and (over or bell.card is not None):
                self._spend(bell)

    def _ring(self, watch: Watch, letters: list[Rung]) -> None:
        """Have letters written; bells that ring once are gone with theirs."""
        if self._watches.get(watch.console.record.id) is watch:
            self._dropped(watch, self._ringing.ring(watch, letters))

    def _dropped(self, watch: Watch, bells: list[Bell]) -> None:
        for bell in bells:
            if bell in watch.console.bells:
                self._drop(watch.console, bell)
