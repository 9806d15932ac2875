"""Connections that say nothing: closed after their time, and not before."""

import asyncio
import contextlib
import socket
import time
from unittest.mock import Mock

import pytest
from wsproto import connection as websocket
from wsproto.connection import ConnectionType

from ide.guard.grant import Grant, Right
from ide.keeper import web_connection
from ide.keeper.connection import UnixConnection
from ide.keeper.link import Link
from ide.keeper.web_connection import WebConnection
from ide.wire import frames, stream
from ide.wire.frames import COME_BACK, Kind
from ide.wire.limits import DEAD_AFTER_SECONDS, HIDDEN_DEAD_AFTER_SECONDS

GRANT = Grant("login", "alice", "w", frozenset(Right), time.time() + 60)
WAIT_SECONDS = 30


@pytest.fixture
def keeper():
    return Mock(workspace="w", consoles={})


@pytest.fixture
def short_grant_time(monkeypatch):
    monkeypatch.setattr(web_connection, "GRANT_SECONDS", 0.05)


@contextlib.contextmanager
def connected(keeper):
    """Return the web's end of a connection to `keeper`."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    loop = asyncio.get_running_loop()

    def receiver(connection):
        return WebConnection(loop, keeper, Mock(), connection, lambda: None)

    made = UnixConnection(loop, theirs, receiver)
    with ours:
        yield ours
    made.close()


async def read(sock):
    async with asyncio.timeout(WAIT_SECONDS):
        return await asyncio.get_running_loop().sock_recv(sock, 4096)


def test_without_a_grant_a_connection_is_closed(keeper, short_grant_time):
    async def story():
        with connected(keeper) as web:
            assert await read(web) == b""

    asyncio.run(story())


def test_a_connection_with_a_grant_waits_for_a_call_as_long_as_that_takes(keeper, short_grant_time):
    async def story():
        granted = asyncio.Event()
        keeper.granted = lambda _grant: granted.set()
        payload = frames.pack_json(GRANT.to_json())
        with connected(keeper) as web:
            web.send(stream.prefixed(frames.encode(Kind.GRANT, 0, payload)))
            await asyncio.wait_for(granted.wait(), WAIT_SECONDS)
            with connected(keeper) as later:  # its time ends after that of the first
                assert await read(later) == b""
            with pytest.raises(BlockingIOError):
                web.recv(1)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("visible", "limit"), [(True, DEAD_AFTER_SECONDS), (False, HIDDEN_DEAD_AFTER_SECONDS)]
)
def test_a_silent_browser_is_told_to_come_back(keeper, visible, limit):
    """A page that nobody sees may say something once a minute only."""

    async def story():
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        over = asyncio.Event()
        link = Link.open(asyncio.get_running_loop(), keeper, GRANT, theirs, over.set)
        link._viewers[1] = Mock(visible=visible)
        link.look(link.heard_at + limit - 1)
        with pytest.raises(BlockingIOError):
            ours.recv(1)
        link.look(link.heard_at + limit + 1)
        browser = websocket.Connection(ConnectionType.CLIENT)
        browser.receive_data(await read(ours))
        (event,) = browser.events()
        assert event.code == COME_BACK
        keeper.link_closed.assert_called_with(link)
        await asyncio.wait_for(over.wait(), WAIT_SECONDS)  # also when it does not answer
        ours.close()

    asyncio.run(story())
