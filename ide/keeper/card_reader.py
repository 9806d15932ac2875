"""The cards of one session, made from the marks in its output.

A card begins where the output of a command does and ends at the mark that tells its status; what
was typed is read off the echo between. Marks have numbers that rise, so that one printed again, as
by a file that holds an old log, says nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ide.keeper.card import Card
from ide.keeper.paper import MAX_ECHO_BYTES, TypedLine
from ide.keeper.shell_marks import MarkScanner, ShellMark
from ide.keeper.typed_line import clean_command, command_of

MAX_CWD_CHARS: Final = 4096
LIMIT_SECONDS: Final = 6.0
"""So long after its end a command may turn out to have been ended by a limit."""
KILLED_STATUS: Final = 128 + 9
_MAX_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose cards they are: a console, an epoch of its log, the key of a session's marks."""

    console: str
    epoch: str
    key: str
    kind: str
    """Of the cards: `command` or `statement`."""
    interpreter: str
    cwd: str


class CardReader:
    """Takes all output of a session; each method returns the cards that are other ones now."""

    def __init__(
        self,
        origin: Origin,
        new_id: Callable[[], int],
        *,
        offset: int,
        number: int = 0,
        running: Card | None = None,
    ) -> None:
        """Begin at `offset`; `number` is that of the last prompt that is done with."""
        self.origin, self._new_id = origin, new_id
        self._scanner = MarkScanner(origin.key, offset)
        self._number, self.running = number, running
        self._last: Card | None = None
        self._last_number = 0
        self._limit_at = float("-inf")
        """When a limit ended a program of this session last."""
        self._prompt_at: int | None = None
        """Where the prompt began that is shown, None while a command runs."""
        self._prompt, self._echo = bytearray(), bytearray()
        self._line: TypedLine | None = None
        """What is typed behind the prompt, None before its end."""
        self._cwd = origin.cwd
        self.never = False
        """Whether nothing of what comes may be written down."""

    @property
    def offset(self) -> int:
        """What is fed next comes from there."""
        return self._scanner.offset

    @property
    def resume(self) -> tuple[int, int]:
        """The offset and number from which on a successor has to read."""
        if self._prompt_at is not None:
            return self._prompt_at, self._number - 1
        return self._scanner.settled, self._number

    def heed(self, epoch: str, *, never: bool) -> None:
        """Take over what holds from here on: the log's epoch, and whether nothing is written."""
        if never or self.never:
            self._leave_prompt()  # what was typed there meanwhile is not for a card
        self.never = never
        if epoch != self.origin.epoch:
            self.origin = replace(self.origin, epoch=epoch)

    def skip_to(self, offset: int) -> None:
        """Go on there: what comes before is lost."""
        self._scanner = MarkScanner(self.origin.key, offset)
        self._leave_prompt()

    def feed(self, data: bytes, cols: int, at: float) -> list[Card]:
        """Take output that came about `at` on a grid of `cols` columns."""
        changed: dict[int, Card] = {}
        for piece in self._scanner.feed(data):
            if isinstance(piece, bytes):
                self._take_text(piece)
            elif card := self._take_mark(piece, cols, _when(piece, at)):
                changed[card.id] = card
        return list(changed.values())

    def _take_text(self, text: bytes) -> None:
        if self._prompt_at is not None:
            target = self._echo if self._line else self._prompt
            target += text[: MAX_ECHO_BYTES - len(target)]

    def _leave_prompt(self) -> None:
        self._prompt_at = self._line = None
        self._prompt.clear()
        self._echo.clear()

    def _take_mark(self, mark: ShellMark, cols: int, at: float) -> Card | None:
        if mark.what == "A":
            return self._prompt_came(mark, at)
        if mark.what == "D":
            return self._ended(mark, at)
        if self._prompt_at is None or mark.number != self._number:
            return None
        if mark.what == "C":
            return self._began(mark, at)
        self._prompt_ended(cols)
        return None

    def _prompt_ended(self, cols: int) -> None:
        line, echo = self._line, bytes(self._echo)
        self._echo.clear()
        if line:  # the line editor printed the prompt anew
            line.play(echo)
        if not line or line.cols != cols or not line.is_back:
            self._line = TypedLine(echo if line else bytes(self._prompt), cols)

    def _prompt_came(self, mark: ShellMark, at: float) -> Card | None:
        if mark.number <= self._number:
            return None
        card, last = None, self._last
        if self.running:
            card = self._end("exit", mark.status, at, mark.start)
        elif last and self._last_number == self._number and mark.status not in {None, last.status}:
            # Somebody's command before the prompt came in between; this status is the shell's.
            last.status, card = mark.status, last
        self._leave_prompt()
        self._number, self._prompt_at = mark.number, mark.start
        self._cwd = mark.more.get("cwd", self._cwd)[:MAX_CWD_CHARS]
        return card

    def _began(self, mark: ShellMark, at: float) -> Card | None:
        said = mark.more.get("command")
        line, echo = self._line, bytes(self._echo)
        self._leave_prompt()
        if self.never:
            return None
        echoed = command_of(line, echo) if line else ""
        command = echoed if said is None else clean_command(said)
        origin = self.origin
        self.running = Card(
            id=self._new_id(), console=origin.console, epoch=origin.epoch, kind=origin.kind,
            command=command, cwd=self._cwd, interpreter=origin.interpreter, started=at,
            first=mark.end,
        )  # fmt: skip
        return self.running

    def _ended(self, mark: ShellMark, at: float) -> Card | None:
        if not self.running or mark.number != self._number:
            return None
        used = mark.more.get("c", "")
        if used.isascii() and used.isdecimal() and len(used) <= _MAX_DIGITS:
            self.running.cpu_usec = int(used)
        exception = None if self.never else mark.more.get("exception")
        return self._end("exit", mark.status, at, mark.start, exception)

    def _end(
        self, how: str, status: int | None, at: float, last: int, exception: str | None = None
    ) -> Card | None:
        card, self.running = self.running, None
        if card:
            limited = status == KILLED_STATUS and at - self._limit_at <= LIMIT_SECONDS
            card.end("limit" if limited else how, status, at, last, exception)
            self._last, self._last_number = card, self._number
        return card

    def over(self, how: str, status: int | None, at: float, last: int) -> Card | None:
        """End what runs, if anything does: its session is over."""
        self._leave_prompt()
        return self._end(how, status, at, last)

    def sampled(self, memory: int, used: int) -> None:
        """Note what the processes of the session take now, in bytes and in microseconds."""
        card = self.running
        if card is None:
            return
        if memory > (card.peak_bytes or 0):
            card.peak_bytes, card.peak_how = memory, "sampled"
        if card.kind == "run":
            card.cpu_usec = max(used, card.cpu_usec or 0)

    def limit_ended(self, at: float) -> Card | None:
        """Note that a limit ended a program; return the card that ended with it, if any."""
        self._limit_at, last = at, self._last
        if last is None or last.status != KILLED_STATUS or at - (last.ended or 0) > LIMIT_SECONDS:
            return None
        last.how = "limit"
        return last


def _when(mark: ShellMark, at: float) -> float:
    """Return when a mark was printed: as the shell says, unless that cannot be."""
    try:
        said = float(mark.more.get("t", "").replace(",", "."))
    except ValueError:
        return at
    return said if 0 < said <= time.time() + 1 else at
