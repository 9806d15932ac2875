"""What is told, and what became of the telling. Pure."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

MAX_TITLE_CHARS: Final = 120
MAX_TEXT_CHARS: Final = 1500


def one_line(text: str, most: int) -> str:
    """Return text that programs made as one line of at most `most` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. `tag` names it for ever: told twice, it replaces itself where it can.

    `hash` is what follows the page's address so that it opens at the right lines, "" for none;
    `facts` is JSON for programs, which webhooks get beside the words.
    """

    tag: str
    title: str
    text: str
    at: float
    hash: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it.

    `sent`; `failed`: another try may help, not before `retry_seconds`; `refused`: none will;
    `gone`: the place is no more. `said` is a sentence for the person.
    """

    state: Literal["sent", "failed", "refused", "gone"]
    said: str = ""
    retry_seconds: float = 0


SENT: Final = Outcome("sent")
