"""Handing out pieces of logs, read in threads, at most MAX_PIECES of a workspace at a time."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

from ide.errors import TooManyError
from ide.keeper import log_parts, log_timed
from ide.keeper.console import Console
from ide.keeper.settled_log import reading
from ide.wire.files import END_OF_BODY, pack_chunk
from ide.wire.limits import FILE_CHUNK_BYTES, FILE_STALL_SECONDS

MAX_PIECES: Final = 8


class LogPieces:
    """Whoever reads a piece of a log of this workspace just now."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], Any], cards: Path) -> None:
        """`cards` is the database that says where commands are."""
        self._spawn, self._cards = spawn, cards
        self._readers = 0

    async def part(
        self,
        console: Console,
        sock: socket.socket,
        at: int,
        size: int,
        *,
        before: bool,
        exact: bool,
        settled: bool = False,
    ) -> dict[str, Any]:
        """Hand out at most `size` bytes at or `before` the offset `at` (`ide.keeper.log_parts`).

        With `settled` as people read it (`ide.keeper.settled_log`).

        Takes `sock` over. Returns which bytes come, between which they lie, and about when the
        first of them was printed, in seconds. Raises TooManyError.
        """
        with self._reading():
            read = log_parts.part_before if before else log_parts.part_from
            with reading(console, self._cards, settled=settled) as log:
                part = await asyncio.to_thread(read, log, at, size, exact=exact)
            when = await asyncio.to_thread(console.times.time_at, part.first)
        self._spawn(self._hand_out(part.data, sock))
        return {
            "start": part.first, "end": part.end, "cut_start": part.cut_start,
            "cut_end": part.cut_end, "oldest": console.log.shelf.oldest,
            "head": console.log.head, "at": when,
        }  # fmt: skip

    async def overview(
        self, console: Console, seconds: float | None, sizes: int | None = None
    ) -> dict[str, Any]:
        """Return what a view of the whole log needs.

        With `seconds` also the offset of that time; with `sizes`, an offset, the grids from there
        on. Raises TooManyError.
        """
        with self._reading():
            found = await asyncio.to_thread(log_parts.overview, console.log, console.times)
            if seconds is not None:
                found["at"] = await asyncio.to_thread(console.times.offset_at, seconds)
        if sizes is not None:
            found["sizes"] = log_timed.newest_sizes(console.marks, sizes)
        return {**found, "epoch": console.record.epoch, "title": console.record.title}

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        if self._readers >= MAX_PIECES:
            raise TooManyError("Too many logs are being read just now. Try again.")
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1

    async def _hand_out(self, data: bytes, sock: socket.socket) -> None:
        """Send it, then close; whoever reads may go away, or take nothing."""
        with sock, contextlib.suppress(OSError):
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(FILE_STALL_SECONDS):
                for at in range(0, len(data), FILE_CHUNK_BYTES):
                    await loop.sock_sendall(sock, pack_chunk(data[at : at + FILE_CHUNK_BYTES]))
                await loop.sock_sendall(sock, END_OF_BODY)
