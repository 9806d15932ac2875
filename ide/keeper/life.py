"""The life of the workspace's sandbox, which the keeper outlives: stopped, asleep, started again.

The supervisor ends it; when, and why, is known here alone, and stands in each console's ending.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from ide.errors import IdeError, StoppedError
from ide.guard.plan import Plan
from ide.keeper import giving_back, idleness, supervisor
from ide.keeper.agent import AgentClient
from ide.keeper.config import Config
from ide.keeper.consoles import Consoles
from ide.keeper.countdown import GRACE_SECONDS, Countdown, in_words
from ide.keeper.reasons import LimitReached, Why
from ide.keeper.sandbox import SandboxHold
from ide.keeper.sessions import Sessions

BY_USER: Final = Why("stopped", "You stopped this workspace.")
TO_RESTART: Final = Why("stopped", "You restarted this workspace.")
_LIFETIME, _SLEEP = "lifetime", "sleep"
"""What announcements are about, and the names of the limits."""
_AGAIN: Final = "Start again goes on in the same folder."
_WOKEN: Final = (
    "This workspace was asleep and was started again for your files."
    " Consoles stay ended until Start again."
)


class Host(Protocol):
    """The keeper, as far as it matters here."""

    plan: Plan

    def notice(self, level: str, text: str, about: str = "") -> None:
        """Tell everybody attached a sentence, in place of the last one about the same."""

    def notice_next(self, level: str, text: str, about: str) -> None:
        """Tell it also whoever attaches within seconds."""

    def spawn(self, work: Coroutine[Any, Any, Any]) -> object:
        """Run `work` as a task that ends with the keeper."""


class Life:
    """Ends the sandbox when its owner wants, its lifetime is over, or nothing is left in it.

    The next need of one starts another. `clock` is monotonic.
    """

    def __init__(
        self,
        host: Host,
        config: Config,
        consoles: Consoles,
        sandbox: SandboxHold,
        sessions: Sessions,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host, self._config, self._clock = host, config, clock
        self._consoles, self._sandbox, self._sessions = consoles, sandbox, sessions
        self._used_at = clock()
        self._looking = False
        self.rests: Why | None = None
        """Why the last sandbox was ended on purpose, until another one runs."""
        self._woken: Why | None = None
        self._ending = asyncio.Lock()
        self._to_sleep, self._to_end = Countdown(GRACE_SECONDS), Countdown(600.0, GRACE_SECONDS)

    async def end(self, why: Why) -> None:
        """End every program of the workspace, because of `why`. Files and output stay.

        Returns when each console says so. Raises UnavailableError; then nothing may have ended.
        """
        async with self._ending:
            await self._end(why)

    async def _end_by_itself(self, agent: AgentClient, why: Why) -> None:
        """End the sandbox of `agent`, unless somebody else has ended it meanwhile."""
        async with self._ending:
            if self._sandbox.running() is agent:
                await self._end(why)

    async def _end(self, why: Why) -> None:
        async def ask() -> None:
            await supervisor.ask(self._config.supervisor_socket, "sleep", self._config.workspace)
            self.rests = why  # while no other can start

        self._sessions.why = why
        try:
            await self._sandbox.end(ask)
        finally:
            self._sessions.why = None

    async def settled(self) -> None:
        """Return when no end is under way, after which something would be started again."""
        async with self._ending:
            pass

    def is_stopped(self) -> bool:
        """Whether the owner stopped the workspace, which then starts for what they do alone."""
        return self.rests is BY_USER and not self._sandbox.wanted()

    def check_may_look(self) -> None:
        """Raise StoppedError when nothing is to be started for somebody who only looks."""
        if self.is_stopped():
            raise StoppedError("You stopped this workspace; its files are all there.")

    def started(self) -> bool:
        """Note that a sandbox runs; return whether one had been ended on purpose before."""
        rested, self.rests = self.rests, None
        return rested is not None

    def woken(self, rested: Why | None) -> None:
        """Say that a page has had the workspace started which rested for that reason, once."""
        if rested and rested.limit and rested is not self._woken:
            self._woken = rested
            self._host.notice_next("info", _WOKEN, "woken")

    async def free(self) -> int:
        """Give back memory that is only kept to be quick; return how many bytes that were."""
        freed = await giving_back.by_keeper(self._consoles.values())
        if agent := self._sandbox.running():
            freed += await giving_back.by_agent(agent)
            answer = await supervisor.ask(
                self._config.supervisor_socket, "reclaim", self._config.workspace
            )
            freed += int(answer["freed"])
        return freed

    # By itself.

    def used(self) -> None:
        """Note that somebody does something with the workspace."""
        self._used_at = self._clock()

    def look(self) -> None:
        """Do what is due, in a task: the agent and the supervisor may have to be asked."""
        if (agent := self._sandbox.running()) is None:
            self._call_off(self._to_sleep, _SLEEP)
            self._call_off(self._to_end, _LIFETIME)
        elif not self._looking:
            self._looking = True
            self._host.spawn(self._look(agent))

    def _call_off(self, countdown: Countdown, about: str) -> None:
        """Have an end not come, and take back what was announced of it."""
        if countdown.is_on:
            self._host.notice("warning", "", about)
        countdown.stop()

    async def _look(self, agent: AgentClient) -> None:
        try:
            started = await self._sandbox.origin()
            plan = self._host.plan
            if plan.lifetime_seconds:
                await self._look_whether_over(agent, plan.lifetime_seconds, started.at)
            else:
                self._call_off(self._to_end, _LIFETIME)
            if plan.sleep_seconds:
                await self._look_whether_asleep(agent, plan.sleep_seconds)
            else:
                self._call_off(self._to_sleep, _SLEEP)
        except IdeError:
            return  # whoever must be asked is away: next time
        finally:
            self._looking = False

    async def _look_whether_over(
        self, agent: AgentClient, lifetime: int, started_at: float
    ) -> None:
        now, end_at = self._clock(), started_at + lifetime
        length = in_words(lifetime)
        if (left := self._to_end.announce(now, end_at, _grace(lifetime))) is not None:
            self._host.notice(
                "warning",
                f"In {in_words(left)} this workspace is stopped: its plan lets programs run for"
                f" {length}. Files and output stay.",
                _LIFETIME,
            )
        if self._to_end.is_over(now, end_at, _grace(lifetime)):
            reached = LimitReached(_LIFETIME, int(now - started_at), lifetime)
            cause = f"Ended by the lifetime of its plan, {length}. {_AGAIN}"
            await self._end_by_itself(agent, Why("limit", cause, reached))

    async def _look_whether_asleep(self, agent: AgentClient, after: int) -> None:
        running = self._consoles.running()
        if not idleness.is_left_alone(running):
            self.used()
        used_at = max([self._used_at, *(console.used_at for console in running)])
        now, end_at, grace = self._clock(), used_at + after, _grace(after)
        if now < end_at - grace:
            self._call_off(self._to_sleep, _SLEEP)
            return
        if self._to_sleep.is_on and not self._to_sleep.is_over(now, end_at, grace):
            return
        if await idleness.runs_something(agent):
            self.used()
            return
        if (left := self._to_sleep.announce(now, end_at, grace)) is not None:
            self._host.notice(
                "warning",
                f"In {in_words(left)} this workspace goes to sleep, because nothing but idle shells"
                " is left in it. A key in one of them keeps it awake.",
                _SLEEP,
            )
        # Once more: a key may have come while the agent was asked.
        alone = idleness.is_left_alone(running) and used_at >= self._used_at
        alone = alone and all(console.used_at <= used_at for console in running)
        if alone and self._to_sleep.is_over(now, end_at, grace):
            reached = LimitReached(_SLEEP, int(now - used_at), after)
            length = in_words(after)
            cause = f"Put to sleep after {length} with nothing but idle shells. {_AGAIN}"
            await self._end_by_itself(agent, Why("stopped", cause, reached))


def _grace(whole: float) -> float:
    """Return how long before the end the last announcement is made."""
    return min(GRACE_SECONDS, whole / 2)
