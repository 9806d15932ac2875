"""Starting a program in a console: in a new one, or again in one that has ended."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace

from ide.errors import ConflictError, TooManyError
from ide.keeper import programs
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console
from ide.keeper.journal import Record
from ide.keeper.keeper import Keeper
from ide.wire.limits import MAX_CONSOLES_PER_WORKSPACE

Grid = tuple[int, int]
"""Columns and rows."""


class Starting:
    """Starts, and takes back what could not be started. Raises what the agent refuses with."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._under_way: set[str] = set()
        """Ended consoles that are about to run again."""

    def runs(self, console: Console) -> bool:
        """Whether a session runs there, or is just being started."""
        return console.record.state == "running" or console.record.id in self._under_way

    async def in_new(
        self,
        agent: AgentClient,
        *,
        kind: str,
        title: str,
        cwd: str,
        argv: list[str],
        grid: Grid,
        path: str | None = None,
        named: bool = False,
        never: bool = False,
    ) -> Console:
        """Make a console and start a program in it. Raises TooManyError, FullError, OSError."""
        plan = self._keeper.plan
        most = min(plan.consoles, MAX_CONSOLES_PER_WORKSPACE)
        if len(self._keeper.consoles) >= most:
            raise TooManyError(
                f"The plan {plan.name} allows {most} {'console' if most == 1 else 'consoles'}."
                " End or remove one."
            )
        record = Record(
            id=secrets.token_hex(8), kind=kind, title=title, cwd=cwd, path=path, state="running",
            created=time.time(), started=None, ended=None, exit_how=None, exit_status=None,
            exit_cause=None, epoch=secrets.token_hex(8), cols=grid[0], rows=grid[1],
            recording=not never, boot=self._keeper.sessions.boot, named=named, never=never,
        )  # fmt: skip
        console = self._keeper.consoles.add(record)
        try:
            await self._launch(agent, console, argv)
        except BaseException:
            await self._keeper.drop(console)
            raise
        return console

    async def in_ended(
        self, agent: AgentClient, console: Console, argv: list[str], grid: Grid
    ) -> None:
        """Start a program in an ended console that is `reserved`. Raises ScreenError."""
        console.print(await console.screen.separator())
        before = replace(console.record)
        console.begin_session(*grid)
        console.recording.look()
        try:
            await self._launch(agent, console, argv)
        except BaseException:
            how, status = before.exit_how or "lost", before.exit_status or 0
            console.record.started = before.started  # no other session has ended: no bell rings
            console.end(how, status, before.ended or time.time(), before.exit_cause)
            console.record.exit_limit, console.record.killed = before.exit_limit, before.killed
            raise

    async def _launch(self, agent: AgentClient, console: Console, argv: list[str]) -> None:
        record, sessions = console.record, self._keeper.sessions
        has_device = await self._keeper.way_out.has_device()
        record.marks = self._keeper.cards.key_for(console)
        record.interpreter = programs.interpreter(record.kind, record.path, agent.home)
        sessions.begins(console)
        try:
            master, pipe = await agent.spawn_session(
                record.id, argv=argv, cwd=record.cwd, cols=record.cols, rows=record.rows,
                marks="" if record.kind == "run" else record.marks,
                env=programs.environment(
                    agent.home, self._keeper.plan.network, agent.proxy,
                    has_device=has_device, never=record.never, console=record.id,
                ),
            )  # fmt: skip
        except BaseException:
            sessions.clear_away(record.id)  # it may start yet, after all
            raise
        self._keeper.cards.begins(console)
        sessions.adopt(console, master, pipe)
        console.changed()

    @contextlib.contextmanager
    def reserved(self, console: Console) -> Iterator[None]:
        """Keep an ended console from being started or removed by another call meanwhile.

        Raises ConflictError when it runs, or one of these is under way, and NotFoundError.
        """
        name = console.record.id
        self._keeper.consoles.find(name)  # removed while we waited for something?
        if console.record.state == "running":
            raise ConflictError("This console still runs.", console=name)
        if name in self._under_way | self._keeper.sessions.clearing:
            raise ConflictError("This console is just being started again.", console=name)
        self._under_way.add(name)
        try:
            yield
        finally:
            self._under_way.discard(name)
