"""What the web may call, each with the right it takes."""

import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final

from ide.errors import BadRequestError, IdeError, TooManyError, UnavailableError
from ide.guard.grant import Right
from ide.keeper import card_calls, log_calls
from ide.keeper.bell_calls import BELL_CALLS, OF_THE_CLERK
from ide.keeper.keeper import Keeper
from ide.keeper.operations import Operations
from ide.keeper.web_connection import WebConnection
from ide.wire.limits import MAX_COLS, MAX_ROWS, MAX_TITLE_CHARS

_MAX_CALLS: Final = 64

Args = dict[str, Any]
Answer = tuple[dict[str, Any], int | None]
"""The value, and an fd to hand over or None."""


def _text(args: Args, name: str, max_chars: int = 4096) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not value or len(value) > max_chars:
        raise BadRequestError(f"{name} is missing or too long")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRequestError(f"{name} is not text") from None
    return value


def _title(text: str) -> str:
    title = text.strip()
    if text and not (title and title.isprintable()):
        raise BadRequestError("A title has letters, and no control characters.")
    return title


def _optional(args: Args, name: str, max_chars: int = 4096) -> str:
    return _text(args, name, max_chars) if args.get(name) else ""


def _grid(args: Args) -> tuple[int, int]:
    cols, rows = args.get("cols"), args.get("rows")
    if type(cols) is not int or type(rows) is not int:
        raise BadRequestError("cols and rows are whole numbers")
    return max(1, min(cols, MAX_COLS)), max(1, min(rows, MAX_ROWS))


def _recorded(args: Args, *, default: bool | None = None) -> bool:
    record = args.get("record", default)
    if type(record) is not bool:
        raise BadRequestError("record is true or false")
    return record


async def _list(do: Operations, _args: Args) -> Answer:
    return do.keeper.telling.listing(), None


async def _create(do: Operations, args: Args) -> Answer:
    kind, title = _text(args, "kind"), _title(_optional(args, "title", MAX_TITLE_CHARS))
    cwd, beside = _optional(args, "cwd"), _optional(args, "beside", 64)
    folder, never = cwd or do.folder_of(beside), not _recorded(args, default=True)
    console = await do.create(kind, folder, title, _grid(args), never=never)
    return console.info(), None


async def _rename(do: Operations, args: Args) -> Answer:
    title = _title(_optional(args, "title", MAX_TITLE_CHARS))
    return do.rename(_text(args, "console"), title).info(), None


async def _end(do: Operations, args: Args) -> Answer:
    how = _text(args, "how")
    if how not in {"hangup", "kill"}:
        raise BadRequestError("how is hangup or kill")
    return (await do.end(_text(args, "console"), how)).info(), None


async def _restart(do: Operations, args: Args) -> Answer:
    return (await do.restart(_text(args, "console"), _grid(args))).info(), None


async def _record(do: Operations, args: Args) -> Answer:
    return do.never_record(_text(args, "console"), never=not _recorded(args)).info(), None


async def _remove(do: Operations, args: Args) -> Answer:
    await do.remove(_text(args, "console"))
    return {}, None


async def _list_cards(do: Operations, args: Args) -> Answer:
    return await do.keeper.cards.list(card_calls.query_of(args)), None


async def _get_card(do: Operations, args: Args) -> Answer:
    return await do.keeper.cards.get(card_calls.card_of(args)), None


async def _previous_card(do: Operations, args: Args) -> Answer:
    return await do.keeper.cards.previous(card_calls.card_of(args)), None


async def _run(do: Operations, args: Args) -> Answer:
    mode = _text(args, "mode")
    if mode not in {"ask", "stop", "beside"}:
        raise BadRequestError("mode is ask, stop or beside")
    return (await do.run(_text(args, "path", 2048), mode, _grid(args))).info(), None


async def _stop_run(do: Operations, args: Args) -> Answer:
    return (await do.stop_run(_text(args, "console"))).info(), None


async def _open_files(do: Operations, args: Args) -> Answer:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            await do.hand_files(theirs.fileno(), reads=args.get("reads") is True)
        except BaseException:
            ours.close()
            raise
    return {}, ours.detach()


async def _files_changed(do: Operations, _args: Args) -> Answer:
    do.keeper.telling.files_may_have_changed()
    return {}, None


async def _wake(do: Operations, args: Args) -> Answer:
    kind = await do.wake(_optional(args, "for", 16))
    return {"sandbox": kind, "network": str(do.keeper.plan.network)}, None


