"""How far the output of one session was read for marks, and where to go on with it."""

import time
from dataclasses import dataclass
from typing import Final

from ide.keeper import card_sample
from ide.keeper.card import Card
from ide.keeper.card_reader import CardReader, Origin
from ide.keeper.card_store import CardStore, Seen
from ide.keeper.output_log import OutputLog
from ide.keeper.times import Times

_CHUNK_BYTES: Final = 64 * 1024
MAX_BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""How much output that nobody read for marks, because the keeper was not there, is read again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Output up to `head`, on a grid of `cols` columns; with `never` nothing is written of it.

    `epoch` is that of the log by now.
    """

    head: int
    cols: int
    never: bool
    epoch: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """A session, as the loop knows it: what it prints goes to `log`, until now up to `head`.

    A `run`, if it is one, is a single card with that command. With `began` it begins at `head`, at
    that time, and nothing before is of interest.
    """

    origin: Origin
    log: OutputLog
    times: Times
    head: int
    started: float
    run: str | None = None
    began: bool = False

    def until_now(self) -> Wanted:
        """Return what it printed until now, on a grid of which nobody knows."""
        return Wanted(self.head, 80, never=False, epoch=self.origin.epoch)


class Reading:
    """How far the output of one session was read."""

    def __init__(self, beginning: Beginning, reader: CardReader) -> None:
        self._beginning, self.reader = beginning, reader
        self.has_marks = beginning.run is None
        self.saved = reader.offset

    def seen(self) -> Seen:
        """Return what a successor has to know."""
        origin, (offset, number) = self.reader.origin, self.reader.resume
        self.saved = offset
        return Seen(origin.key, origin.epoch, offset, number)

    def sample(self, leader: int) -> None:
        """Look at what the processes below `leader` take, with it unless it is a shell."""
        if card := self.reader.running:
            with_leader = card.kind != "command"
            self.reader.sampled(*card_sample.of_session(leader, with_leader=with_leader))

    def read(self, head: int, cols: int, *, live: bool) -> list[Card]:
        """Return the cards that change up to `head`."""
        log, times, reader = self._beginning.log, self._beginning.times, self.reader
        if head - reader.offset > MAX_BACKLOG_BYTES:
            reader.skip_to(head - MAX_BACKLOG_BYTES)
        changed: dict[int, Card] = {}
        while reader.offset < head:
            data = log.read(reader.offset, min(_CHUNK_BYTES, head - reader.offset))
            if not data:  # given up meanwhile, never recorded, or the disk does not give it
                gap = reader.offset < log.start
                reader.skip_to(min(head, log.start if gap else reader.offset + _CHUNK_BYTES))
                continue
            at = time.time() if live else times.time_at(reader.offset) or time.time()
            for card in reader.feed(data, cols, at):
                changed[card.id] = card
        return list(changed.values())


def begun(beginning: Beginning, store: CardStore, seen: Seen | None, left: Card | None) -> Reading:
    """Return where to go on with a session."""
    origin, head = beginning.origin, beginning.head
    if seen is None:  # nothing of it is written down
        offset, number = (head if beginning.began else beginning.log.start), 0
    elif seen.epoch == origin.epoch:
        offset, number = seen.offset, seen.number
    else:  # bytes went unrecorded: the same offsets may mean others now
        offset, number = head, seen.number
    if beginning.run is not None and seen is None:
        left = Card(
            id=store.new_id(), console=origin.console, epoch=origin.epoch, kind="run",
            command=beginning.run, cwd=origin.cwd, interpreter=origin.interpreter,
            started=beginning.started, first=offset,
        )  # fmt: skip
    reader = CardReader(origin, store.new_id, offset=offset, number=number, running=left)
    return Reading(beginning, reader)
