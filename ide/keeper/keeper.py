"""The keeper of one workspace: what it consists of, when it looks after what, how it ends."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, Final

from ide.errors import IdeError
from ide.guard.grant import Grant
from ide.keeper import kept_plan, supervisor
from ide.keeper.bells import Bells
from ide.keeper.budget import OutputBudget
from ide.keeper.cards import Cards
from ide.keeper.config import Config
from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.endings import Endings
from ide.keeper.journal import NO_ROOM, Record
from ide.keeper.journal_lock import JournalLock
from ide.keeper.journal_mending import MENDED, JournalMending
from ide.keeper.life import Life
from ide.keeper.link import Link
from ide.keeper.log_keeping import LogKeeping
from ide.keeper.processes import Processes
from ide.keeper.rounds import Part, Rounds
from ide.keeper.sandbox import SandboxHold, Start
from ide.keeper.server_log import say
from ide.keeper.sessions import Sessions
from ide.keeper.supervisor import Started
from ide.keeper.telling import Telling
from ide.keeper.usage import Usage
from ide.keeper.waits import Waits
from ide.keeper.way_out import WayOut
from ide.wire.frames import ErrorCode, Kind

_KEEP_SECONDS: Final = 5.0
_DISK_SECONDS: Final = 1.0
_LETTERS_SECONDS: Final = 60.0
"""So long a keeper that leaves for the next version waits for its letters to be taken."""


class Keeper:
    """All of one workspace, in one event loop."""

    def __init__(self, config: Config, start_sandbox: Start, boot: str, booted: float) -> None:
        """`boot` is the machine's boot id, `booted` when that was, in seconds since the epoch."""
        self.config = config
        self.generation = secrets.token_hex(8)
        self.plan = kept_plan.read(config.plan)
        self._is_limited = False
        """Whether what runs is known to be held to the plan."""
        self._limiting = asyncio.Lock()
        self._loop = loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._links: set[Link] = set()
        self._budget = OutputBudget(loop.time)
        self.way_out = WayOut(self.spawn, lambda: self.plan, lambda: self.sandbox)
        self.consoles = Consoles(loop, config, boot, self)
        self._logs = LogKeeping(self.consoles, config.log_limits)
        self.telling = Telling(loop, self._links, self.consoles, self._logs)
        self.bells = Bells(self.consoles, self.spawn, self.telling.broadcast, self.notice)
        self._mending = JournalMending(self.consoles, self.bells)
        self._lock = JournalLock(self.consoles, self.notice)
        self.bells.history.has_pages = lambda: bool(self._links)
        self.telling.newest_letter = self.bells.history.newest
        self.cards = Cards(loop, config.cards, self.consoles, self.telling)
        self.cards.listeners.append(self.bells.hear)
        self.output_came = self.cards.output_came
        self.usage = Usage(self._ask_for_usage, self.telling.broadcast)
        self.endings = Endings(loop, self.consoles, self.usage, self.telling.notice)
        self.endings.limit_took = self.cards.limit_ended
        self.sessions = Sessions(
            loop, self.consoles, self.spawn, boot, booted,
            stopping=config.stopping, endings=self.endings,
        )  # fmt: skip
        self.sandbox: SandboxHold = SandboxHold(
            loop, config.agent_socket, start_sandbox, self.sessions, self.way_out.program_connects
        )
        self.waits = Waits(self.consoles, self.sandbox, self.spawn)
        self.processes = Processes(self.sandbox, self.consoles, self.endings)
        self.sandbox.on_start = self._sandbox_started
        self.telling.sandbox_runs = lambda: self.sandbox.running() is not None
        self._follow_plan()
        self.life = Life(self, config, self.consoles, self.sandbox, self.sessions)
        self._kept_at = self._disk_seen_at = 0.0
        self._rounds = Rounds(loop, self._parts, self._is_watched)
        self.look_soon = self._rounds.soon
        self._held = False
        self._leave: Callable[[], None] | None = None
        self._leave_by = 0.0

    # Starting and stopping.

    async def start(self) -> None:
        """Load the journal and take running sessions back from the agent."""
        self.consoles.load()
        if repaired := self.consoles.repaired:
            say("journal repaired", workspace=self.workspace, text=repaired)
            self.notice_next("warning", repaired, "journal")
        elif not (self.consoles.is_kept and self.bells.journal.is_made()):
            why = self._lock.found_at_start() or (NO_ROOM, "journal")
            self.notice_next("warning", *why)
        self.bells.load()
        self.cards.load()
        self.spawn(self.bells.catch_up(self.cards.newest))
        running = self.consoles.running()
        if not await self.sandbox.find():
            self.sessions.lose(running)
        self._rounds.begin()

    def _letters_wait(self) -> bool:
        """Whether to stay a little for who sends letters; the successor has them too."""
        return time.monotonic() < self._leave_by and not self.bells.outbox.is_empty()

    def leave_when_idle(self, leave: Callable[[], None]) -> None:
        """Call `leave` as soon as no console runs: the next version cannot read its screens."""
        self._leave, self._leave_by = leave, time.monotonic() + _LETTERS_SECONDS
        self._rounds.now()

    async def close(self) -> None:
        """Let go of everything; programs go on in the agent's hands, unless all is stopped."""
        self.sessions.stopped()
        self._rounds.end()
        self.telling.close()
        for task in list(self._tasks):
            task.cancel()
        await self.way_out.close()
        self.sandbox.close()
        self._logs.close()
        self.cards.close()
        self.consoles.close()

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

    # Links.

    @property
    def workspace(self) -> str:
        """The workspace that is kept."""
        return self.config.workspace

    def link_opened(self, link: Link) -> None:
        """Take a new link, and send it the list of consoles."""
        self._links.add(link)
        self.telling.greet(link)
        if self.usage.event:
            link.send_json(Kind.EVENT, 0, self.usage.event)
        self.look_soon()

    def link_closed(self, link: Link) -> None:
        """Forget a link."""
        self._links.discard(link)

    def granted(self, grant: Grant) -> None:
        """Take over the plan of the newest grant, for what runs too."""
        is_new = grant.plan != self.plan
        if is_new:
            self.plan = grant.plan
            kept_plan.write(self.config.plan, grant.plan)  # else a successor follows the one before
            self._follow_plan()
            self._is_limited = False
        if not self._is_limited and self.sandbox.wanted():
            self._is_limited = True
            self.spawn(self._change_limits(is_new=is_new))

    def _follow_plan(self) -> None:
        """Hold to the plan what the keeper itself sees to, consoles that are there included."""
        self.way_out.allow()
        limits = self.config.log_limits.within(self.plan.log_bytes)
        self.consoles.limit_logs(limits)
        self._logs.limit(limits)

    async def _change_limits(self, *, is_new: bool) -> None:
        """Have the supervisor apply the plan; tried again with the next grant when it fails.

        One after the other, each the newest: else an older plan could be the last to arrive. What
        of a new one waits for the next start is told.
        """
        async with self._limiting:
            try:
                notes = await supervisor.change_limits(
                    self.config.supervisor_socket, self.workspace, self.plan
                )
            except IdeError:
                self._is_limited = False
                return
        for note in notes if is_new else ():
            self.notice("info", note)

    def _sandbox_started(self, started: Started) -> None:
        self.way_out.allow()
        if self.life.started():
            self.telling.files_may_have_changed()  # pages that were refused them look again
        for note in started.notes:
            self.notice("warning", note)

    async def _ask_for_usage(self) -> dict[str, Any]:
        return await supervisor.ask(self.config.supervisor_socket, "usage", self.config.workspace)

    # Consoles.

    def console_changed(self, console: Console) -> None:
        """Tell the change soon."""
        self.telling.console_changed(console)

    def notice(self, level: str, text: str, about: str = "") -> None:
        """Tell everybody attached a sentence."""
        self.telling.notice(level, text, about)

    def notice_next(self, level: str, text: str, about: str) -> None:
        """Tell it also whoever attaches within seconds: a page that is just opening."""
        self.telling.notice_next(level, text, about)

    def save(self, record: Record) -> bool:
        """Write to the journal; false when the disk takes nothing (tried again later)."""
        return self.consoles.save(record)

    def session_over(self, console: Console) -> None:
        """End the card of what ran, and have bells ring that waited for it."""
        self.cards.session_over(console)
        self.bells.session_over(console)

    def may_read(self, count: int) -> bool:
        """Whether a console that nobody watches may go on after `count` bytes."""
        return self._budget.take(count)

    def keep_logs_soon(self) -> None:
        """Sync logs, compress what is due, hold them to their caps; save what is not saved."""
        if self._mending.look():
            say("journal mended", workspace=self.workspace, text=MENDED)
            self.notice("warning", MENDED)
        self._lock.look()
        self.consoles.save_what_is_not_saved()
        self.spawn(self._logs.round())

    async def drop(self, console: Console) -> None:
        """Forget a console and its log."""
        self.sessions.forget(console)
        self.cards.removed(console)
        for viewer in list(console.viewers.all):
            viewer.link.drop(viewer, ErrorCode.GONE, "This console was removed.")
        self.bells.forget(console)
        self.consoles.remove(console)
        await self._logs.remove(console)
        self.telling.console_changed(console)

    # Looking.

    def _parts(self) -> Iterator[Part]:
        """Yield what is looked after in one round."""
        now = time.monotonic()
        if self._leave and not self.consoles.running() and not self._letters_wait():
            self._rounds.end()
            yield self._leave
            return
        self._held = False
        for link in list(self._links):
            yield partial(link.look, now)
        for console in list(self.consoles.values()):
            yield console.look
            yield partial(self._hold, console)
        yield from (self.waits.look, self.bells.look, self.life.look)
        if now - self._disk_seen_at >= _DISK_SECONDS:
            self._disk_seen_at = now
            yield self._logs.look
        if now - self._kept_at >= _KEEP_SECONDS:
            self._kept_at = now
            yield self.keep_logs_soon
        yield self._measure

    def _hold(self, console: Console) -> None:
        self._held = console.hold.look() or self._held

    def _measure(self) -> None:
        busy = any(console.occupation.busy for console in self.consoles.values())
        if self.usage.is_due(watched=bool(self._links), busy=busy):
            self.spawn(self.usage.measure())

    def _is_watched(self) -> bool:
        """Whether to look often."""
        return self._held or bool(self._links) or self.bells.is_watching
