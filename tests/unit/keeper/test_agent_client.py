"""The keeper's end of the agent's connection."""

import asyncio
import json
import os
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


def test_fds_that_come_while_it_gives_up_are_closed():
    async def story() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        loop = asyncio.get_running_loop()
        client = AgentClient(loop, ours, Listener())
        spawning = asyncio.create_task(client.spawn_session("c"))
        await asyncio.sleep(0)
        asked = json.loads(theirs.recv(65536))
        read, write = os.pipe()
        socket.send_fds(theirs, [json.dumps({"id": asked["id"], "ok": True}).encode()], [write])
        os.close(write)
        loop.remove_reader(ours.fileno())
        client._channel._readable()  # in the step of the loop in which the time is over
        spawning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await spawning
        os.set_blocking(read, False)
        assert os.read(read, 1) == b""  # nobody has the other end open any more
        os.close(read)
        client.close()
        theirs.close()

    asyncio.run(story())
