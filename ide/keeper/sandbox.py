"""The keeper's hold on its sandbox: connect to the agent, have one started, notice its end."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Protocol

from ide.errors import IdeError, UnavailableError
from ide.keeper.agent import AgentClient
from ide.keeper.supervisor import Started

Start = Callable[[], Awaitable[Started]]
"""Have a sandbox started, unless one runs."""

_RECONNECT_TRIES: Final = 3
_HELLO_TRIES: Final = 3
_RECONNECT_SECONDS: Final = 0.2


class SandboxListener(Protocol):
    """What the keeper is told."""

    def session_exited(self, console: str, how: str, status: int, at: float) -> None:
        """Hear that a session's leader ended."""

    def sandbox_lost(self) -> None:
        """Hear that agent and programs are gone."""

    async def agent_back(self, agent: AgentClient, consoles: list[dict[str, Any]]) -> None:
        """Take sessions back over a new connection; `consoles` is what the agent keeps."""


class SandboxHold:
    """At most one agent connection, made when first needed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        socket_path: Path,
        start: Start,
        listener: SandboxListener,
        forward: Callable[[socket.socket], None],
    ) -> None:
        """`forward` takes connections that programs made to the sandbox's proxy port."""
        self._loop, self._socket_path = loop, socket_path
        self._start, self._listener, self._forward = start, listener, forward
        self._agent: AgentClient | None = None
        self._lock = asyncio.Lock()
        self._reconnecting: asyncio.Task[None] | None = None
        self.known: Started | None = None
        """What runs; None when nothing does, and until it is asked for (`origin`)."""
        self.on_start: Callable[[Started], None] = lambda _: None

    async def find(self) -> bool:
        """Connect to an agent that runs already; false when there is none.

        One that listens but is slow to answer is asked again: its programs run.
        """
        async with self._lock:
            if self.running():  # a call had a sandbox started meanwhile
                return True
            for _ in range(_HELLO_TRIES):
                try:
                    await self._connect(self._socket_path)
                except IdeError:
                    continue
                except (OSError, TimeoutError):
                    return False
                return True
            return False

    async def agent(self) -> AgentClient:
        """Return the agent, starting the sandbox when there is none. Raises UnavailableError."""
        async with self._lock:
            agent = self.running()
            if agent is None:
                self.known = started = await self._start()
                try:
                    agent = await self._connect(started.agent)
                except (OSError, TimeoutError) as error:
                    raise UnavailableError("The sandbox does not answer. Try again.") from error
                self.on_start(started)
            return agent

    async def end(self, ask: Callable[[], Awaitable[Any]]) -> None:
        """Have the sandbox ended by `ask`, which returns when it has; tell the listener at once.

        None is started meanwhile. Raises what `ask` does, and then nothing has changed.
        """
        async with self._lock:
            await ask()
            if self._reconnecting:
                self._reconnecting.cancel()
            self._drop_agent()
            self.known = None
            self._listener.sandbox_lost()

    async def started(self) -> Started:
        """Return what is known of the running sandbox, starting one when there is none."""
        await self.agent()
        return await self.origin()

    async def origin(self) -> Started:
        """Return what is known of the sandbox whose agent is connected. Raises UnavailableError."""
        if self.known is None:  # a predecessor had it started
            self.known = await self._start()
        return self.known

    def wanted(self) -> bool:
        """Whether one runs or is being started."""
        return self._lock.locked() or self.running() is not None

    def running(self) -> AgentClient | None:
        """Return the agent when it is connected."""
        return self._agent if self._agent and not self._agent.closed else None

    async def _connect(self, path: Path) -> AgentClient:
        agent = await AgentClient.connect(self._loop, path, self)
        try:
            consoles = await agent.hello()
            self._agent = agent
            await self._listener.agent_back(agent, consoles)
        except BaseException:
            agent.close()
            self._agent = None
            raise
        return agent

    def session_exited(self, console: str, how: str, status: int, at: float) -> None:
        """Pass on."""
        self._listener.session_exited(console, how, status, at)

    def program_connects(self, sock: socket.socket) -> None:
        """Pass on."""
        self._forward(sock)

    def agent_lost(self) -> None:
        """Try again shortly: the connection may have broken while the agent lives."""
        if self.running():
            return  # it was an older connection
        self._agent = None
        if self._reconnecting is None or self._reconnecting.done():
            self._reconnecting = self._loop.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        for _ in range(_RECONNECT_TRIES):
            if await self.find():
                return
            await asyncio.sleep(_RECONNECT_SECONDS)
        if self._agent is None:
            self.known = None
            self._listener.sandbox_lost()

    def close(self) -> None:
        """Let go of the agent, which goes on."""
        if self._reconnecting:
            self._reconnecting.cancel()
        self._drop_agent()

    def _drop_agent(self) -> None:
        """Drop the connection to the agent, if there is one."""
        with contextlib.suppress(OSError):
            if self._agent:
                self._agent.close()
        self._agent = None
