"""The line to one keeper: asks for its letters, has them written down, lets it forget them."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ide.errors import IdeError, by_code
from ide.guard.grant import Grant
from ide.wire import frames, limits
from ide.wire.frames import BadFrameError, Kind
from ide.wire.stream import PREFIX_BYTES, length_of, prefixed

SOCKET_NAME: Final = "keeper.sock"
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 40.0
"""A keeper answers `outbox.take` within 25."""
GRANT_SECONDS: Final = 120.0
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 30.0
UNKNOWN_PAUSE: Final = 60.0
"""A keeper of an earlier version has no outbox; its successor will."""
MOST_AT_ONCE: Final = 100
"""Letters in one answer: no keeper gives more, and of one that does the others stay with it."""
MOST_BETWEEN: Final = 20_000
"""Frames between a question and its answer, events all; who sends more is a keeper that lies."""
BREATH_SECONDS: Final = 0.1
"""Between two questions, so that a keeper that answers without waiting keeps nobody busy."""

Letters = list[dict[str, Any]]


def workspaces(runtime: Path) -> Iterator[str]:
    """Give the workspaces whose keepers listen, or did: those with a socket.

    The supervisor tells its list to root alone; sockets are there for this account to connect to.
    """
    for socket in runtime.glob(f"*/{SOCKET_NAME}"):
        yield socket.parent.name


class Line:
    """Stays connected to one keeper until it has no socket any more."""

    def __init__(
        self,
        socket: Path,
        grant: Callable[[], tuple[int, Grant] | None],
        take_in: Callable[[int, Letters], None],
    ) -> None:
        """`grant` and `take_in` (a person, letters) block, so they run in threads.

        `take_in` returns once all is written down; what it raises has the letters brought again.
        """
        self._socket, self._grant, self._take_in = socket, grant, take_in
        self._pause = FIRST_PAUSE
        self._numbers = itertools.count(1)

    async def run(self) -> None:
        """Take letters until the socket is gone; wait longer after each failure in a row."""
        while self._socket.exists():
            try:
                await self._serve()
            except (OSError, EOFError, BadFrameError, IdeError):
                await asyncio.sleep(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE)

    async def _serve(self) -> None:
        """Speak on one connection until it breaks. Raises OSError, EOFError and what keepers say.

        IncompleteReadError is an EOFError, TimeoutError an OSError.
        """
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_unix_connection(self._socket)
        try:
            while (granted := await asyncio.to_thread(self._grant)) is not None:
                user, grant = granted
                writer.write(_message(Kind.GRANT, grant.to_json()))
                try:
                    value = await self._call(reader, writer, "outbox.take", {"after": 0})
                except IdeError as error:
                    if error.code not in {"bad_request", "not_found"}:
                        raise
                    await asyncio.sleep(UNKNOWN_PAUSE)
                    return
                if letters := letters_of(value):
                    await asyncio.to_thread(self._take_in, user, letters)
                    ids = [one["id"] for one in letters if type(one.get("id")) is int]
                    await self._call(reader, writer, "outbox.done", {"ids": ids})
                self._pause = FIRST_PAUSE
                await asyncio.sleep(BREATH_SECONDS)
            await asyncio.sleep(UNKNOWN_PAUSE)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _call(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        op: str,
        args: dict[str, Any],
    ) -> dict[str, Any]:
        number = next(self._numbers)
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(_message(Kind.CALL, {"id": number, "op": op, "args": args}))
            await writer.drain()
            for _ in range(MOST_BETWEEN):
                reply = await _reply(reader)
                if reply is not None and reply.get("id") == number:
                    break
            else:
                raise BadFrameError("no answer among too many frames")
        if reply.get("ok") is True:
            value = reply.get("value")
            return value if isinstance(value, dict) else {}
        raise by_code(str(reply.get("code")))(str(reply.get("message", ""))[:300])


def letters_of(value: dict[str, Any]) -> Letters:
    """Return the letters in an answer, whatever it is."""
    found = value.get("letters")
    given = found[:MOST_AT_ONCE] if isinstance(found, list) else []
    return [one for one in given if isinstance(one, dict)]


async def _reply(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Return the next frame when it is a REPLY; EVENT frames come between."""
    length = length_of(await reader.readexactly(PREFIX_BYTES))
    frame = frames.decode(await reader.readexactly(length), limits.MAX_STREAM_MESSAGE_BYTES)
    if frame.kind != Kind.REPLY:
        return None
    return frames.unpack_json(frame.payload, limits.MAX_STREAM_MESSAGE_BYTES)


def _message(kind: Kind, value: dict[str, Any]) -> bytes:
    return prefixed(frames.encode(kind, 0, frames.pack_json(value)))
