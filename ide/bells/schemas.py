"""Bodies of the bell requests."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ide.web.schemas import Body
from ide.wire.limits import MAX_BELL_SECONDS, MAX_BELL_TEXT_CHARS

_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BELL_TEXT_CHARS)]


class Set(Body):
    """A bell on a console or a card.

    `seconds` for `finished_after` and `silent`, `text` for `printed`. With `excerpt` its letter has
    the last lines of output.
    """

    console: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    card: Annotated[int, Field(ge=0, lt=1 << 53)] | None = None
    when: Literal["finished", "finished_after", "failed", "printed", "silent", "waiting", "died"]
    seconds: Annotated[int, Field(ge=1, le=MAX_BELL_SECONDS)] | None = None
    text: _Text | None = None
    once: bool = True
    excerpt: bool = False
