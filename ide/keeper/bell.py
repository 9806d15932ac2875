"""A bell: a person's wish to be told of a console. Pure: its fields, their limits, their JSON."""

from dataclasses import dataclass
from typing import Any, Final

from ide.errors import BadRequestError
from ide.wire.limits import MAX_BELL_SECONDS, MAX_BELL_TEXT_CHARS

KINDS: Final = ("finished", "finished_after", "failed", "printed", "silent", "waiting", "died")
_WITH_SECONDS: Final = {"finished_after", "silent"}
MAX_PER_CONSOLE: Final = 8
MAX_PER_WORKSPACE: Final = 64


@dataclass(slots=True)
class Bell:
    """One wish. `created` in seconds since the epoch; `number` is 0 until the journal has it.

    `offset` is how far what is printed was searched; `rung` says that it is not due again before
    the console did something else.
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

    def to_json(self) -> dict[str, Any]:
        """Return the bell as the web is told it."""
        return {
            "id": self.number, "console": self.console, "card": None, "when": self.when,
            "seconds": self.seconds, "text": self.text, "once": self.once,
            "created": self.created, "excerpt": self.excerpt,
        }  # fmt: skip


def asked_for(args: dict[str, Any], *, console: str, kind: str, now: float, head: int) -> Bell:
    """Return the bell that a call asks for, on a console of `kind`. Raises BadRequestError."""
    when = args.get("when")
    if when not in KINDS:
        raise BadRequestError(f"when is one of {', '.join(KINDS)}")
    if when == "failed" and kind != "run":
        raise BadRequestError(
            "How a command of a shell ended is not known here: this bell is for runs."
        )
    seconds = _seconds(args.get("seconds")) if when in _WITH_SECONDS else None
    return Bell(
        console=console, when=when, seconds=seconds,
        text=_text(args.get("text")) if when == "printed" else None,
        once=_flag(args, "once", default=True), excerpt=_flag(args, "excerpt", default=False),
        created=now, offset=head,
    )  # fmt: skip


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
