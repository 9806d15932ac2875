"""Why a program ended: because a person asked, by a limit, or by a signal from nobody we know.

Limits are told from other signals by the supervisor's count of what they have ended. What cannot be
known is said so, never guessed.
"""

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.killed import console_of
from ide.keeper.reasons import LimitReached, Why, full_sentence, memory_sentence
from ide.keeper.rises import Rise
from ide.keeper.usage import Usage

KNOWN_SECONDS: Final = 2.5
"""So long the end of a killed session waits for the supervisor to say whether a limit did it."""
ASKED_SECONDS: Final = 10.0
"""What ends later than this after somebody asked for it has another reason."""
LATE_SECONDS: Final = 5.0
"""So long after a limit's kill was noticed may its exit be heard of."""
MAX_RISES: Final = 16
QUIET_SECONDS: Final = 60.0
"""A server whose helpers are ended again and again is told of once in so long."""
SETTLE_SECONDS: Final = 1.0
"""Exits of consoles that come within this time are what the limit ended; then others are sought."""
_SIGKILL: Final = int(signal.SIGKILL)
_SIGXFSZ: Final = int(signal.SIGXFSZ)
_KILLED_STATUS: Final = 128 + _SIGKILL
"""What a shell exits with whose last command was killed."""
_BY_PERSON: Final = {
    "kill": ({signal.SIGKILL}, "You killed it."),
    "hangup": ({signal.SIGHUP, signal.SIGTERM, signal.SIGKILL}, "You ended it."),
    "stop": ({signal.SIGTERM, signal.SIGKILL}, "You stopped it."),
}
_NOBODY: Final = "Killed by a signal (SIGKILL). A program sent it, not a limit."
_LOST: Final = "The sandbox ended by itself or was killed, not by a limit."
_UNKNOWN: Final = "Killed by a signal (SIGKILL); whether a limit sent it could not be found out."


