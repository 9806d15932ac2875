"""Who looks at a console: what is told to whoever comes after a minute, and to whom not."""

import asyncio
from types import SimpleNamespace

import pytest

from ide.keeper import sight
from ide.keeper.sight import Sight
from ide.wire import frames
from ide.wire.frames import Kind


class Log:
    """Bytes in memory; a read never gives more than a part."""

    def __init__(self, data: bytes = b"", start: int = 0) -> None:
        self.data, self.start = data, start

    @property
    def head(self) -> int:
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + min(size, 7)]


class Viewer:
    def __init__(self, *, visible: bool = True) -> None:
        self.visible, self.streaming, self.detached = visible, True, False
        self.sent = self.acked = 0
        self.channel = 3
        self.begun = asyncio.Event()
        self.begun.set()
        self.frames: list = []
        self.link = self

    def send(self, kind, channel, payload=b"") -> None:
        assert (kind, channel) == (Kind.AWAY, 3)
        self.frames.append(frames.unpack_json(payload))

    def has_read(self, log: Log) -> "Viewer":
        self.sent = self.acked = log.head
        return self


class Rig:
    def __init__(self, data: bytes = b"") -> None:
        self.log = Log(data)
        self.now = 1000.0
        self.record = SimpleNamespace(left_at=None, left_offset=None)
        self.looks = self.changes = 0
        self.all: list[Viewer] = []
        self.viewers = self
        self.signals = self
        self.sight = Sight(asyncio.get_running_loop(), self, lambda: self.now)

    def in_sight(self) -> list[Viewer]:
        return [viewer for viewer in self.all if viewer.visible]

    def looked_at(self) -> None:
        self.looks += 1

    def changed(self) -> None:
        self.changes += 1

    def attach(self, *, visible: bool = True) -> Viewer:
        viewer = Viewer(visible=visible)
        if visible:
            self.sight.came(viewer)
        self.all.append(viewer)
        return viewer

    def detach(self, viewer: Viewer, heard: float = 0) -> None:
        self.all.remove(viewer)
        viewer.detached = True
        if viewer.visible:
            self.sight.left(viewer, heard)

    async def told(self, viewer: Viewer) -> list:
        if self.sight._telling:
            await asyncio.wait([self.sight._telling])
        return viewer.frames


def in_loop(work):
    async def run() -> None:
        await work(Rig(b"one\ntwo\n"))

    return lambda: asyncio.run(run())


@in_loop
async def test_a_page_that_was_hidden_is_told_when_it_is_seen_again(rig: Rig):
    viewer = rig.attach().has_read(rig.log)
    rig.sight.seen(viewer, visible=False)
    assert (rig.record.left_at, rig.record.left_offset) == (1000.0, 8)
    rig.log.data += b"x\n" * 412
    rig.now += 2460
    rig.sight.seen(viewer, visible=True)
    wanted = {"seconds": 2460, "offset": 8, "head": 832, "lines": 412, "more": False}
    assert await rig.told(viewer) == [wanted]
    assert (rig.record.left_at, rig.looks, rig.changes) == (None, 2, 2)
    rig.sight.seen(viewer, visible=True)
    assert rig.changes == 2


@pytest.mark.parametrize("seconds", [0, 59.9, -3600])
def test_less_than_a_minute_is_not_away_nor_is_a_clock_set_back(seconds):
    @in_loop
    async def work(rig: Rig):
        rig.detach(rig.attach().has_read(rig.log))
        rig.log.data += b"more\n"
        rig.now += seconds
        assert await rig.told(rig.attach()) == []

    work()


@in_loop
async def test_while_another_one_looks_nobody_is_away(rig: Rig):
    laptop, tablet = rig.attach().has_read(rig.log), rig.attach().has_read(rig.log)
    rig.detach(laptop)
    rig.log.data += b"more\n"
    rig.now += 3600
    assert await rig.told(rig.attach()) == []
    assert tablet.frames == []


@in_loop
async def test_who_vanished_was_gone_when_heard_of_last(rig: Rig):
    rig.detach(rig.attach().has_read(rig.log), heard=45)
    assert rig.record.left_at == 955.0


@in_loop
async def test_who_left_before_seeing_anything_changes_nothing(rig: Rig):
    rig.detach(rig.attach().has_read(rig.log))
    rig.log.data += b"more\n"
    rig.now += 3600
    hasty = rig.attach()
    hasty.streaming = False
    rig.detach(hasty)
    rig.now += 3600
    assert [away["seconds"] for away in await rig.told(rig.attach())] == [7200]


@in_loop
async def test_it_waits_for_a_snapshot_and_counts_what_came_meanwhile(rig: Rig):
    rig.detach(rig.attach().has_read(rig.log))
    rig.log.data += b"more\n"
    rig.now += 61
    viewer = Viewer()
    viewer.begun.clear()
    rig.sight.came(viewer)
    await asyncio.sleep(0)
    rig.log.data += b"and more\n"
    viewer.begun.set()
    assert [(away["lines"], away["head"]) for away in await rig.told(viewer)] == [(2, 22)]


def test_of_very_much_output_the_newest_part_is_counted(monkeypatch):
    monkeypatch.setattr(sight, "MAX_COUNTED_BYTES", 100)

    @in_loop
    async def work(rig: Rig):
        rig.detach(rig.attach().has_read(rig.log))
        rig.log.data += b"x\n" * 500
        rig.now += 61
        (away,) = await rig.told(rig.attach())
        assert (away["lines"], away["more"], away["head"]) == (50, True, 1008)

    work()


@in_loop
async def test_output_that_the_log_gave_up_is_not_counted(rig: Rig):
    rig.detach(rig.attach().has_read(rig.log))
    rig.log.data += b"x\n" * 500
    rig.log.start = 508
    rig.now += 61
    (away,) = await rig.told(rig.attach())
    assert (away["lines"], away["more"]) == (250, True)