async def _stop(do: Operations, _args: Args) -> Answer:
    await do.stop_workspace()
    return {}, None


async def _restart_all(do: Operations, _args: Args) -> Answer:
    return {"started": await do.restart_workspace()}, None


async def _free(do: Operations, _args: Args) -> Answer:
    return {"freed": await do.keeper.life.free()}, None


async def _usage(do: Operations, _args: Args) -> Answer:
    return await do.keeper.usage.newest(), None


async def _processes(do: Operations, _args: Args) -> Answer:
    return await do.keeper.processes.list(), None


async def _signal(do: Operations, args: Args) -> Answer:
    pid, how, started = args.get("pid"), _text(args, "how"), args.get("started")
    if type(pid) is not int or how not in {"end", "kill"}:
        raise BadRequestError("pid is a number, how is end or kill")
    if started is not None and type(started) not in {int, float}:
        raise BadRequestError("started is a number of seconds")
    await do.end_process(pid, how, started)
    return {}, None


Call = Callable[[Operations, Args], Awaitable[Answer]]

CALLS: Final[dict[str, tuple[Right, Call]]] = {
    "consoles.list": (Right.VIEW, _list),
    "consoles.create": (Right.MANAGE, _create),
    "consoles.rename": (Right.MANAGE, _rename),
    "consoles.end": (Right.MANAGE, _end),
    "consoles.restart": (Right.MANAGE, _restart),
    "consoles.record": (Right.MANAGE, _record),
    "consoles.remove": (Right.MANAGE, _remove),
    "cards.list": (Right.VIEW, _list_cards),
    "cards.get": (Right.VIEW, _get_card),
    "cards.previous": (Right.VIEW, _previous_card),
    "runs.start": (Right.MANAGE, _run),
    "runs.stop": (Right.MANAGE, _stop_run),
    "files.open": (Right.FILES, _open_files),
    "log.open": (Right.VIEW, log_calls.read_all),
    "log.part": (Right.VIEW, log_calls.read_part),
    "log.map": (Right.VIEW, log_calls.overview),
    "log.search": (Right.VIEW, log_calls.search),
    "search.find": (Right.VIEW, log_calls.find),
    "files.changed": (Right.FILES, _files_changed),
    "workspace.wake": (Right.VIEW, _wake),
    "workspace.usage": (Right.VIEW, _usage),
    "workspace.processes": (Right.VIEW, _processes),
    "workspace.signal": (Right.MANAGE, _signal),
    "workspace.stop": (Right.MANAGE, _stop),
    "workspace.restart": (Right.MANAGE, _restart_all),
    "workspace.free": (Right.MANAGE, _free),
    **BELL_CALLS,
}


class Calls:
    """Does what the web calls, at most _MAX_CALLS at a time."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._do = keeper, Operations(keeper)
        self._calls = 0

    def call(self, caller: WebConnection, request: dict[str, Any]) -> None:
        """Do what the web calls, and reply."""
        if self._calls >= _MAX_CALLS:
            caller.refuse(request.get("id"), TooManyError("The workspace is busy. Try again."))
            return
        self._calls += 1
        self._keeper.spawn(self._answer(caller, request))

    async def _answer(self, caller: WebConnection, request: dict[str, Any]) -> None:
        number, args = request.get("id"), request.get("args", {})
        try:
            right, call = _find(request)
            caller.check(right)
            if _uses(request["op"], right, call, args):
                self._keeper.life.used()
            value, fd = await call(self._do, args)
        except IdeError as error:
            caller.refuse(number, error)
        except OSError as error:
            text = f"The workspace could not do it: {error.strerror or error}."
            caller.refuse(number, UnavailableError(text))
        except Exception:
            caller.refuse(number, IdeError("The keeper made a mistake; its log says where."))
            raise
        else:
            caller.reply(number, value, fd)
        finally:
            self._calls -= 1


def _uses(op: str, right: Right, call: Call, args: Args) -> bool:
    """Whether somebody uses the workspace by this call."""
    if op in OF_THE_CLERK:
        return False
    return right is not Right.VIEW or (call is _wake and args.get("for") != "about")


def _find(request: dict[str, Any]) -> tuple[Right, Call]:
    found = CALLS.get(str(request.get("op")))
    if found is None or not isinstance(request.get("args", {}), dict):
        raise BadRequestError("The keeper does not know this call; reload the page.")
    return found
