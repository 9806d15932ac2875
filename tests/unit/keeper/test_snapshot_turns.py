"""A page that reads nothing has few snapshots made for it, however many consoles it shows."""

import asyncio
import os
import socket
import time
from types import SimpleNamespace
from unittest.mock import Mock

from ide.guard.grant import Grant, Right
from ide.keeper.link import SNAPSHOTS_AT_A_TIME, Link
from ide.keeper.noted_engine import MAX_SNAPSHOT_BYTES
from ide.keeper.viewer import Viewer
from ide.keeper.viewers import Viewers
from ide.keeper.wishes import Snapshot
from ide.wire.frames import Codec
from tests.waiting import wait_until_async

GRANT = Grant("login", "alice", "w", frozenset(Right), time.time() + 60)
HEAD = 1_000_000
VIEWERS = 64


class Screen:
    """Shows the same large screen to everybody."""

    engine = "ghostty"

    def __init__(self) -> None:
        self.made = 0
        self.data = os.urandom(MAX_SNAPSHOT_BYTES)

    def open(self, replies_from: int) -> "Screen":
        assert replies_from == HEAD
        return self

    async def snapshot(self) -> Snapshot:
        self.made += 1
        return Snapshot(HEAD, 80, 24, 0, Codec.PLAIN, self.data)

    def put_away(self) -> None:
        pass


def console_with(screen: Screen) -> SimpleNamespace:
    return SimpleNamespace(
        record=SimpleNamespace(id="c", epoch="e", state="running"),
        log=SimpleNamespace(start=0, head=HEAD),
        marks=SimpleNamespace(first=0, end=0, after=lambda _offset: 0),
        keys=SimpleNamespace(done=lambda _page: 0),
        grid=SimpleNamespace(owner=None),
        generation="g",
        lost=None,
        info=dict,
        screen=screen,
    )


def test_snapshots_for_a_page_that_reads_nothing_take_turns():
    async def story() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        link = Link.open(loop, Mock(), GRANT, theirs, Mock())
        screen = Screen()
        console = console_with(screen)
        viewers = Viewers(loop, console)
        console.detach = viewers.remove
        for channel in range(1, VIEWERS + 1):
            viewer = Viewer(link, channel, console, "page")
            link._viewers[channel] = viewer
            viewers.attach(viewer, None, None)
        await wait_until_async(lambda: screen.made >= SNAPSHOTS_AT_A_TIME)
        for _ in range(1000):
            await asyncio.sleep(0)
        before = screen.made
        assert before <= SNAPSHOTS_AT_A_TIME + 4  # what the socket holds has left
        pending = sum(len(frame) for viewer in viewers.all for frame in viewer._snapshot)
        assert pending <= SNAPSHOTS_AT_A_TIME * (MAX_SNAPSHOT_BYTES + 1024)

        # Who leaves makes room, and who leaves while it waits takes none.
        link._detach(next(viewer.channel for viewer in viewers.all if viewer.has_snapshot))
        link._detach(VIEWERS)
        await wait_until_async(lambda: screen.made == before + 1)

        # Once it reads, all of them come.
        reading = loop.create_task(read(ours))
        await wait_until_async(lambda: screen.made == VIEWERS - 1)
        await wait_until_async(lambda: not any(viewer.has_snapshot for viewer in viewers.all))
        assert all(viewer.streaming for viewer in viewers.all)
        reading.cancel()
        link.abandon()
        ours.close()

    asyncio.run(story())


async def read(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(sock, 1 << 20):
        pass
