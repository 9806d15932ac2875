"""The grid asks a program to draw anew, once for all who want it at a time."""

import asyncio
from types import SimpleNamespace

from ide.keeper import grid as grids
from ide.keeper.grid import Grid
from tests.waiting import wait_until_async


def test_who_draws_anew_twice_is_told_the_right_size_once_and_no_more_after_its_end(monkeypatch):
    monkeypatch.setattr(grids, "REDRAW_SECONDS", 0.01)
    told: list[tuple[int, int]] = []
    session = SimpleNamespace(resize=lambda cols, rows, *_: told.append((cols, rows)))
    console = SimpleNamespace(record=SimpleNamespace(cols=80, rows=24), session=session)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        grid = Grid(loop, console)
        grid.draw_anew()
        grid.draw_anew()
        await wait_until_async(lambda: told.count((80, 24)) > 0)
        assert told == [(80, 23), (80, 23), (80, 24)]
        grid.draw_anew()
        grid.draw_anew()
        grid.close()
        later = loop.create_future()
        loop.call_later(0.05, later.set_result, None)
        await later
        assert told.count((80, 24)) == 1

    asyncio.run(work())
