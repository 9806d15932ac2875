"""Bodies of the page's own requests."""

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from ide.web.schemas import Body

MAX_DRAFT_CHARS = 1024 * 1024


class Draft(Body):
    """Unsaved text and the etag of the file that it was typed over, "" for a new one."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=None)

    text: Annotated[str, StringConstraints(max_length=MAX_DRAFT_CHARS)]
    base: Annotated[str, StringConstraints(max_length=64)] = ""
