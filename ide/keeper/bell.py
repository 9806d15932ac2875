"""A bell: a person's wish to be told of a console. Pure: its fields, their limits, their JSON."""

from dataclasses import dataclass
from typing import Any, Final

from ide.errors import BadRequestError
from ide.keeper.card import Card
from ide.keeper.journal import Record
from ide.wire.limits import MAX_BELL_SECONDS, MAX_BELL_TEXT_CHARS

KINDS: Final = ("finished", "finished_after", "failed", "printed", "silent", "waiting", "died")
_ENDS: Final = frozenset({"finished", "finished_after", "failed"})
_WITH_SECONDS: Final = {"finished_after", "silent"}
MAX_PER_CONSOLE: Final = 8
MAX_PER_WORKSPACE: Final = 64
MAX_TITLE_CHARS: Final = 80


@dataclass(slots=True)
class Bell:
    """One wish. `created` in seconds since the epoch; `number` is 0 until the journal has it.

    `offset` is how far what is printed was searched, or behind the last end that was told; `rung`
    says that it is not due again before the console did something else. `card` is the command that
    it is about, which printed at `offset` when the bell was set, and `command` that in words.
    """

    console: str
    when: str
    seconds: int | None
    text: str | None
    once: bool
    excerpt: bool
    created: float
    offset: int
    rung: bool = False
    number: int = 0
    set_at: float = 0.0
    """When, in seconds since the machine started: no clock that can be set."""
    card: int | None = None
    command: str = ""

    @property
    def waits_for_end(self) -> bool:
        """Whether it is of no use once what ran is over."""
        return self.when in _ENDS

    def is_like(self, other: "Bell") -> bool:
        """Whether both wish to be told of the same."""
        mine, its = ((one.when, one.seconds, one.text, one.card) for one in (self, other))
        return mine == its

    def to_json(self) -> dict[str, Any]:
        """Return the bell as the web is told it."""
        return {
            "id": self.number, "console": self.console, "card": self.card,
            "command": self.command if self.card is not None else None, "when": self.when,
            "seconds": self.seconds, "text": self.text, "once": self.once,
            "created": self.created, "excerpt": self.excerpt,
        }  # fmt: skip


def asked_for(args: dict[str, Any], *, console: Record, now: float, head: int) -> Bell:
    """Return the bell that a call asks for. Raises BadRequestError."""
    when = args.get("when")
    if when not in KINDS:
        raise BadRequestError(f"when is one of {', '.join(KINDS)}")
    if when == "failed" and console.kind != "run" and (console.never or not console.marks):
        raise BadRequestError(
            "How a command of this console ended is not known here. “It finishes” rings as well."
        )
    seconds = _seconds(args.get("seconds")) if when in _WITH_SECONDS else None
    return Bell(
        console=console.id, when=when, seconds=seconds,
        text=_text(args.get("text")) if when == "printed" else None,
        once=_flag(args, "once", default=True), excerpt=_flag(args, "excerpt", default=False),
        created=now, offset=head,
    )  # fmt: skip


def on_command(bell: Bell, card: Card) -> Bell:
    """Return a bell for this one command. Raises BadRequestError."""
    if bell.when not in _ENDS:
        raise BadRequestError(f"With card, when is one of {', '.join(sorted(_ENDS))}")
    if not bell.once:
        raise BadRequestError("A command ends once.")
    bell.card, bell.command = card.id, title_of(card.command)
    return bell


def title_of(command: str) -> str:
    """Return a command as a title: its first line, at most MAX_TITLE_CHARS."""
    first, _, more = command.partition("\n")
    if len(first) >= MAX_TITLE_CHARS or more:
        return f"{first[: MAX_TITLE_CHARS - 2].rstrip()} …"
    return first


def _seconds(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MAX_BELL_SECONDS:
        raise BadRequestError(f"seconds is a whole number from 1 to {MAX_BELL_SECONDS}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_BELL_TEXT_CHARS:
        raise BadRequestError(f"text has 1 to {MAX_BELL_TEXT_CHARS} characters")
    if not value.strip() or not value.isprintable():
        raise BadRequestError("text is one line that can be seen")
    return value


def _flag(args: dict[str, Any], name: str, *, default: bool) -> bool:
    value = args.get(name)
    if value is None:
        return default
    if type(value) is not bool:
        raise BadRequestError(f"{name} is true or false")
    return value
