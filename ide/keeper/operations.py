"""What can be done to consoles: create, rename, end, restart, remove, run a file, stop it."""

import asyncio
import contextlib
import socket
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from ide.errors import ConflictError, IdeError, UnavailableError
from ide.keeper import life, programs
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console
from ide.keeper.finding import Finding
from ide.keeper.journal import Record
from ide.keeper.keeper import Keeper
from ide.keeper.log_pieces import LogPieces
from ide.keeper.log_reading import LogReaders, Wanted
from ide.keeper.log_searches import LogSearches
from ide.keeper.sessions import LAST_BYTES
from ide.keeper.starting import Grid, Starting

END_SECONDS: Final = 4.5
_TITLES: Final = {"bash": "Bash", "python": "Python"}
_STOP_STEPS: Final = (("INT", 3.0), ("TERM", 2.0), ("KILL", 2.0))


class Operations:
    """Each raises an IdeError that says why it could not be done."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._consoles, self._sandbox = keeper.consoles, keeper.sandbox
        self._starting = Starting(keeper)
        self._log_readers = LogReaders(keeper.spawn, keeper.config.cards)
        self.log_pieces = LogPieces(keeper.spawn, keeper.config.cards)
        self.log_searches = LogSearches(keeper.spawn, keeper.config.cards)
        self.finding = Finding(keeper)

    async def create(
        self, kind: str, cwd: str, title: str, grid: Grid, *, never: bool = False
    ) -> Console:
        """Start a bash or python console; with `never` its output is not recorded."""
        agent = await self._sandbox.agent()
        argv = programs.console_argv(kind, agent.tools)
        folder = programs.inside(agent.home, cwd) if cwd else agent.home
        return await self._starting.in_new(
            agent, kind=kind, title=title or self._free_title(_TITLES[kind]), cwd=folder,
            argv=argv, grid=grid, named=bool(title), never=never,
        )  # fmt: skip

    def folder_of(self, name: str) -> str:
        """Return where a console is by now, as far as it said so; "" when there is none."""
        console = self._consoles.get(name)
        return console.record.cwd if console else ""

    def _free_title(self, base: str) -> str:
        taken = {console.record.title for console in self._consoles.values()}
        names = [base, *(f"{base} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def rename(self, name: str, title: str) -> Console:
        """Give a console a title, which wins over the program's; "" takes it back."""
        console = self._consoles.find(name)
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
        console = self._consoles.find(name)
        session = console.session
        if console.record.state == "ended" or session is None:
            return console
        ended = self.keeper.sessions.ending(name)
        agent = await self._sandbox.agent()
        self.keeper.endings.asked(name, how)
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

    async def restart(self, name: str, grid: Grid) -> Console:
        """Start a new session in an ended console, in the folder it was in."""
        console = self._consoles.find(name)
        with self._starting.reserved(console):
            agent = await self._sandbox.agent()
            argv = _argv(agent, console.record)
            await self._starting.in_ended(agent, console, argv, grid)
        return console

    async def remove(self, name: str) -> None:
        """Forget an ended console and its log."""
        console = self._consoles.find(name)
        if console.record.state == "running":
            raise ConflictError("This console still runs; end it first.", console=name)
        with self._starting.reserved(console):
            await self.finding.let_go_of(name)
            await self.keeper.drop(console)

    async def stop_workspace(self) -> None:
        """End every program of the workspace; the next need starts its sandbox again."""
        await self.keeper.life.end(life.BY_USER)

    async def restart_workspace(self) -> int:
        """End every program, then start Bash and Python consoles again, each in its folder.

        Runs are not run again: nobody asked for that. Returns how many have started.
        """
        ran = [c.record for c in self._consoles.running() if c.record.kind != "run"]
        await self.keeper.life.end(life.TO_RESTART)
        await self._sandbox.agent()
        started = 0
        for record in ran:
            with contextlib.suppress(IdeError):  # the others all the same; it says that it ended
                await self.restart(record.id, (record.cols, record.rows))
                started += 1
        return started

    async def run(self, path: str, mode: str, grid: Grid) -> Console:
        """Run a file: in the console of its last run, or beside it."""
        agent = await self._sandbox.agent()
        file = programs.inside(agent.home, path)
        argv = programs.run_argv(file, agent.tools)
        runs = [c for c in self._consoles.values() if c.record.path == path]
        running = [c for c in runs if self._starting.runs(c)]
        if running and mode == "ask":
            raise ConflictError("This file is still running.", console=running[-1].record.id)
        if running and mode == "stop":
            await self.stop_run(running[-1].record.id)
            runs, running = [running[-1]], []
        ended = [c for c in runs if not self._starting.runs(c)]
        if ended and not running:
            with self._starting.reserved(ended[-1]):
                await self._starting.in_ended(agent, ended[-1], argv, grid)
            return ended[-1]
        title = self._free_title(_file_title(file))
        folder = file.rpartition("/")[0] or "/"
        return await self._starting.in_new(
            agent, kind="run", title=title, cwd=folder, argv=argv, grid=grid, path=path
        )

    async def stop_run(self, name: str) -> Console:
        """SIGINT, after 3 s SIGTERM, after 2 more SIGKILL; answers when it has ended."""
        console = self._consoles.find(name)
        for signal, seconds in _STOP_STEPS:
            if console.record.state == "ended":
                return console
            ended = self.keeper.sessions.ending(name)
            agent = await self._sandbox.agent()
            self.keeper.endings.asked(name, "stop")
            await agent.ask("signal", console=name, signal=signal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.shield(ended)
        if console.record.state == "ended":
            return console
        return await self.end(name, "kill")

    async def hand_files(self, fd: int, *, reads: bool) -> None:
        """Have the file worker serve the stream `fd`, which stays ours to close.

        Raises StoppedError for one who only `reads` when the owner stopped the workspace.
        """
        life = self.keeper.life
        if reads:
            await life.settled()
            life.check_may_look()
        rested = life.rests
        agent = await self._sandbox.agent()
        life.woken(rested)
        await agent.ask("files", fd)

    async def wake(self, whom: str) -> str:
        """Have the sandbox run and return its kind; "" when it does not run after all.

        For "about" none is started, and for a "page" that opens none that the owner stopped.
        """
        life = self.keeper.life
        if whom:
            await life.settled()
        if whom == "about" and not self._sandbox.wanted():
            return ""
        if whom == "page" and life.is_stopped():
            return ""
        rested = life.rests
        started = await self._sandbox.started()
        if whom == "page":
            life.woken(rested)
        return started.kind

    async def end_process(self, pid: int, how: str, started: float | None) -> None:
        """End a process of the workspace, a console's leader as the console is ended."""
        process = await self.keeper.processes.find(pid, started)
        if process["kind"] == "console":
            await self.end(process["console"], "hangup" if how == "end" else "kill")
        else:
            await self.keeper.processes.signal(process, "TERM" if how == "end" else "KILL")

    def never_record(self, name: str, *, never: bool) -> Console:
        """Record nothing of a console from here on, or all of it again under a new epoch."""
        console = self._consoles.find(name)
        console.recording.never(never=never)
        return console

    def hand_log(self, name: str, sock: socket.socket, wanted: Wanted) -> dict[str, Any]:
        """Hand out what a console printed, taking `sock` over; returns which bytes."""
        return self._log_readers.begin(self._consoles.find(name), sock, wanted)


def _argv(agent: AgentClient, record: Record) -> list[str]:
    if record.kind == "run" and record.path is not None:
        return programs.run_argv(programs.inside(agent.home, record.path), agent.tools)
    return programs.console_argv(record.kind, agent.tools)


def _file_title(path: str) -> str:
    return PurePosixPath(path).name.encode("utf-8", "replace").decode()
