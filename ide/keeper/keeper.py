"""The keeper of one workspace: its consoles, its sandbox, and the connections of the web."""

import asyncio
import contextlib
import secrets
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from ide.errors import ConflictError, FullError, IdeError, NotFoundError
from ide.guard.grant import Grant, NetworkPlan
from ide.keeper.agent import AgentClient
from ide.keeper.budget import OutputBudget
from ide.keeper.config import Config
from ide.keeper.console import Console
from ide.keeper.forwarder import Forwarder
from ide.keeper.journal import Journal, Record
from ide.keeper.link import Link
from ide.keeper.log_keeping import LogKeeping
from ide.keeper.sandbox import SandboxHold, Start
from ide.keeper.session import TURN_BYTES
from ide.wire import frames
from ide.wire.frames import Kind

LAST_BYTES_SECONDS: Final = 0.1
_KEEP_SECONDS: Final = 5.0
_DISK_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 0.02
_TELL_APART_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 0.5
_FILES_SECONDS: Final = 1.0
_MAX_LINKS: Final = 128
LAST_BYTES: Final = 16 * 1024 * 1024
_CLEAR_TRIES: Final = 200
_CLEAR_APART_SECONDS: Final = 0.25
_MAX_STATUS: Final = 0x7FFFFFFF
_LOST: Final = "The sandbox ended (out of memory, or it was stopped)."
_REBOOT: Final = "The machine was restarted."


