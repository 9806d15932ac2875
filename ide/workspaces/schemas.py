"""Bodies of the requests that concern a whole workspace."""

from typing import Annotated, Literal

from pydantic import Field

from ide.web.schemas import Body


class EndProcess(Body):
    """Ask a process to end, or kill it; with `started`, as listed, that very one."""

    how: Literal["end", "kill"]
    started: Annotated[float, Field(ge=0, le=1 << 53, allow_inf_nan=False)] | None = None
