"""What share of a processor a process takes: measured over a while, and kept when one is ended."""

import asyncio
from types import SimpleNamespace

import pytest

from ide.keeper import processes as module
from ide.keeper.processes import Processes


class Agent:
    """Lists one process that takes `used` microseconds of a processor in all."""

    used = 0

    async def ask(self, _op, **_more):
        return {}


@pytest.fixture
def agent(monkeypatch):
    agent, clock = Agent(), SimpleNamespace(now=1000.0)
    agent.clock = clock

    async def asked(_agent):
        one = {
            "pid": 5, "parent": 1, "cpu_usec": agent.used, "memory": 1, "start": 7,
            "command": "spin", "started": 1.0, "console": None, "kind": "detached",
        }  # fmt: skip
        return {"processes": [one], "more": False}

    monkeypatch.setattr(module, "_asked", asked)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return agent


def test_a_share_is_measured_over_a_while_and_stands_until_the_next(agent):
    sandbox = SimpleNamespace(running=lambda: agent)
    processes = Processes(sandbox, {}, SimpleNamespace(signalled=lambda _start: None))

    async def share_after(seconds, used):
        agent.clock.now += seconds
        agent.used += used
        (one,) = (await processes.list())["processes"]
        return one["cpu_percent"]

    async def go():
        assert await share_after(0, 0) is None
        assert await share_after(2, 1_000_000) == 50.0
        assert await share_after(0.3, 300_000) == 50.0, "still fresh"
        await processes.signal(await processes.find(5, None), "TERM")
        assert await share_after(0.01, 10_000) == 50.0, "looked at anew, over too short a time"
        assert await share_after(2, 2_000_000) == 100.0

    asyncio.run(go())
