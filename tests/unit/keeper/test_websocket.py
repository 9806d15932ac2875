"""The keeper's end of a browser's WebSocket, against a browser that means no good."""

import asyncio
import socket
import tracemalloc

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping, Pong

from ide.keeper import websocket
from ide.keeper.websocket import WebSocket
from tests.waiting import wait_until_async

MIB = 1024 * 1024


class Receiver:
    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.lost = False

    def message_came(self, message: bytes) -> None:
        self.messages.append(message)

    def room_again(self) -> None:
        """Nothing waits."""

    def connection_lost(self) -> None:
        self.lost = True


@pytest.fixture
def run():
    """Run `work(browser's end, keeper's end, receiver)` in a loop that tells of no error."""

    def run_in_loop(work) -> None:
        async def inside() -> None:
            errors: list[dict] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, told: errors.append(told))
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            receiver = Receiver()
            end = WebSocket(asyncio.get_running_loop(), theirs, lambda _: receiver)
            with ours:
                await asyncio.wait_for(work(ours, end, receiver), 30)
            end.close()
            assert not errors

        asyncio.run(inside())

    return run_in_loop


async def pongs_until(browser: socket.socket, last: bytes) -> int:
    """How many pongs come up to the one with this payload."""
    protocol, count = Connection(ConnectionType.CLIENT), 0
    while True:
        protocol.receive_data(await asyncio.get_running_loop().sock_recv(browser, 65536))
        for event in protocol.events():
            assert isinstance(event, Pong)
            count += 1
            if bytes(event.payload) == last:
                return count


GOODBYE = Connection(ConnectionType.CLIENT).send(CloseConnection(1000))
NONSENSE = b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("first", [GOODBYE, NONSENSE], ids=["goodbye", "nonsense"])
def test_what_comes_after_a_goodbye_or_nonsense_takes_no_memory(run, first, monkeypatch):
    monkeypatch.setattr(websocket, "GOODBYE_SECONDS", 60)

    async def work(browser, end, receiver) -> None:
        browser.send(first)
        await wait_until_async(lambda: end._closing)
        tracemalloc.start()
        try:
            await asyncio.get_running_loop().sock_sendall(browser, bytes(16 * MIB))
            assert tracemalloc.get_traced_memory()[1] < 18 * MIB  # 16 are what is sent
        finally:
            tracemalloc.stop()
        assert not receiver.messages
        assert not end.closed

    run(work)


def test_many_pings_are_few_pongs_and_a_turn_has_its_limit(run):
    pings = Connection(ConnectionType.CLIENT).send(Ping(b"")) * 10_000

    async def work(browser, _end, _receiver) -> None:
        assert browser.send(pings) == len(pings)
        browser.send(Connection(ConnectionType.CLIENT).send(Ping(b"last")))
        assert len(pings) / (16 * 1024) <= await pongs_until(browser, b"last") < 20

    run(work)


def test_a_goodbye_that_nobody_reads_is_cut_short(run):
    async def work(browser, end, receiver) -> None:
        while end.buffered < MIB:
            end.send(bytes(64 * 1024))
        end.goodbye(1012, "The server restarts.")
        await wait_until_async(lambda: receiver.lost)
        assert end.closed
        with pytest.raises(BrokenPipeError):
            browser.send(b"x")

    run(work)
