"""Who attaches again and again costs no more than who attaches once."""

import asyncio
from types import SimpleNamespace

from ide.keeper.viewer import Viewer
from ide.keeper.viewers import Viewers
from ide.keeper.wishes import Snapshot, Wishes
from tests.waiting import wait_until_async


def test_who_leaves_waits_for_no_snapshot_any_more():
    async def work() -> None:
        wishes: list[asyncio.Future] = []

        def wish() -> asyncio.Future:
            wishes.append(asyncio.get_running_loop().create_future())
            return wishes[-1]

        console = SimpleNamespace(
            lost=None,
            record=SimpleNamespace(epoch="e", state="running"),
            log=SimpleNamespace(start=0, head=1_000_000),
            screen=SimpleNamespace(
                open=lambda **_: SimpleNamespace(snapshot=wish),
                put_away=lambda: None,
            ),
            marks=None,
        )
        viewers = Viewers(asyncio.get_running_loop(), console)
        for number in range(3):
            viewer = Viewer(SimpleNamespace(snapshots=asyncio.Semaphore()), 1, console, "page")
            viewers.attach(viewer, None, None)
            await wait_until_async(lambda count=number: len(wishes) > count)
            viewers.remove(viewer)
        await wait_until_async(lambda: not viewers._tasks)
        assert all(wish.cancelled() for wish in wishes)

    asyncio.run(work())


def test_many_wishes_wake_the_loop_once():
    async def work() -> None:
        calls: list[tuple] = []
        wishes = Wishes(asyncio.get_running_loop(), lambda *call: calls.append(call))
        futures = [wishes.add() for _ in range(1000)]
        snapshot = Snapshot(0, 80, 24, 0, 0, b"")
        futures[0].cancel()
        wishes.grant(999, snapshot)
        wishes.refuse(1, "no")
        ((give, *given), (refuse, *refused)) = calls
        give(*given)
        refuse(*refused)
        assert {future.result() for future in futures[1:999]} == {snapshot}
        assert str(futures[999].exception()) == "no"

    asyncio.run(work())
