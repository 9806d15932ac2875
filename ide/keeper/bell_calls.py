"""What the web may call about bells, and the clerk about letters."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from ide.errors import BadRequestError
from ide.guard.grant import Right
from ide.keeper.bell_journal import MAX_NUMBER
from ide.keeper.keeper import Keeper
from ide.keeper.operations import Operations

_MAX_DONE: Final = 1000

Args = dict[str, Any]
Answer = tuple[dict[str, Any], int | None]


async def _list(do: Operations, _args: Args) -> Answer:
    return {"bells": do.keeper.bells.to_json()}, None


async def _set(do: Operations, args: Args) -> Answer:
    keeper, card = do.keeper, args.get("card")
    console = args.get("console")
    if card is not None and console is None:
        console = await _console_of(keeper, _number(card, "card"))
    if not isinstance(console, str):
        raise BadRequestError("console is missing")
    bell = keeper.bells.set(keeper.consoles.find(console), args)
    do.keeper.look_soon()
    return bell.to_json(), None


async def _console_of(keeper: Keeper, card: int) -> str:
    """Return where a card is. Raises NotFoundError, UnavailableError."""
    return keeper.bells.commands.console_of(card) or (await keeper.cards.get(card))["console"]


async def _remove(do: Operations, args: Args) -> Answer:
    do.keeper.bells.remove(_number(args.get("bell"), "bell"))
    return {}, None


async def _letters(do: Operations, args: Args) -> Answer:
    history = do.keeper.bells.history
    if args.get("unseen") is True:
        return {"letters": history.unseen()}, None
    return {"letters": history.after(_number(args.get("after", 0), "after"))}, None


async def _take(do: Operations, args: Args) -> Answer:
    after = _number(args.get("after", 0), "after")
    return {"letters": await do.keeper.bells.outbox.take(after)}, None


async def _done(do: Operations, args: Args) -> Answer:
    ids = args.get("ids")
    if not isinstance(ids, list) or len(ids) > _MAX_DONE:
        raise BadRequestError(f"ids are at most {_MAX_DONE} numbers")
    do.keeper.bells.outbox.done([_number(one, "each of ids") for one in ids])
    return {}, None


def _number(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value < MAX_NUMBER:
        raise BadRequestError(f"{name} is a number")
    return value


BELL_CALLS: Final[dict[str, tuple[Right, Callable[[Operations, Args], Awaitable[Answer]]]]] = {
    "bells.list": (Right.VIEW, _list),
    "bells.set": (Right.MANAGE, _set),
    "bells.remove": (Right.MANAGE, _remove),
    "letters.list": (Right.VIEW, _letters),
    "outbox.take": (Right.MANAGE, _take),
    "outbox.done": (Right.MANAGE, _done),
}
OF_THE_CLERK: Final = frozenset({"outbox.take", "outbox.done"})
"""Nobody uses the workspace by them."""