class Endings:
    """Remembers who asked for an end, and finds out about the others."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        consoles: Consoles,
        usage: Usage,
        notice: Callable[[str, str], None],
    ) -> None:
        """`notice` tells every page a sentence: its level, its text."""
        self._loop, self._consoles, self._usage = loop, consoles, usage
        self._notice = notice
        self._rises: list[Rise] = []
        usage.limit_ended = self._limit_ended
        self.limit_took: Callable[[Console], None] = lambda _console: None
        """Told of a console in which a limit ended a program, other than the session's leader."""
        self._said: tuple[str, float] = ("", float("-inf"))
        """Of which program of no console was told last, and when."""
        self._asked: dict[str, tuple[str, float]] = {}
        self._signalled: dict[int, float] = {}
        """Processes that a person ended, by their start, and when."""

    # What people ask for.

    def asked(self, console: str, how: str) -> None:
        """Note that somebody asked for a session's end: "kill", "hangup" or "stop"."""
        now = self._loop.time()
        self._asked = {
            name: one for name, one in self._asked.items() if now - one[1] < ASKED_SECONDS
        }
        self._asked[console] = (how, now)

    def signalled(self, started_ticks: int) -> None:
        """Note that somebody ended a process of the workspace."""
        now = self._loop.time()
        self._signalled = {
            one: at for one, at in self._signalled.items() if now - at < ASKED_SECONDS
        }
        self._signalled[started_ticks] = now

    # What has ended.

    async def why(self, console: Console, how: str, status: int, at: float) -> Why | None:
        """Return why a session ended `at` (seconds since the epoch).

        None when `how` and `status` say all there is.
        """
        began = self._loop.time()
        ended = began - max(0.0, time.time() - at)
        request, asked_at = self._asked.pop(console.record.id, ("", 0.0))
        if request and how == "signal" and began - asked_at <= ASKED_SECONDS:
            signals, cause = _BY_PERSON[request]
            if status in signals:
                return Why(how, cause)
        if (how, status) == ("signal", _SIGXFSZ):
            return await self._why_no_write(began)
        is_run = console.record.kind == "run"  # its shell ends with what it ran
        if (how, status) != ("signal", _SIGKILL) and not (
            is_run and (how, status) == ("exit", _KILLED_STATUS)
        ):
            return None
        known = await self._knows_since(ended, began)
        if rise := self._claim(ended, console):
            return _by_limit(rise)
        if how == "exit":
            return None
        return Why(how, _NOBODY if known and not self._was_sought(ended) else _UNKNOWN)

    async def _why_no_write(self, began: float) -> Why | None:
        """Return why a program ended that was not let write and took it for no error."""
        sample = await self._usage.since(began, KNOWN_SECONDS)
        disk = sample.told["disk"] if sample else None
        if not disk or not disk["full"]:
            return None  # a limit of file sizes, perhaps its own
        space, files = (disk["used"], disk["limit"]), (disk["files"], disk["files_limit"])
        return Why("limit", full_sentence(space, files), LimitReached("disk", *space))

    async def look(self) -> None:
        """Have what limits ended until now counted, so that what comes is known as new."""
        await self._usage.measure()

    async def why_lost(self) -> Why | None:
        """Return why the whole sandbox has just ended, None when nobody knows."""
        began = self._loop.time()
        if not await self._knows_since(began, began):
            return None
        if rise := self._claim(began):
            return _by_limit(rise)
        return None if self._was_sought(began) else Why("lost", _LOST)

    async def _knows_since(self, ended: float, heard: float) -> bool:
        """Whether the supervisor's counts before and after are known, in loop time.

        What ended before our first look, under the keeper before, no difference of counts shows.
        """
        after = await self._usage.since(heard, KNOWN_SECONDS)
        return after is not None and self._usage.since_when <= ended

    def _claim(self, at: float, console: Console | None = None) -> Rise | None:
        """Return the rise in which a limit ended what ended `at`, and count it off.

        Where it is known for certain whom the limit ended, `console` has to be one of them.
        """
        leader = console.session.leader() if console and console.session else 0
        for rise in self._rises:
            meant = not rise.certain or any(one.session == leader for one in rise.victims)
            if rise.left > 0 and meant and _is_of(rise, at):
                rise.left -= 1
                return rise
        return None

    def _was_sought(self, at: float) -> bool:
        """Whether a limit ended something then that was said of another program by now.

        Of an end that we hear of late, as of a workspace short of processor time, it may be.
        """
        return any(one.sought and not one.certain and _is_of(one, at) for one in self._rises)

    def _limit_ended(self, rise: Rise) -> None:
        """Hear that limits ended programs; seek their consoles once it is known who led one."""
        self._rises = [*self._rises[1 - MAX_RISES :], rise]
        self._loop.call_later(SETTLE_SECONDS, self._seek, rise)

    def _seek(self, rise: Rise) -> None:
        if rise.left <= 0:
            return
        rise.left, rise.sought = 0, True
        victim = rise.victims[-1] if rise.victims else None
        if victim and victim.started_ticks in self._signalled:
            return
        console, command = console_of(self._consoles, rise, victim)
        if console is None:
            self._tell(rise, command)
            return
        # Of a machine that had no more there is no limit to tell.
        limit = replace(rise.limit, limit=0) if rise.by_machine else rise.limit
        console.record.lose_program(command, limit, time.time())
        self.limit_took(console)
        console.changed()

    def _tell(self, rise: Rise, command: str) -> None:
        """Tell every page of a program of no console, but not of the same one all the time."""
        now, (last, at) = self._loop.time(), self._said
        if command == last and now - at < QUIET_SECONDS:
            return
        self._said = (command, now)
        self._notice("warning", _of_workspace(rise, command))


def _is_of(rise: Rise, at: float) -> bool:
    """Whether what ended `at`, as we hear of it, may have ended in `rise`."""
    return rise.since <= at <= rise.until + LATE_SECONDS


def _by_limit(rise: Rise) -> Why:
    return Why("limit", _sentence(rise), rise.limit)


def _sentence(rise: Rise) -> str:
    return rise.cause or memory_sentence(rise.limit, by_machine=rise.by_machine)


def _of_workspace(rise: Rise, command: str) -> str:
    sentence = _sentence(rise)
    name = f"“{command}”" if command else "A program"
    return f"{name} of this workspace: {sentence[0].lower()}{sentence[1:]}"
