"""Ends that come at the same moment: each for its own reason, and none for a sandbox too late."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

from ide.guard.plan import Plan
from ide.keeper.life import BY_USER, TO_RESTART, Life


class Machine:
    """A host, a sandbox and its sessions; `ends` is why each end began and went on."""

    def __init__(self):
        self.plan = replace(Plan(), lifetime_seconds=10)
        self.sessions = SimpleNamespace(why=None)
        self.now, self.ends, self.notices, self.tasks = 0.0, [], [], []
        self.agent = object()
        self.may_end = asyncio.Event()
        self.life = Life(self, None, {}, self, self.sessions, clock=lambda: self.now)

    def notice(self, _level, text, about=""):
        self.notices.append((about, text))

    def spawn(self, work):
        self.tasks.append(asyncio.create_task(work))

    def running(self):
        return self.agent

    async def origin(self):
        return SimpleNamespace(at=0.0)

    async def end(self, _ask):
        self.ends.append(self.sessions.why)
        await asyncio.sleep(0)
        await self.may_end.wait()
        self.ends.append(self.sessions.why)
        self.agent = object()  # somebody needs the next one at once

    async def look_at(self, now):
        self.now = now
        self.life.look()
        await asyncio.sleep(0)


def test_two_ends_at_once_have_a_reason_each():
    async def both():
        machine = Machine()
        machine.may_end.set()
        await asyncio.gather(machine.life.end(BY_USER), machine.life.end(TO_RESTART))
        return machine

    machine = asyncio.run(both())
    assert machine.ends == [BY_USER, BY_USER, TO_RESTART, TO_RESTART]
    assert machine.sessions.why is None


def test_a_lifetime_that_is_over_does_not_end_the_sandbox_that_was_started_meanwhile():
    async def meet():
        machine = Machine()
        await machine.look_at(100)
        await asyncio.gather(*machine.tasks)
        assert len(machine.notices) == 1
        user = asyncio.create_task(machine.life.end(BY_USER))
        await machine.look_at(200)
        machine.may_end.set()
        await asyncio.gather(user, *machine.tasks)
        return machine

    assert asyncio.run(meet()).ends == [BY_USER, BY_USER]


def test_it_does_end_what_runs():
    async def over():
        machine = Machine()
        machine.may_end.set()
        await machine.look_at(100)
        await asyncio.gather(*machine.tasks)
        await machine.look_at(200)
        await asyncio.gather(*machine.tasks)
        return machine

    assert [why.how for why in asyncio.run(over()).ends] == ["limit", "limit"]


def test_what_was_announced_is_taken_back_when_the_end_does_not_come():
    async def put_off():
        machine = Machine()
        await machine.look_at(1.0)
        await asyncio.gather(*machine.tasks)
        machine.plan = replace(machine.plan, lifetime_seconds=0)
        for moment in (2.0, 3.0):
            await machine.look_at(moment)
            await asyncio.gather(*machine.tasks)
        return machine.notices

    (about, said), *others = asyncio.run(put_off())
    assert about == "lifetime"
    assert "this workspace is stopped" in said
    assert others == [("lifetime", "")]
