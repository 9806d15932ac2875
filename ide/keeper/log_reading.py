"""Handing out the whole log of a console, older than any screen shows, as one stream.

Chunks as in a file's body (`ide.wire.files`): one that stops before its closing chunk is broken.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ide.errors import TooManyError
from ide.keeper import log_timed
from ide.keeper.console import Console
from ide.keeper.log_parts import Readable
from ide.keeper.settled_log import reading
from ide.wire import timed
from ide.wire.files import END_OF_BODY, pack_chunk
from ide.wire.limits import FILE_CHUNK_BYTES, FILE_STALL_SECONDS

MAX_READERS: Final = 8
"""So many logs of a workspace are handed out at the same time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a log: about what came `since`, in seconds, of the bytes [first, end).

    `timed`: with its clock. `settled`: as people read it (`ide.keeper.settled_log`).
    """

    since: float | None = None
    first: int = 0
    end: int | None = None
    timed: bool = False
    settled: bool = False


async def hand_out(
    log: Readable, sock: socket.socket, start: int, end: int, clock: Iterable[bytes] | None = None
) -> None:
    """Send what is kept of bytes [start, end), with a line where some are missing; then close.

    With `clock` as in `ide.wire.timed`: those chunks first, and no such lines. Gives up, leaving
    the stream broken, when nobody takes anything for FILE_STALL_SECONDS.
    """
    sock.setblocking(False)
    with sock:
        await _send(sock, clock or ())
        while start < end:
            size = min(FILE_CHUNK_BYTES, end - start)
            data = await asyncio.to_thread(log.read, start, size)
            if data:
                await _send(sock, [data] if clock is None else timed.pack_output(start, data))
                start += len(data)
            elif not log.shelf.all:
                return  # the console was removed: what was sent must not look complete
            else:
                goes_on = await asyncio.to_thread(_past_holes, log, start, end)
                if clock is None:
                    words = f"\r\n[{goes_on - start} bytes are missing here]\r\n"
                    await _send(sock, [words.encode()])
                start = goes_on
        async with asyncio.timeout(FILE_STALL_SECONDS):
            await asyncio.get_running_loop().sock_sendall(sock, END_OF_BODY)


async def _send(sock: socket.socket, chunks: Iterable[bytes]) -> None:
    loop = asyncio.get_running_loop()
    for chunk in chunks:
        async with asyncio.timeout(FILE_STALL_SECONDS):
            await loop.sock_sendall(sock, pack_chunk(chunk))


def _past_holes(log: Readable, start: int, end: int) -> int:
    """Return where what can be read goes on after `start`, at most `end`."""
    while (past := log.shelf.past_hole(start)) is not None and past < end:
        if log.read(past, 1):
            return past
        start = past
    return end


class LogReaders:
    """Whoever reads a log of this workspace just now, at most MAX_READERS."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], Any], cards: Path) -> None:
        """`cards` is the database that says where commands are."""
        self._spawn, self._cards = spawn, cards
        self._readers = 0

    def begin(self, console: Console, sock: socket.socket, wanted: Wanted) -> dict[str, Any]:
        """Hand out what is wanted of what the console printed until now.

        Takes `sock` over. Returns which bytes come, and the title. Raises TooManyError.
        """
        if self._readers >= MAX_READERS:
            raise TooManyError("Too many logs are being read just now. Try again later.")
        since = 0 if wanted.since is None else console.times.offset_at(wanted.since)
        start = max(console.log.shelf.oldest, since, wanted.first)
        end = console.log.head if wanted.end is None else min(wanted.end, console.log.head)
        start = min(start, end)
        self._readers += 1
        self._spawn(self._hand_out(console, sock, start, end, wanted))
        return {"start": start, "end": end, "title": console.record.title, "timed": wanted.timed}

    async def _hand_out(
        self, console: Console, sock: socket.socket, start: int, end: int, wanted: Wanted
    ) -> None:
        clock = None
        try:
            if wanted.timed:
                told = log_timed.clock(console.times, console.marks, start, end)
                clock = await asyncio.to_thread(list, told)
            # Whoever reads may go away, or take nothing.
            with (
                contextlib.suppress(OSError),
                reading(console, self._cards, settled=wanted.settled) as log,
            ):
                await hand_out(log, sock, start, end, clock)
        finally:
            self._readers -= 1
            sock.close()
