"""Plans that come one upon the other: the newest is what holds in the end."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

from ide.guard.plan import Plan
from ide.keeper import supervisor
from ide.keeper.keeper import Keeper


def test_a_plan_is_not_overtaken_by_the_one_before(monkeypatch):
    first, second = Plan(), replace(Plan(), processes=7)
    arrived, asked = [], []

    async def change_limits(_socket, _workspace, plan):
        asked.append(plan)
        if len(asked) == 1:  # slow on its way
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        arrived.append(plan)
        return []

    async def both():
        keeper = SimpleNamespace(
            plan=first,
            config=SimpleNamespace(supervisor_socket=None),
            workspace="",
            _limiting=asyncio.Lock(),
        )
        one = asyncio.create_task(Keeper._change_limits(keeper, is_new=True))
        await asyncio.sleep(0)
        keeper.plan = second
        await asyncio.gather(one, Keeper._change_limits(keeper, is_new=True))

    monkeypatch.setattr(supervisor, "change_limits", change_limits)
    asyncio.run(both())
    assert arrived == [first, second]
