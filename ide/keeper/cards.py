"""The cards of a workspace, as the loop sees them: what begins and ends, and who hears of it."""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from ide.errors import NotFoundError, UnavailableError
from ide.keeper.card import Card
from ide.keeper.card_reader import Origin
from ide.keeper.card_reading import Beginning, Wanted
from ide.keeper.card_store import CardStore, Query
from ide.keeper.card_thread import CardThread
from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.telling import Telling
from ide.wire import frames
from ide.wire.limits import MAX_CARD_LIST_BYTES

LOOK_SECONDS: Final = 0.02
"""Output is looked at for marks so long after it came, that of many reads at once."""
TELL_SECONDS: Final = 0.1
MAX_TOLD: Final = 16
"""Of so many cards, the newest, pages hear at most in TELL_SECONDS; who wants all lists them."""
SAMPLE_SECONDS: Final = 1.0
"""So often it is looked what memory a command takes, while there is one."""
ANSWER_SECONDS: Final = 5.0
_GONE: Final = "There is no such command any more."
_KINDS: Final = {"bash": "command", "python": "statement", "run": "run"}


class Cards:
    """Keeps the thread that reads and writes in step with the consoles."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        path: Path,
        consoles: Consoles,
        telling: Telling,
    ) -> None:
        """`path` is the database."""
        self._loop, self._consoles, self._telling = loop, consoles, telling
        self._thread = CardThread(loop, path, self)
        self._wanted: set[Console] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._untold: dict[int, Card] = {}
        self._tells: asyncio.TimerHandle | None = None
        self._running: dict[int, str] = {}
        self._samples: asyncio.TimerHandle | None = None
        self.listeners: list[Callable[[list[Card]], None]] = []
        """Each is called with the cards that began or ended, once they are on the disk."""

    def load(self) -> None:
        """Go on where the keeper before ended; the consoles are loaded by now."""
        self._thread.start()
        self._tell_sessions()

    def _tell_sessions(self) -> None:
        for console in self._consoles.values():
            record = console.record
            if not record.marks:
                continue
            beginning = self._beginning(console)
            if record.state == "running":
                self._thread.post(partial(self._thread.work.begin, beginning))
            else:
                how, status, at, _ = _ending(console)
                self._thread.post(
                    partial(self._thread.work.ended_before, beginning, how, status, at)
                )
        self._thread.post(self._thread.work.all_told)

    def _beginning(self, console: Console, *, began: bool = False) -> Beginning:
        record = console.record
        is_run = record.kind == "run"
        origin = Origin(
            record.id, record.epoch, record.marks, _KINDS[record.kind], record.interpreter,
            record.cwd,
        )  # fmt: skip
        return Beginning(
            origin, console.log, console.times, console.log.head, record.started or record.created,
            run=unquote(record.path or "", errors="replace") if is_run else None, began=began,
        )  # fmt: skip

    # What happens in consoles.

    def key_for(self, console: Console) -> str:
        """Return the key of the marks of a session that is about to begin, "" for none."""
        return "" if console.record.never else secrets.token_hex(16)

    def begins(self, console: Console) -> None:
        """Hear that a session begins; what it prints is not in the log yet."""
        if console.record.marks:
            beginning = self._beginning(console, began=True)
            self._thread.post(partial(self._thread.work.begin, beginning))

    def output_came(self, console: Console) -> None:
        """Have new output looked at soon; called for each piece, so cheap."""
        self._wanted.add(console)
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        wanted = {
            one.record.id: Wanted(
                one.log.head, one.record.cols, never=one.record.never, epoch=one.record.epoch
            )
            for one in self._wanted
            if one.record.marks
        }
        self._wanted.clear()
        if wanted:
            self._thread.look(wanted)

    def session_over(self, console: Console) -> None:
        """Hear that a session is over, as its record says; its last byte is in the log."""
        if console.record.marks:
            self._wanted.add(console)
            self._look()
            over = partial(self._thread.work.over, console.record.id, *_ending(console))
            self._thread.post(over)

    def limit_ended(self, console: Console) -> None:
        """Hear that a limit has ended a program of a console."""
        self._look()
        self._thread.post(partial(self._thread.work.limit_ended, console.record.id))

    def removed(self, console: Console) -> None:
        """Forget a console's cards."""
        self._wanted.discard(console)
        self._running = {
            card: name for card, name in self._running.items() if name != console.record.id
        }
        self._thread.post(partial(self._thread.work.remove, console.record.id))

    # The thread tells.

    def cards_changed(self, cards: list[Card]) -> None:
        """Tell listeners, and every page soon."""
        for listener in self.listeners:
            listener(cards)
        for card in cards:
            if card.state == "running":
                self._running[card.id] = card.console
            else:
                self._running.pop(card.id, None)
                self._telling.files_may_have_changed()  # a quick one changes no console's state
            if console := self._consoles.get(card.console):
                console.occupation.hear(card)
        self._sample_soon()
        self._untold |= {card.id: card for card in cards}
        if self._tells is None:
            self._tell()

    def _sample_soon(self) -> None:
        """Look at memory once a second, as long as something runs."""
        if self._running and self._samples is None:
            self._samples = self._loop.call_later(SAMPLE_SECONDS, self._sample)

    def _sample(self) -> None:
        self._samples = None
        leaders = {}
        for name in set(self._running.values()):
            console = self._consoles.get(name)
            if console and console.session and (leader := console.session.leader()):
                leaders[name] = leader
        if leaders:
            self._thread.post(partial(self._thread.work.sample, leaders))
        self._sample_soon()

    def _tell(self) -> None:
        newest = sorted(self._untold)[-MAX_TOLD:]
        told, self._untold = [self._untold[number] for number in newest], {}
        for card in told:
            self._telling.broadcast({"type": "card", "card": card.to_json()})
        self._tells = self._loop.call_later(TELL_SECONDS, self._tell) if told else None

    def cards_damaged(self) -> None:
        """Tell the thread again what it forgot."""
        self._tell_sessions()

    def notice(self, level: str, text: str) -> None:
        """Tell every page a sentence."""
        self._telling.notice(level, text)

    # Who asks.

    async def newest(self, console: str) -> list[Card]:
        """Return the newest cards of a console, the oldest first. Raises UnavailableError."""
        found: list[Card] = await self._ask(lambda store: store.newest(Query(console=console)))
        return found[::-1]

    async def list(self, query: Query) -> dict[str, Any]:
        """Return `{cards, more}`, newest first. Raises UnavailableError."""
        found: list[Card] = await self._ask(lambda store: store.newest(query))
        cards: list[dict[str, Any]] = []
        left = MAX_CARD_LIST_BYTES
        for card in found:
            told = card.to_json()
            left -= len(frames.pack_json(told))
            if left < 0 and cards:
                break
            cards.append(told)
        return {"cards": cards, "more": len(cards) == query.limit or len(cards) < len(found)}

    async def get(self, number: int) -> dict[str, Any]:
        """Return one card. Raises NotFoundError, UnavailableError."""
        card: Card | None = await self._ask(lambda store: store.get(number))
        if card is None:
            raise NotFoundError(_GONE)
        return card.to_json()

    async def previous(self, number: int) -> dict[str, Any]:
        """Return `{card, previous}`: the run before of the same command, or None.

        Raises NotFoundError, UnavailableError.
        """
        found: tuple[Card, Card | None] | None = await self._ask(
            lambda store: (card, store.before(card)) if (card := store.get(number)) else None
        )
        if found is None:
            raise NotFoundError(_GONE)
        card, before = found
        return {"card": card.to_json(), "previous": before and before.to_json()}

    async def _ask(self, question: Callable[[CardStore], Any]) -> Any:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._thread.ask(question)
        except TimeoutError:
            raise UnavailableError("The list of commands takes too long. Try again.") from None

    def close(self) -> None:
        """Write what there is, and end."""
        for timer in (self._timer, self._tells, self._samples):
            if timer:
                timer.cancel()
        self._look()
        self._thread.stop()


def _ending(console: Console) -> tuple[str, int | None, float, int]:
    """Return how a console's session ended, with which status, when and where."""
    record = console.record
    how = record.exit_how or "lost"
    status = record.exit_status if how in {"exit", "signal"} else None
    return how, status, record.ended or record.created, console.log.head
