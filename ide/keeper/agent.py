"""What the agent, PID 1 of the sandbox, is asked, and what it tells. It is not trusted.

Answers are bounded in time, and every fd is checked; `ide.keeper.agent_channel` bounds the rest.
"""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from ide.errors import (
    IdeError,
    NotSignedInError,
    SandboxError,
    SettingsError,
    UnavailableError,
    by_code,
)
from ide.keeper import agent_channel, passed_fds
from ide.keeper.agent_channel import AgentChannel
from ide.keeper.passed_fds import WrongFdError
from ide.wire.limits import PROTOCOL_VERSION

ANSWER_SECONDS: Final = 5.0
PROXY_PORT: Final = 3128
"""Where agents have their way out; those that cannot say otherwise mean this one."""


class AgentListener(Protocol):
    """What the agent's connection tells the keeper."""

    def session_exited(self, console: str, how: str, status: int, at: float) -> None:
        """Hear that a session's leader ended."""

    def program_connects(self, sock: socket.socket) -> None:
        """Take a connection that a program made to the sandbox's proxy port."""

    def agent_lost(self) -> None:
        """Hear that the agent closed the connection, or was cut off."""


class AgentClient:
    """One connection to an agent. `home` and `tools` are paths inside."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, listener: AgentListener
    ) -> None:
        self._loop, self._listener = loop, listener
        self._next_id = 1
        self._waiting: dict[int, asyncio.Future[tuple[dict[str, Any], list[int]]]] = {}
        self.home, self.tools = "/home/user", "/opt/ide"
        self.proxy: int | None = PROXY_PORT
        self._channel = AgentChannel(loop, sock, self)

    @classmethod
    async def connect(
        cls, loop: asyncio.AbstractEventLoop, path: Path, listener: AgentListener
    ) -> "AgentClient":
        """Connect. Raises OSError when no agent listens there, TimeoutError."""
        return cls(loop, await agent_channel.connect(loop, path), listener)

    async def hello(self) -> list[dict[str, Any]]:
        """Greet; returns the consoles the agent keeps. Raises UnavailableError."""
        answer = await self.ask("hello", version=PROTOCOL_VERSION)
        self.home = _path(answer, "home", self.home)
        self.tools = _path(answer, "tools", self.tools)
        # None without a sandbox: programs reach the network themselves, and nothing listens.
        self.proxy = PROXY_PORT if answer.get("proxy", PROXY_PORT) == PROXY_PORT else None
        consoles = answer.get("consoles")
        if not isinstance(consoles, list):
            raise UnavailableError("The sandbox's agent does not answer as it should.")
        return [console for console in consoles if isinstance(console, dict)]

    async def ask(self, op: str, fd: int | None = None, **args: Any) -> dict[str, Any]:
        """Send a request, with an `fd` to hand over (it stays open here), and wait.

        Raises UnavailableError: no answer in time, or a refusal, in the agent's words.
        """
        answer, passed = await self._exchange(op, fd, args)
        passed_fds.close_all(passed)
        return answer

    async def spawn_session(self, console: str, **args: Any) -> tuple[int, tuple[int, int]]:
        """Start a program and take its fds, which come with the answer. As `take_session`."""
        spawn = {"console": console, "take": True, **args}
        _, fds = await self._exchange("spawn", None, spawn)
        if not fds:  # an agent of an earlier version
            return await self.take_session(console)
        return _checked(fds)

    async def take_session(self, console: str) -> tuple[int, tuple[int, int]]:
        """Take master and (read, write) ends of the pipe of one console.

        Raises UnavailableError, also when the agent passes something else.
        """
        answers = await asyncio.gather(
            *(
                self._exchange("take", None, {"console": console, "what": what})
                for what in ("master", "pipe_read", "pipe_write")
            ),
            return_exceptions=True,
        )
        errors = [answer for answer in answers if isinstance(answer, BaseException)]
        passed = [answer[1] for answer in answers if not isinstance(answer, BaseException)]
        fds = [fd for some in passed for fd in some]
        if errors:
            passed_fds.close_all(fds)
            raise errors[0]
        return _checked(fds)

    async def _exchange(
        self, op: str, fd: int | None, args: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[int]]:
        number, self._next_id = self._next_id, self._next_id + 1
        future: asyncio.Future[tuple[dict[str, Any], list[int]]] = self._loop.create_future()
        self._channel.send({"id": number, "op": op, **args}, fd)
        self._waiting[number] = future
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                try:
                    answer, passed = await future
                except asyncio.CancelledError:
                    came = future.done() and not (future.cancelled() or future.exception())
                    if came:  # just now
                        passed_fds.close_all(future.result()[1])
                    raise
        except TimeoutError:
            raise UnavailableError("The sandbox does not answer. Try again.") from None
        finally:
            self._waiting.pop(number, None)
        if answer.get("ok") is not True:
            passed_fds.close_all(passed)
            raise _refusal(answer)
        return answer, passed

    def packet_came(self, message: dict[str, Any], fds: list[int]) -> bool:
        """Handle a message; true when its fds have found an owner."""
        if message.get("event") == "exit":
            how = "signal" if message.get("how") == "signal" else "exit"
            status, at = message.get("status"), message.get("at")
            if isinstance(status, int) and isinstance(at, (int, float)):
                name = str(message.get("console"))
                self._listener.session_exited(name, how, status, at)
            return False
        if message.get("event") == "connect":
            if fds:
                sock = passed_fds.check_tcp(fds.pop())
                self._listener.program_connects(sock)
            return not fds
        number = message.get("id")
        future = self._waiting.get(number) if isinstance(number, int) else None
        if future is None or future.done():
            return False
        future.set_result((message, fds))
        return True

    def channel_lost(self) -> None:
        """Tell it, once whoever waits is refused."""
        self.close()
        self._listener.agent_lost()

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._channel.closed

    def close(self) -> None:
        """Close the connection and refuse what waits for an answer."""
        self._channel.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(UnavailableError("The sandbox has ended. Try again."))
        self._waiting.clear()


def _refusal(answer: Mapping[str, Any]) -> IdeError:
    """Return what a refusal says; nobody inside says who is signed in or what is installed."""
    error = by_code(str(answer.get("code", "unavailable")))
    if error in {IdeError, NotSignedInError, SandboxError, SettingsError}:
        error = UnavailableError
    return error(str(answer.get("message", "The sandbox refused."))[:500])


def _checked(fds: list[int]) -> tuple[int, tuple[int, int]]:
    """Return a session's fds, or close them. Raises UnavailableError."""
    try:
        return passed_fds.check_session(fds)
    except WrongFdError as error:
        passed_fds.close_all(fds)
        raise UnavailableError(f"The sandbox's agent misbehaves: {error}.") from error


def _path(answer: Mapping[str, Any], name: str, default: str) -> str:
    value = answer.get(name, default)
    with contextlib.suppress(ValueError):
        if isinstance(value, str) and value.startswith("/") and len(value) < 4096:
            value.encode("utf-8", "surrogateescape")
            return value
    return default
