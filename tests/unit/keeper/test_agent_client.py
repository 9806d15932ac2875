"""The keeper's end of the agent's connection."""

import asyncio
import socket

import pytest

from ide.errors import UnavailableError
from ide.keeper.agent import AgentClient


class Listener:
    def __init__(self) -> None:
        self.lost = 0

    def agent_lost(self) -> None:
        self.lost += 1


def test_who_asks_an_agent_that_just_died_also_tells_that_it_is_lost():
    async def ask() -> int:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener = Listener()
        client = AgentClient(asyncio.get_running_loop(), ours, listener)
        theirs.close()
        with pytest.raises(UnavailableError, match="has ended"):
            await client.ask("files")
        assert client.closed
        return listener.lost

    assert asyncio.run(ask()) == 1
