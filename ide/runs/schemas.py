"""Bodies of the run requests."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ide.web.schemas import MAX_REF_CHARS, Body
from ide.wire import limits


class Start(Body):
    """Which file to run, and what to do while it still runs."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REF_CHARS)]
    mode: Literal["ask", "stop", "beside"] = "ask"
    cols: Annotated[int, Field(ge=limits.MIN_COLS, le=limits.MAX_COLS)]
    rows: Annotated[int, Field(ge=limits.MIN_ROWS, le=limits.MAX_ROWS)]
