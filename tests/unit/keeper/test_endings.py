"""What an end is blamed on: a limit only where it may have been one, and nobody where it may."""

import asyncio
import time
from types import SimpleNamespace

from ide.keeper import endings as module
from ide.keeper.endings import Endings
from ide.keeper.reasons import LimitReached
from ide.keeper.rises import Rise
from ide.keeper.sample import Victim

KILLED = ("signal", 9)


class Usage:
    """Knows everything at once."""

    limit_ended = None
    since_when = 0.0

    async def since(self, _moment, _seconds):
        return object()


def console(leader=0):
    record = SimpleNamespace(id="c", kind="run")
    return SimpleNamespace(record=record, session=SimpleNamespace(leader=lambda: leader))


def rise(name, *sessions):
    now = time.monotonic()
    return Rise(
        since=now - 1, until=now + 1, left=1, limit=LimitReached(name, 1, 1), by_machine=False,
        victims=[Victim(session, "hog", 1) for session in sessions], cause="Ended by it.",
    )  # fmt: skip


def told(story):
    """Run `story` with an `Endings`; return the notices and what it returns."""
    notices = []

    async def run():
        loop, consoles = asyncio.get_running_loop(), SimpleNamespace(running=list)
        usage = Usage()
        usage.said = asyncio.Event()

        def notice(_level, text):
            notices.append(text)
            usage.said.set()

        return await story(Endings(loop, consoles, usage, notice), usage)

    return notices, asyncio.run(run())


def test_the_disk_limit_is_blamed_by_those_alone_whom_it_ended():
    async def story(it, usage):
        usage.limit_ended(rise("disk", 50))
        others = [await it.why_lost(), await it.why(console(), *KILLED, time.time())]
        others.append(await it.why(console(60), *KILLED, time.time()))
        return others, await it.why(console(50), *KILLED, time.time())

    _, (others, its) = told(story)
    assert [one.how for one in others] == ["lost", "signal", "signal"]
    assert its.limit.name == "disk"


def test_an_end_that_is_heard_of_late_is_not_said_to_be_none_of_the_limits(monkeypatch):
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.0)

    async def story(it, usage):
        before = await it.why(console(), *KILLED, time.time())
        usage.limit_ended(rise("memory"))
        await asyncio.wait_for(usage.said.wait(), 20)  # by now it was said of another program
        return before, await it.why(console(), *KILLED, time.time()), await it.why_lost()

    notices, (before, late, lost) = told(story)
    assert before.cause.endswith("not a limit.")
    assert notices == ["A program of this workspace: ended by it."]
    assert late.cause.endswith("could not be found out.")
    assert lost is None


def test_who_asked_for_ends_that_never_came_is_forgotten(monkeypatch):
    monkeypatch.setattr(module, "ASKED_SECONDS", 0.0)

    async def story(it, _usage):
        for number in range(9):
            it.asked(str(number), "kill")
        return len(it._asked)

    assert told(story)[1] == 1
