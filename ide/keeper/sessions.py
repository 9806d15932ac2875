"""The sessions of one workspace, as its agent has them: taken back, ended, cleared away."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from ide.errors import ConflictError, IdeError, NotFoundError
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.endings import Endings
from ide.keeper.reasons import Why
from ide.keeper.recording import lost_line
from ide.keeper.session import TURN_BYTES, Session

LAST_BYTES: Final = 16 * 1024 * 1024
LAST_BYTES_SECONDS: Final = 0.1
_CLEAR_TRIES: Final = 200
_CLEAR_APART_SECONDS: Final = 0.25
_MAX_STATUS: Final = 0x7FFFFFFF
_LOST: Final = "The sandbox ended (out of memory, or it was stopped)."
_REBOOT: Final = "The machine was restarted."
_STOPPED: Final = "The server was stopped."


class Sessions:
    """Keeps consoles in step with what the agent says of their sessions."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        consoles: Consoles,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        boot: str,
        booted: float,
        *,
        stopping: Path,
        endings: Endings,
    ) -> None:
        """`spawn` runs a task that ends with the keeper.

        `boot` is the machine's boot id, `booted` when that was, in seconds since the epoch;
        `stopping` is there while the server ends all programs.
        """
        self._loop, self._consoles, self._spawn = loop, consoles, spawn
        self._stopping, self._endings = stopping, endings
        self.boot, self._booted = boot, booted
        self._agent: AgentClient | None = None
        self._ended: dict[str, asyncio.Future[None]] = {}
        self.why: Why | None = None
        """Set while somebody has the sandbox ended."""
        self.clearing: set[str] = set()
        """Consoles for which the agent may have a session that is none of ours."""
        self._early: dict[str, tuple[str, int, float]] = {}
        """Endings of sessions whose terminal is not taken yet."""

    def _connected(self) -> AgentClient | None:
        return self._agent if self._agent and not self._agent.closed else None

    # Beginning.

    def begins(self, console: Console) -> None:
        """Hear that a session is about to start: what is known of an earlier one is void.

        In the journal before the agent: our successor kills what it does not know as running.
        """
        self._early.pop(console.record.id, None)
        console.record.boot = self.boot
        self._consoles.save(console.record)

    def adopt(self, console: Console, master: int, pipe: tuple[int, int]) -> None:
        """Run the console with these fds. Its program may have ended before they came."""
        console.adopt(master, pipe)
        if ending := self._early.pop(console.record.id, None):
            self.session_exited(console.record.id, *ending)

    async def agent_back(self, agent: AgentClient, consoles: list[dict[str, Any]]) -> None:
        """Take sessions back, learn what ended meanwhile, forget what is unknown."""
        self._agent = agent
        self._spawn(self._endings.look())
        known = {str(one.get("console")): one for one in consoles}
        for name, one in known.items():
            console = self._consoles.get(name)
            if console is None or console.record.state == "ended":
                self.clear_away(name)
            else:
                if console.session is None:
                    await self._take_back(agent, console)
                self._learn(name, one.get("exit"))
        self.lose([c for c in self._consoles.running() if c.record.id not in known])

    async def _take_back(self, agent: AgentClient, console: Console) -> None:
        try:
            master, pipe = await agent.take_session(console.record.id)
        except IdeError:
            self.lose([console])
            return
        if console.lost and console.lost.offset == console.log.head:
            console.print(lost_line())
        self.adopt(console, master, pipe)
        if console.lost or console.log.unrecorded:
            console.grid.draw_anew()

    def _learn(self, name: str, ending: Any) -> None:
        """Take note of an ending that the agent's list tells."""
        if isinstance(ending, dict) and isinstance(ending.get("status"), int):
            how = "signal" if ending.get("how") == "signal" else "exit"
            at = ending.get("at")
            when = at if isinstance(at, (int, float)) else time.time()
            self.session_exited(name, how, ending["status"], when)

    # Ending.

    def ending(self, name: str) -> "asyncio.Future[None]":
        """Return what is done once the console's session has ended."""
        return self._ended.setdefault(name, self._loop.create_future())

    def session_exited(self, console: str, how: str, status: int, at: float) -> None:
        """Collect the last bytes, then end the console."""
        found = self._consoles.get(console)
        if found is None or found.record.state == "ended":
            return
        now = time.time()
        at = at if found.record.created <= at <= now else now
        status = max(0, min(status, _MAX_STATUS))
        if found.session:
            self._spawn(self._finish(found, how, status, at))
        else:
            self._early[console] = (how, status, at)

    async def _finish(self, console: Console, how: str, status: int, at: float) -> None:
        session = console.session
        if session is None:
            return
        deadline = self._loop.time() + LAST_BYTES_SECONDS
        while not session.closed and not session.hung and self._loop.time() < deadline:
            if session.pump(TURN_BYTES):
                deadline = self._loop.time() + LAST_BYTES_SECONDS
            await asyncio.sleep(0 if session.hung else LAST_BYTES_SECONDS / 20)
        why = None if self._purpose() else await self._endings.why(console, how, status, at)
        if console.session is not session:
            return
        if purpose := self._purpose():
            console.end(purpose.how, 0, at, purpose.cause, purpose.limit)
        elif why:
            console.end(why.how, status, at, why.cause, why.limit)
        else:
            console.end(how, status, at)
        # The agent remembers the ending until it stands in the journal.
        if self._consoles.save(console.record) and (agent := self._connected()):
            with contextlib.suppress(IdeError):
                await agent.ask("forget", console=console.record.id)
        self._settle(console.record.id)

    def _settle(self, name: str) -> None:
        if waiter := self._ended.pop(name, None):
            waiter.set_result(None)

    def sandbox_lost(self) -> None:
        """End every console: its programs are gone."""
        running = self._consoles.running()
        if self._purpose():
            self.lose(running)
        else:
            self._spawn(self._find_why_lost([(one, one.session) for one in running]))

    async def _find_why_lost(self, lost: list[tuple[Console, Session | None]]) -> None:
        why = await self._endings.why_lost()
        self.lose([one for one, session in lost if one.session is session and _runs(one)], why)

    def stopped(self) -> None:
        """End what still counts as running: when the server is stopped its programs end first."""
        if self._stopping.exists():
            self.lose(self._consoles.running())

    def _purpose(self) -> Why | None:
        """Return why programs are being ended, None when they end by themselves."""
        return Why("stopped", _STOPPED) if self._stopping.exists() else self.why

    def lose(self, consoles: list[Console], found: Why | None = None) -> None:
        """End consoles whose programs are gone: with the machine, the server or the sandbox."""
        purpose = self._purpose() or found or Why("lost", _LOST)
        for console in consoles:
            rebooted = console.record.boot != self.boot
            why = Why("reboot", _REBOOT) if rebooted else purpose
            if console.session:
                console.session.pump(LAST_BYTES)
            now = time.time()
            alive = console.times.time_at(console.log.head) or 0
            at = min(now, max(self._booted, alive)) if rebooted else now
            console.record.boot = self.boot
            console.end(why.how, 0, at, why.cause, why.limit)
            self._consoles.save(console.record)
            self._settle(console.record.id)

    # Clearing away.

    def forget(self, console: Console) -> None:
        """Forget a console that is being removed."""
        self._early.pop(console.record.id, None)

    def clear_away(self, name: str) -> None:
        """End and forget what the agent has, or will have, for a console without a session."""
        if name not in self.clearing:
            self.clearing.add(name)
            self._spawn(self._clear_away(name))

    async def _clear_away(self, name: str) -> None:
        try:
            for _ in range(_CLEAR_TRIES):
                if (agent := self._connected()) and await _is_forgotten(agent, name):
                    return
                await asyncio.sleep(_CLEAR_APART_SECONDS)
        finally:
            self.clearing.discard(name)


def _runs(console: Console) -> bool:
    return console.record.state == "running"


async def _is_forgotten(agent: AgentClient, name: str) -> bool:
    """Ask the agent to forget a session; kill what runs there, which then takes another try."""
    try:
        await agent.ask("forget", console=name)
    except NotFoundError:
        return True
    except ConflictError:
        with contextlib.suppress(IdeError):
            await agent.ask("kill", console=name)
        return False
    except IdeError:
        return False
    return True
