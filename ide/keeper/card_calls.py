"""What may be asked about cards, checked before it is."""

from collections.abc import Mapping
from typing import Any

from ide.errors import BadRequestError
from ide.keeper.card_store import Query
from ide.wire.limits import MAX_CARDS_PER_LIST

_USUAL = 50
_STATES = {"running", "ended", "failed"}
_KINDS = {"command", "statement", "run"}
_MAX_NUMBER = 2**53
"""The greatest whole number that a browser knows."""


def query_of(args: Mapping[str, Any]) -> Query:
    """Return which cards are asked for. Raises BadRequestError."""
    state = _text(args, "state", 16)
    if state is not None and state not in _STATES:
        raise BadRequestError("state is running, ended or failed")
    console = _text(args, "console", 64)
    kind = _text(args, "kind", 16)
    if kind is not None and kind not in _KINDS:
        raise BadRequestError("kind is command, statement or run")
    limit = _number(args, "limit")
    if console is None and (args.get("above") is not None or args.get("below") is not None):
        raise BadRequestError("above and below are offsets in the output of a console")
    return Query(
        console=console, kind=kind, state=state,
        text=_text(args, "text", 200), before=_number(args, "before"),
        above=_number(args, "above"), below=_number(args, "below"),
        limit=_USUAL if limit is None else max(1, min(limit, MAX_CARDS_PER_LIST)),
    )  # fmt: skip


def card_of(args: Mapping[str, Any]) -> int:
    """Return the id of a card. Raises BadRequestError."""
    number = _number(args, "card")
    if number is None:
        raise BadRequestError("card is missing")
    return number


def _text(args: Mapping[str, Any], name: str, max_chars: int) -> str | None:
    value = args.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > max_chars:
        raise BadRequestError(f"{name} is no text, or too long")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRequestError(f"{name} is not text") from None
    return value


def _number(args: Mapping[str, Any], name: str) -> int | None:
    value = args.get(name)
    if value is not None and (type(value) is not int or not 0 <= value <= _MAX_NUMBER):
        raise BadRequestError(f"{name} is a whole number")
    return value
