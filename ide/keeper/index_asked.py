"""What may be asked of the search over everything, checked before it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ide.errors import BadRequestError

MAX_QUERY_CHARS: Final = 200
MAX_HITS: Final = 50
_USUAL_HITS: Final = 5
_MAX_OFFSET: Final = 2**53


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: in one console alone or in all, `limit` lines of each, before an offset or all."""

    text: str
    console: str | None
    before: int | None
    limit: int


def asked_of(args: Mapping[str, Any]) -> Asked:
    """Return what is asked for. Raises BadRequestError with a sentence for who typed it."""
    text, console = args.get("q"), args.get("console")
    before, limit = args.get("before"), args.get("limit", _USUAL_HITS)
    if not isinstance(text, str) or len(text) > MAX_QUERY_CHARS:
        raise BadRequestError(f"A search is text of at most {MAX_QUERY_CHARS} characters.")
    if console is not None and (not isinstance(console, str) or not 0 < len(console) <= 64):
        raise BadRequestError("console is the id of one")
    if before is not None and (type(before) is not int or not 0 <= before <= _MAX_OFFSET):
        raise BadRequestError("before is an offset, a whole number")
    if before is not None and console is None:
        raise BadRequestError("before is an offset in one console, which is missing")
    if type(limit) is not int or limit < 1:
        raise BadRequestError("limit is a whole number from 1 on")
    from ide.keeper.index_query import question  # noqa: PLC0415 - not for who never searches

    try:
        text.encode()
        question(text)
    except UnicodeEncodeError:
        raise BadRequestError("A search is text.") from None
    except ValueError as error:
        raise BadRequestError(str(error)) from None
    return Asked(text, console, before, min(limit, MAX_HITS))
