"""Letters are written down, with all that goes with them, and told to every page."""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from ide.keeper.bell import Bell
from ide.keeper.bell_journal import BellJournal
from ide.keeper.bell_letters import Rung
from ide.keeper.bell_watch import Watch
from ide.keeper.outbox import History, Outbox

MAX_DUE: Final = 100
"""So many letters of a console, the newest, wait for a disk that takes nothing."""


class Ringing:
    """What the disk does not take is written later."""

    def __init__(
        self,
        journal: BellJournal,
        outbox: Outbox,
        history: History,
        tell: Callable[[dict[str, Any]], None],
        notice: Callable[[str, str], None],
    ) -> None:
        """`tell` is called with each event for pages, `notice` with a sentence for the person."""
        self._journal, self._outbox, self._history = journal, outbox, history
        self._tell, self._notice = tell, notice
        self._noted: dict[str, dict[str, Any]] = {}
        self._due: dict[str, list[Rung]] = {}
        """Letters that the disk did not take."""

    @property
    def is_behind(self) -> bool:
        """Whether there is something to write again."""
        return bool(self._due)

    def noted(self, console: str, state: dict[str, Any]) -> None:
        """Take it that this state of a console is written down."""
        self._noted[console] = state

    def forget(self, console: str) -> None:
        """Forget a console that has no bell any more."""
        self._noted.pop(console, None)
        self._due.pop(console, None)

    def again(self, watch: Watch) -> list[Bell]:
        """Try what the disk did not take; return the bells that are gone with it."""
        due = self._due.pop(watch.console.record.id, [])
        bells = watch.console.bells
        return self.ring(watch, [one for one in due if one[0] in bells]) if due else []

    def ring(self, watch: Watch, letters: list[Rung]) -> list[Bell]:
        """Write letters with what was seen; return the bells that are gone with them."""
        console = watch.console
        for bell, _ in letters:
            bell.rung = True
        if not letters:
            self.note(watch)
            return []
        state = watch.to_json()
        try:
            dropped = self._journal.ring(letters, console.record.id, state, console.bells)
        except sqlite3.DatabaseError:
            self._put_off(console.record.id, letters)
            return []
        self._noted[console.record.id] = state
        for _, written in letters:
            self._tell({"type": "letter", "letter": written})
        self._history.came(letters[-1][1]["id"])
        self._outbox.wake()
        if dropped:
            self._notice("warning", "More bells rang than can be kept: the oldest are not sent.")
        return [bell for bell, _ in letters if bell.once]

    def _put_off(self, console: str, letters: list[Rung]) -> None:
        """Keep letters that the disk does not take; of a bell that rings once the first."""
        due = self._due.setdefault(console, [])
        once = {bell.number for bell, _ in due if bell.once}
        due += [one for one in letters if one[0].number not in once]
        del due[:-MAX_DUE]

    def note(self, watch: Watch) -> None:
        """Write down what was seen, unless letters have to be written with it."""
        name, state = watch.console.record.id, watch.to_json()
        if name in self._due or self._noted.get(name) == state:
            return
        try:
            self._journal.note(name, state, watch.console.bells)
        except sqlite3.DatabaseError:
            return  # the next look tries again
        self._noted[name] = state