class Keeper:
    """All of one workspace, in one event loop."""

    def __init__(self, config: Config, start_sandbox: Start, boot: str, booted: float) -> None:
        """`boot` is the machine's boot id, `booted` when that was, in seconds since the epoch."""
        self.config = config
        self.generation = secrets.token_hex(8)
        self.consoles: dict[str, Console] = {}
        self.network = NetworkPlan.NONE
        self._loop = asyncio.get_running_loop()
        self.boot, self._booted = boot, booted
        self._journal = Journal(config.journal)
        self._hold = SandboxHold(self._loop, config.agent_socket, start_sandbox, self)
        self._forwarder = Forwarder()
        self._budget = OutputBudget(self._loop.time)
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._kept_at = self._disk_seen_at = 0.0
        self._logs = LogKeeping(self.consoles, config.log_limits)
        self._ended: dict[str, asyncio.Future[None]] = {}
        self.clearing: set[str] = set()
        """Consoles for which the agent may have a session that is none of ours."""
        self._early: dict[str, tuple[str, int, float]] = {}
        """Endings of sessions whose terminal is not taken yet."""
        self._changed: set[str] = set()
        self._unsaved: set[str] = set()
        self._told_at = 0.0
        self._tell_timer: asyncio.TimerHandle | None = None
        self._files_timer: asyncio.TimerHandle | None = None
        self._look_timer: asyncio.TimerHandle | None = None
        self._leave: Callable[[], None] | None = None

    # Starting and stopping.

    async def start(self) -> None:
        """Load the journal and take running sessions back from the agent."""
        self._load()
        running = [c for c in self.consoles.values() if c.record.state == "running"]
        if not await self._hold.find():
            self._lose(running)
        self._look_timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    @property
    def workspace(self) -> str:
        """The workspace that is kept."""
        return self.config.workspace

    def add(self, record: Record) -> Console:
        """Enter a console into the list and the journal. Raises FullError, OSError."""
        folder = self.config.consoles / record.id
        console = Console(self._loop, record, folder, self.config.log_limits, self)
        if not self.save(record):
            console.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise FullError("The disk is full: free some space, then try again.")
        console.recording.look()
        self.consoles[record.id] = console
        return console

    def _load(self) -> None:
        for record in self._journal.load():
            was_recording = record.recording
            folder = self.config.consoles / record.id
            console = Console(self._loop, record, folder, self.config.log_limits, self)
            self.consoles[record.id] = console
            record.recording = console.log.recording
            if not was_recording or not console.log.whole or record.boot != self.boot:
                # Bytes went unrecorded, or a crash of the machine may have taken the last ones:
                # the same offsets may come to mean others.
                record.epoch = secrets.token_hex(8)
                if record.state == "ended":
                    record.boot = self.boot
                self.save(record)
            console.recording.look()

    def save(self, record: Record) -> bool:
        """Write to the journal; false when the disk takes nothing (tried again later)."""
        try:
            self._journal.save(record)
        except sqlite3.OperationalError:
            self._unsaved.add(record.id)
            return False
        self._unsaved.discard(record.id)
        return True

    def _lose(self, consoles: list[Console]) -> None:
        for console in consoles:
            rebooted = console.record.boot != self.boot
            how, cause = ("reboot", _REBOOT) if rebooted else ("lost", _LOST)
            if console.session:
                console.session.pump(LAST_BYTES)
            now = time.time()
            alive = console.times.time_at(console.log.head) or 0
            at = min(now, max(self._booted, alive)) if rebooted else now
            console.record.boot = self.boot
            console.end(how, 0, at, cause)
            self.save(console.record)
            self._settle(console.record.id)

    def leave_when_idle(self, leave: Callable[[], None]) -> None:
        """Call `leave` as soon as no console runs: the next version cannot read its screens."""
        self._leave = leave
        if self._look_timer:
            self._look_timer.cancel()
        self._look()

    async def close(self) -> None:
        """Let go of everything; programs go on in the agent's hands."""
        for timer in (self._look_timer, self._tell_timer, self._files_timer):
            if timer:
                timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await self._forwarder.close()
        self._hold.close()
        self._logs.close()
        for console in self.consoles.values():
            console.close()
        self._journal.close()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` as a task that ends with the keeper; its errors go to the server log."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._loop.call_exception_handler({"message": "task failed", "exception": error})

    # Connections.

    def connected(self, link: Link) -> bool:
        """Take a new connection; false when there are too many."""
        if len(self._links) >= _MAX_LINKS:
            return False
        self._links.add(link)
        soon = self._loop.time() + _LOOK_SECONDS
        if self._look_timer and self._look_timer.when() > soon:
            self._look_timer.cancel()
            self._look_timer = self._loop.call_at(soon, self._look)
        return True

    def link_closed(self, link: Link) -> None:
        """Forget a connection."""
        self._links.discard(link)

    def granted(self, grant: Grant) -> None:
        """Take over the network plan of the newest grant."""
        self.network = grant.network
        self._forwarder.allow(grant.network, grant.network_hosts)

    # Telling.

    def listing(self) -> dict[str, Any]:
        """Return all consoles as JSON, with who is busy at this moment, and what logs take."""
        for console in self.consoles.values():
            console.look_whether_busy()
        limit = self.config.log_limits.workspace_cap_bytes
        return {
            "consoles": [console.info() for console in self.consoles.values()],
            "logs": {"disk_bytes": self._logs.disk_bytes, "cap_bytes": limit},
        }

    def tell_consoles(self, link: Link) -> None:
        """Send the whole list to one link."""
        link.send_json(Kind.EVENT, 0, {"type": "consoles", **self.listing()})

    def console_changed(self, console: Console) -> None:
        """Tell the change soon, many at once."""
        self._changed.add(console.record.id)
        if self._tell_timer is None:
            soon = self._loop.time() + _TELL_SECONDS
            self._tell_timer = self._loop.call_at(max(soon, self._told_at), self._tell)

    def _tell(self) -> None:
        self._tell_timer = None
        self._told_at = self._loop.time() + _TELL_APART_SECONDS
        # Telling may find a viewer gone, which is the next change.
        changed, self._changed = self._changed, set()
        for name in changed:
            if console := self.consoles.get(name):
                self.save(console.record)
                meta = frames.pack_json(console.info())
                for viewer in list(console.viewers.all):
                    if viewer.streaming:
                        viewer.link.send(Kind.META, viewer.channel, meta)
        for link in list(self._links):
            if link.is_browser:
                self.tell_consoles(link)
        self.files_may_have_changed()

    def files_may_have_changed(self) -> None:
        """Tell everybody attached soon that the file tree may be another; many times at once."""
        if self._files_timer is None:
            self._files_timer = self._loop.call_later(_FILES_SECONDS, self._tell_files)

    def _tell_files(self) -> None:
        self._files_timer = None
        self._broadcast({"type": "files"})

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached a sentence."""
        self._broadcast({"type": "notice", "level": level, "text": text})

    def _broadcast(self, event: dict[str, Any]) -> None:
        for link in list(self._links):
            if link.is_browser:
                link.send_json(Kind.EVENT, 0, event)

    def _look(self) -> None:
        """Do what is due: often while somebody watches or something is held, else seldom."""
        now = time.monotonic()
        if self._leave and all(c.record.state == "ended" for c in self.consoles.values()):
            self._leave()
            return
        for link in list(self._links):
            link.look(now)
        held = False
        for console in list(self.consoles.values()):
            console.look()
            if console.hold.by_budget and self.may_read(0):
                console.hold.by_budget = False
                console.apply_hold()
            held = held or console.hold.by_budget
        if now - self._disk_seen_at >= _DISK_SECONDS:
            self._disk_seen_at = now
            self._logs.look()
        if now - self._kept_at >= _KEEP_SECONDS:
            self._kept_at = now
            self.keep_logs_soon()
        seconds = _LOOK_SECONDS if held or self._links else _KEEP_SECONDS
        self._look_timer = self._loop.call_later(seconds, self._look)

    def keep_logs_soon(self) -> None:
        """Sync logs, compress what is due, hold them to their caps; save what is not saved."""
        for name in list(self._unsaved):
            if console := self.consoles.get(name):
                self.save(console.record)
        self.spawn(self._logs.round())

    def may_read(self, count: int) -> bool:
        """Whether a console that nobody watches may go on after `count` bytes."""
        return self._budget.take(count)

    # The sandbox.

    async def sandbox_kind(self) -> str:
        """Return `bubblewrap` or `none`, starting a sandbox when there is none."""
        return await self._hold.known_kind()

    async def sandbox(self) -> AgentClient:
        """Return the agent, starting the sandbox when there is none. Raises UnavailableError."""
        return await self._hold.agent()

    async def agent_back(self, agent: AgentClient, consoles: list[dict[str, Any]]) -> None:
        """Take sessions back, learn what ended meanwhile, forget what is unknown."""
        known = {str(one.get("console")): one for one in consoles}
        for name, one in known.items():
            console = self.consoles.get(name)
            if console is None or console.record.state == "ended":
                self.clear_away(name)
            else:
                if console.session is None:
                    await self._take_back(agent, console)
                self._learn(name, one.get("exit"))
        running = [c for c in self.consoles.values() if c.record.state == "running"]
        self._lose([c for c in running if c.record.id not in known])

    async def _take_back(self, agent: AgentClient, console: Console) -> None:
        try:
            master, pipe = await agent.take_session(console.record.id)
        except IdeError:
            self._lose([console])
            return
        self.adopt(console, master, pipe)
        if console.log.unrecorded:
            console.grid.draw_anew()

    def _learn(self, name: str, ending: Any) -> None:
        """Take note of an ending that the agent's list tells."""
        if isinstance(ending, dict) and isinstance(ending.get("status"), int):
            how = "signal" if ending.get("how") == "signal" else "exit"
            at = ending.get("at")
            when = at if isinstance(at, (int, float)) else time.time()
            self.session_exited(name, how, ending["status"], when)

    def begins(self, console: Console) -> None:
        """Hear that a session is about to start: what is known of an earlier one is void.

        In the journal before the agent: our successor kills what it does not know as running.
        """
        self._early.pop(console.record.id, None)
        self.save(console.record)

    def adopt(self, console: Console, master: int, pipe: tuple[int, int]) -> None:
        """Run the console with these fds. Its program may have ended before they came."""
        console.adopt(master, pipe)
        if ending := self._early.pop(console.record.id, None):
            self.session_exited(console.record.id, *ending)

    def clear_away(self, name: str) -> None:
        """End and forget what the agent has, or will have, for a console without a session."""
        if name not in self.clearing:
            self.clearing.add(name)
            self.spawn(self._clear_away(name))

    async def _clear_away(self, name: str) -> None:
        try:
            for _ in range(_CLEAR_TRIES):
                if (agent := self._hold.running()) and await _is_forgotten(agent, name):
                    return
                await asyncio.sleep(_CLEAR_APART_SECONDS)
        finally:
            self.clearing.discard(name)

    def sandbox_lost(self) -> None:
        """End every console: its programs are gone."""
        self._lose([c for c in self.consoles.values() if c.record.state == "running"])

    def program_connects(self, sock: socket.socket) -> None:
        """Forward a program's connection."""
        self.spawn(self._forwarder.serve(sock))

    def session_exited(self, console: str, how: str, status: int, at: float) -> None:
        """Collect the last bytes, then end the console."""
        found = self.consoles.get(console)
        if found is None or found.record.state == "ended":
            return
        now = time.time()
        at = at if found.record.created <= at <= now else now
        status = max(0, min(status, _MAX_STATUS))
        if found.session:
            self.spawn(self._finish(found, how, status, at))
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
        if console.session is not session:
            return
        console.end(how, status, at)
        # The agent remembers the ending until it stands in the journal.
        if self.save(console.record) and (agent := self._hold.running()):
            with contextlib.suppress(IdeError):
                await agent.ask("forget", console=console.record.id)
        self._settle(console.record.id)

    def _settle(self, name: str) -> None:
        if waiter := self._ended.pop(name, None):
            waiter.set_result(None)

    def get(self, name: str) -> Console:
        """Return a console. Raises NotFoundError."""
        try:
            return self.consoles[name]
        except KeyError:
            raise NotFoundError("This console does not exist any more.") from None

    async def drop(self, console: Console) -> None:
        """Forget a console and its log."""
        name = console.record.id
        self.consoles.pop(name, None)
        self._early.pop(name, None)
        for viewer in list(console.viewers.all):
            viewer.link.gone(viewer)
        console.close()
        with contextlib.suppress(sqlite3.OperationalError):
            self._journal.remove(name)
        self._logs.forget(console)
        async with self._logs.busy:
            await asyncio.to_thread(shutil.rmtree, console.folder, ignore_errors=True)
        self.console_changed(console)

    def ending(self, name: str) -> "asyncio.Future[None]":
        """Return what is done once the console's session has ended."""
        return self._ended.setdefault(name, self._loop.create_future())


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
