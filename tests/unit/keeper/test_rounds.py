"""One part of a round that fails keeps no other from its turn, and no round from coming."""

import asyncio

from ide.keeper.rounds import Rounds


def test_a_part_that_fails_keeps_no_other_from_its_turn_and_ends_no_rounds(monkeypatch):
    monkeypatch.setattr("ide.keeper.rounds.OFTEN_SECONDS", 0.01)
    looked, logged = [], []
    third = asyncio.Event()

    def fails():
        raise KeyError("gone")

    def looks():
        looked.append(1)
        if len(looked) == 3:
            third.set()

    async def come_round():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: logged.append(context))
        rounds = Rounds(loop, lambda: [fails, looks], lambda: True)
        rounds.begin()
        async with asyncio.timeout(10):
            await third.wait()
        rounds.end()

    asyncio.run(come_round())
    assert len(logged) == 1, "said once, not with each round"
    assert isinstance(logged[0]["exception"], KeyError)


def test_what_ends_the_rounds_within_one_has_no_other_come():
    async def leave():
        loop = asyncio.get_running_loop()
        left = []
        rounds = Rounds(loop, lambda: [rounds.end, lambda: left.append(1)], lambda: False)
        rounds.now()
        rounds.soon()
        return left, rounds._timer

    assert asyncio.run(leave()) == ([1], None)
