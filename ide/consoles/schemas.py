"""Bodies of the console requests."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ide.web.schemas import MAX_REF_CHARS, Body
from ide.wire import limits

Cols = Annotated[int, Field(ge=limits.MIN_COLS, le=limits.MAX_COLS)]
Rows = Annotated[int, Field(ge=limits.MIN_ROWS, le=limits.MAX_ROWS)]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=limits.MAX_TITLE_CHARS),
]


class Create(Body):
    """A new console; `cwd` is a ref, by default the folder of `beside`, else the home folder.

    With `record` false nothing that it prints is written to the disk.
    """

    kind: Literal["bash", "python"]
    cwd: Annotated[str, StringConstraints(max_length=MAX_REF_CHARS)] | None = None
    beside: Annotated[str, StringConstraints(max_length=64)] | None = None
    title: Title | None = None
    cols: Cols
    rows: Rows
    record: bool | None = None


class Rename(Body):
    """A console's new title; "" gives it back to the program."""

    title: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=limits.MAX_TITLE_CHARS)
    ]


class End(Body):
    """Hang up as a closed terminal does, or kill at once."""

    how: Literal["hangup", "kill"]


class Record(Body):
    """Whether what the console prints from here on is written to the disk."""

    record: bool


class Restart(Body):
    """The grid that the new session begins with."""

    cols: Cols
    rows: Rows
