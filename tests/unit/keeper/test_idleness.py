"""Whether anything runs is what the agent says, and only 0 in so many words is nothing."""

import asyncio

import pytest

from ide.errors import BadRequestError, UnavailableError
from ide.keeper.idleness import runs_something


class Agent:
    def __init__(self, said):
        self._said = said

    async def ask(self, op):
        assert op == "others"
        if isinstance(self._said, Exception):
            raise self._said
        return {"ok": True, **self._said}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"others": 3},
        {"others": -1},
        {"others": "0"},
        {"others": None},
        BadRequestError("no such op; this agent may be older than its keeper"),
        UnavailableError("The sandbox does not answer."),
    ],
)
def test_whatever_is_not_clearly_nothing_keeps_it_awake(said):
    assert asyncio.run(runs_something(Agent(said)))


def test_nothing_is_nothing():
    assert not asyncio.run(runs_something(Agent({"others": 0})))
