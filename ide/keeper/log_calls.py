"""What the web may ask of a console's log: all of it, pieces, and where what lies."""

import math
import socket
from typing import Any, Final

from ide.errors import BadRequestError
from ide.keeper.index_asked import asked_of
from ide.keeper.log_parts import MAX_PART_BYTES
from ide.keeper.log_reading import Wanted
from ide.keeper.log_timed import MAX_OFFSET
from ide.keeper.operations import Operations
from ide.wire.limits import MAX_PATTERN_CHARS

_MAX_SECONDS: Final = 1e11

Args = dict[str, Any]
Answer = tuple[dict[str, Any], int | None]


def _name(args: Args) -> str:
    name = args.get("console")
    if not isinstance(name, str) or not 0 < len(name) <= 64:
        raise BadRequestError("console is missing or too long")
    return name


def _number(args: Args, name: str, least: int, most: int) -> int:
    value = args.get(name)
    if type(value) is not int or not least <= value <= most:
        raise BadRequestError(f"{name} is a whole number from {least} to {most}")
    return value


def _seconds(args: Args) -> float | None:
    value = args.get("time")
    if value is None:
        return None
    if type(value) not in {int, float} or not math.isfinite(value) or abs(value) > _MAX_SECONDS:
        raise BadRequestError("time is a number of seconds since the epoch")
    return float(value)


async def read_all(do: Operations, args: Args) -> Answer:
    """Return what is kept of the log as a stream, with `timed` true beside its clock."""
    since = args.get("since")
    if since is not None and type(since) not in {int, float}:
        raise BadRequestError("since is a number of seconds")
    end = None if args.get("end") is None else _number(args, "end", 0, MAX_OFFSET)
    first = 0 if args.get("first") is None else _number(args, "first", 0, MAX_OFFSET)
    timed, settled = args.get("timed") is True, args.get("settled") is True
    wanted = Wanted(since, first, end, timed=timed, settled=settled)
    ours, theirs = socket.socketpair()
    try:
        value = do.hand_log(_name(args), theirs, wanted)
    except BaseException:
        ours.close()
        theirs.close()
        raise
    return value, ours.detach()


async def read_part(do: Operations, args: Args) -> Answer:
    """Return a piece of the log at an offset, as a stream."""
    at, size = _number(args, "at", 0, MAX_OFFSET), _number(args, "bytes", 1, MAX_PART_BYTES)
    console = do.keeper.consoles.find(_name(args))
    wanted = {name: args.get(name) is True for name in ("before", "exact", "settled")}
    ours, theirs = socket.socketpair()
    try:
        value = await do.log_pieces.part(console, theirs, at, size, **wanted)
    except BaseException:
        ours.close()
        theirs.close()
        raise
    return value, ours.detach()


async def overview(do: Operations, args: Args) -> Answer:
    """Return where a log begins and ends, its gaps and its times."""
    seconds = _seconds(args)
    sizes = None if args.get("sizes") is None else _number(args, "sizes", 0, MAX_OFFSET)
    console = do.keeper.consoles.find(_name(args))
    return await do.log_pieces.overview(console, seconds, sizes), None


async def search(do: Operations, args: Args) -> Answer:
    """Return a stream of what a process of its own finds in the log, the newest first."""
    pattern = args.get("pattern")
    if not isinstance(pattern, str) or not 0 < len(pattern) <= MAX_PATTERN_CHARS:
        raise BadRequestError(f"pattern has 1 to {MAX_PATTERN_CHARS} characters")
    console = do.keeper.consoles.find(_name(args))
    regex, case = args.get("regex") is True, args.get("case") is True
    ours, theirs = socket.socketpair()
    try:
        value = do.log_searches.begin(console, theirs, pattern, regex=regex, case=case)
    except BaseException:
        ours.close()
        theirs.close()
        raise
    return value, ours.detach()


async def find(do: Operations, args: Args) -> Answer:
    """Return where commands, titles and output of all consoles have what was typed."""
    return await do.finding.search(asked_of(args)), None
