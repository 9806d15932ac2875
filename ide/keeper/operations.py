"""What can be done to consoles: create, end, restart, remove, run."""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from ide.errors import ConflictError, TooManyError, UnavailableError
from ide.keeper import programs
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console
from ide.keeper.journal import Record
from ide.keeper.keeper import LAST_BYTES, Keeper
from ide.keeper.log_reading import LogReaders
from ide.wire.limits import MAX_CONSOLES_PER_WORKSPACE

END_SECONDS: Final = 4.5
_TITLES: Final = {"bash": "Bash", "python": "Python"}
_STOP_STEPS: Final = (("INT", 3.0), ("TERM", 2.0), ("KILL", 2.0))


class Operations:
    """Each raises an IdeError that says why it could not be done."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._log_readers = LogReaders(keeper.spawn)
        self._starting: set[str] = set()
        """Ended consoles that are about to run again."""

    async def create(self, kind: str, cwd: str, title: str, grid: tuple[int, int]) -> Console:
        """Start a bash or python console."""
        agent = await self._keeper.sandbox()
        argv = programs.console_argv(kind, agent.tools)
        folder = programs.inside(agent.home, cwd) if cwd else agent.home
        return await self._begin(
            agent, kind=kind, title=title or self._free_title(_TITLES[kind]), cwd=folder,
            argv=argv, grid=grid, named=bool(title),
        )  # fmt: skip

    def folder_of(self, name: str) -> str:
        """Return where a console is by now, as far as it said so; "" when there is none."""
        console = self._keeper.consoles.get(name)
        return console.record.cwd if console else ""

    def _free_title(self, base: str) -> str:
        taken = {console.record.title for console in self._keeper.consoles.values()}
        names = [base, *(f"{base} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    async def _begin(
        self,
        agent: AgentClient,
        *,
        kind: str,
        title: str,
        cwd: str,
        argv: list[str],
        grid: tuple[int, int],
        path: str | None = None,
        named: bool = False,
    ) -> Console:
        if len(self._keeper.consoles) >= MAX_CONSOLES_PER_WORKSPACE:
            raise TooManyError(
                f"A workspace has at most {MAX_CONSOLES_PER_WORKSPACE} consoles."
                " Remove one that has ended."
            )
        record = Record(
            id=secrets.token_hex(8), kind=kind, title=title, cwd=cwd, path=path, state="running",
            created=time.time(), started=None, ended=None, exit_how=None, exit_status=None,
            exit_cause=None, epoch=secrets.token_hex(8), cols=grid[0], rows=grid[1],
            recording=True, boot=self._keeper.boot, named=named,
        )  # fmt: skip
        console = self._keeper.add(record)
        console.begin_session(*grid)
        try:
            await self._launch(agent, console, argv)
        except BaseException:
            await self._keeper.drop(console)
            raise
        return console

    async def _launch(self, agent: AgentClient, console: Console, argv: list[str]) -> None:
        record = console.record
        record.boot = self._keeper.boot
        self._keeper.begins(console)
        try:
            master, pipe = await agent.spawn_session(
                record.id, argv=argv, cwd=record.cwd, cols=record.cols, rows=record.rows,
                env=programs.environment(agent.home, self._keeper.network, agent.proxy),
            )  # fmt: skip
        except BaseException:
            self._keeper.clear_away(record.id)  # it may start yet, after all
            raise
        self._keeper.adopt(console, master, pipe)
        console.changed()

    def rename(self, name: str, title: str) -> Console:
        """Give a console a title, which wins over the program's; "" takes it back."""
        console = self._keeper.get(name)
        record = console.record
        if title:
            record.title, record.named = title, True
        elif record.named:
            base = _TITLES.get(record.kind) or _file_title(unquote(record.path or ""))
            record.title, record.named = self._free_title(base), False
        console.changed()
        return console

    async def end(self, name: str, how: str) -> Console:
        """Hang up or kill, and wait for the end."""
        console = self._keeper.get(name)
        session = console.session
        if console.record.state == "ended" or session is None:
            return console
        ended = self._keeper.ending(name)
        agent = await self._keeper.sandbox()
        await agent.ask("kill" if how == "kill" else "hangup", console=name)
        if how == "hangup" and not session.closed:
            # The terminal hangs up when the last master closes: ours, after its last words.
            session.pump(LAST_BYTES)
            session.close()
        try:
            async with asyncio.timeout(END_SECONDS):
                await asyncio.shield(ended)
        except TimeoutError:
            raise UnavailableError(
                "The program does not end. It was sent the signal that cannot be refused;"
                " it waits for the system. Try again."
            ) from None
        return console

    async def restart(self, name: str, grid: tuple[int, int]) -> Console:
        """Start a new session in an ended console, in the folder it was in."""
        console = self._keeper.get(name)
        with self._reserved(console):
            agent = await self._keeper.sandbox()
            argv = self._argv(agent, console.record)
            await self._start_anew(agent, console, argv, grid)
        return console

    @contextlib.contextmanager
    def _reserved(self, console: Console) -> Iterator[None]:
        """Keep an ended console from being started or removed by another call meanwhile.

        Raises ConflictError when it runs, or one of these is under way, and NotFoundError.
        """
        name = console.record.id
        self._keeper.get(name)  # removed while we waited for something?
        if console.record.state == "running":
            raise ConflictError("This console still runs.", console=name)
        if name in self._starting | self._keeper.clearing:
            raise ConflictError("This console is just being started again.", console=name)
        self._starting.add(name)
        try:
            yield
        finally:
            self._starting.discard(name)

    def _argv(self, agent: AgentClient, record: Record) -> list[str]:
        if record.kind == "run" and record.path is not None:
            return programs.run_argv(programs.inside(agent.home, record.path), agent.tools)
        return programs.console_argv(record.kind, agent.tools)

    async def _start_anew(
        self, agent: AgentClient, console: Console, argv: list[str], grid: tuple[int, int]
    ) -> None:
        await console.separate()
        before = (console.record.ended, console.record.exit_how, console.record.exit_status)
        console.begin_session(*grid)
        try:
            await self._launch(agent, console, argv)
        except BaseException:
            console.end(before[1] or "lost", before[2] or 0, before[0] or time.time())
            raise

    async def remove(self, name: str) -> None:
        """Forget an ended console and its log."""
        console = self._keeper.get(name)
        if console.record.state == "running":
            raise ConflictError("This console still runs; end it first.", console=name)
        with self._reserved(console):
            await self._keeper.drop(console)

    async def run(self, path: str, mode: str, grid: tuple[int, int]) -> Console:
        """Run a file: in the console of its last run, or beside it."""
        agent = await self._keeper.sandbox()
        file = programs.inside(agent.home, path)
        argv = programs.run_argv(file, agent.tools)
        runs = [c for c in self._keeper.consoles.values() if c.record.path == path]
        running = [c for c in runs if self._runs(c)]
        if running and mode == "ask":
            raise ConflictError("This file is still running.", console=running[-1].record.id)
        if running and mode == "stop":
            await self.stop_run(running[-1].record.id)
            runs, running = [running[-1]], []
        ended = [c for c in runs if not self._runs(c)]
        if ended and not running:
            with self._reserved(ended[-1]):
                await self._start_anew(agent, ended[-1], argv, grid)
            return ended[-1]
        title = self._free_title(_file_title(file))
        folder = file.rpartition("/")[0] or "/"
        return await self._begin(
            agent, kind="run", title=title, cwd=folder, argv=argv, grid=grid, path=path
        )

    def _runs(self, console: Console) -> bool:
        return console.record.state == "running" or console.record.id in self._starting

    async def stop_run(self, name: str) -> Console:
        """SIGINT, after 3 s SIGTERM, after 2 more SIGKILL; answers when it has ended."""
        console = self._keeper.get(name)
        for signal, seconds in _STOP_STEPS:
            if console.record.state == "ended":
                return console
            ended = self._keeper.ending(name)
            agent = await self._keeper.sandbox()
            await agent.ask("signal", console=name, signal=signal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.shield(ended)
        if console.record.state == "ended":
            return console
        return await self.end(name, "kill")

    async def hand_files(self, fd: int) -> None:
        """Have the file worker serve the stream `fd`, which stays ours to close."""
        agent = await self._keeper.sandbox()
        await agent.ask("files", fd)

    def files_changed(self) -> None:
        """Tell every page soon: the web changed the file tree for somebody."""
        self._keeper.files_may_have_changed()

    def never_record(self, name: str, *, never: bool) -> Console:
        """Record nothing of a console from here on, or all of it again under a new epoch."""
        console = self._keeper.get(name)
        console.recording.never(never=never)
        return console

    def hand_log(self, name: str, sock: socket.socket, *, since: float | None) -> dict[str, Any]:
        """Hand out what a console printed, taking `sock` over; returns which bytes."""
        return self._log_readers.begin(self._keeper.get(name), sock, since=since)

    def listing(self) -> dict[str, Any]:
        """Return all consoles as JSON, and what their logs take."""
        return self._keeper.listing()

    async def sandbox_kind(self) -> str:
        """Return `bubblewrap` or `none`, starting a sandbox when there is none."""
        return await self._keeper.sandbox_kind()

    def network(self) -> str:
        """Return the network plan of the newest grant."""
        return str(self._keeper.network)


def _file_title(path: str) -> str:
    return PurePosixPath(path).name.encode("utf-8", "replace").decode()
