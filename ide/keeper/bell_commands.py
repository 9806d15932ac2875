"""Commands as bells hear of them: which runs in each console, and how one ended.

What is heard was written down as a card before, so it comes a moment late, and may come twice.
"""

import signal
import time
from dataclasses import dataclass
from typing import Final

from ide.keeper import bell_words
from ide.keeper.bell_watch import boot_seconds
from ide.keeper.card import Card

SET_SECONDS: Final = 2.0
"""Between two looks at both clocks: by more than that, one was set."""
_STOPPED: Final = {
    128 + number for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
}


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """A command that is over. `began` in seconds since the machine started."""

    card: Card
    began: float
    took: float

    @property
    def failed(self) -> bool:
        """Whether it says so, or a limit ended it; what somebody interrupts has not."""
        if self.card.how == "limit":
            return True
        return bool(self.card.status) and not bell_words.is_interrupted(self.card)

    @property
    def stopped(self) -> bool:
        """Whether it is stopped, and may go on as a job of its shell."""
        return self.card.status in _STOPPED

    @property
    def last_line(self) -> int:
        """Return an offset in the last line of its output."""
        return max(self.card.first, (self.card.last or 0) - 1)


@dataclass(frozen=True, slots=True)
class _Begun:
    card: Card
    began: float
    apart: float
    """By how much the clock on the wall was ahead of the machine's."""


class Commands:
    """The newest command of each console."""

    def __init__(self) -> None:
        self._running: dict[str, _Begun] = {}
        self._ended: dict[str, Card] = {}
        self._known: set[str] = set()

    def expect(self, console: str) -> None:
        """Take it that a console's commands are known, until there is another session."""
        self._known.add(console)

    def is_known(self, console: str) -> bool:
        """Whether the end of a command is likely to be heard here, so that one may wait for it."""
        return console in self._known

    def running(self, console: str) -> Card | None:
        """Return the card of what runs."""
        begun = self._running.get(console)
        return begun.card if begun else None

    def at(self, console: str, offset: int) -> Card | None:
        """Return the card of what printed at an offset, if it runs or was the last one that did."""
        for card in (self.running(console), self._ended.get(console)):
            if card and card.first <= offset and (card.last is None or offset < card.last):
                return card
        return None

    def console_of(self, number: int) -> str | None:
        """Return the console in which the card of that number runs."""
        for name, begun in self._running.items():
            if begun.card.id == number:
                return name
        return None

    def hear(self, card: Card) -> CommandEnd | None:
        """Take note of a card that began or ended; return how it ended, if it is over.

        None for one that ended with its session.
        """
        self._known.add(card.console)
        begun = self._running.get(card.console)
        if begun is None or begun.card.id != card.id:
            begun = _begun(card)
        if card.state == "running":
            self._running[card.console] = begun
            return None
        if (running := self.running(card.console)) and running.id <= card.id:
            del self._running[card.console]
        self._ended[card.console] = card
        if card.how not in {"exit", "limit"}:
            return None
        return CommandEnd(card, begun.began, _took(begun, card))

    def forget(self, console: str) -> None:
        """Forget a console: its session is over, or it is removed."""
        self._running.pop(console, None)
        self._ended.pop(console, None)
        self._known.discard(console)


def _begun(card: Card) -> _Begun:
    now, wall = boot_seconds(), time.time()
    return _Begun(card, now - max(0.0, wall - card.started), wall - now)


def _took(begun: _Begun, card: Card) -> float:
    """Return for how long it ran: as its card says, unless the clock was set meanwhile."""
    now = boot_seconds()
    if abs(time.time() - now - begun.apart) > SET_SECONDS:
        return max(0.0, now - begun.began)
    return max(0.0, (card.ended or card.started) - card.started)
