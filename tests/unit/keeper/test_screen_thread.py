"""The screen's thread: rebuilds, resizes at their offsets, checkpoints, giving up."""

import asyncio
import errno
import threading
import zlib
from collections.abc import Awaitable, Callable

import pytest

from ide.keeper import checkpoint, noted_engine
from ide.keeper.marks import MAX_MARKS, Resize
from ide.keeper.output_log import OutputLog
from ide.keeper.rebuild import MAX_REBUILDS
from ide.keeper.screen_thread import BEHIND_BYTES, ScreenThread
from ide.keeper.suspicion import CRASHES, Suspicion
from ide.keeper.wishes import Snapshot
from ide.screen.engine import CONTINUATION_BYTES, ScreenError
from ide.screen.ghostty import GhosttyScreen
from ide.screen.progress import Progress
from tests.waiting import wait_until_async

SIZE = (40, 10)


class Listener:
    def __init__(self) -> None:
        self.replies = b""
        self.asked: list[int] = []
        self.changes = 0
        self.caught_up = 0
        self.degraded = 0
        self.progress: list[Progress | None] = []
        self.bels = 0

    def screen_progressed(self, progress: Progress | None) -> None:
        self.progress.append(progress)

    def screen_rang(self) -> None:
        self.bels += 1

    def screen_replied(self, data: bytes, asked: int) -> None:
        self.replies += data
        self.asked.append(asked)

    def screen_changed(self) -> None:
        self.changes += 1

    def screen_degraded(self) -> None:
        self.degraded += 1

    def screen_caught_up(self) -> None:
        self.caught_up += 1


class Rig:
    """A log and its screens, in a loop."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.log = OutputLog(folder, 1 << 30)
        self.listener = Listener()
        self.threads: list[ScreenThread] = []

    def open(
        self, resizes=(), replies_from: int | None = None, after: ScreenThread | None = None
    ) -> ScreenThread:
        thread = ScreenThread(
            asyncio.get_running_loop(), self.log, self.folder, size=SIZE, listener=self.listener,
            replies_from=self.log.head if replies_from is None else replies_from,
        )  # fmt: skip
        marks = [(mark, number + 1) for number, mark in enumerate(resizes)]
        thread.start(marks, after=after)
        self.threads.append(thread)
        return thread

    async def shown(self, thread: ScreenThread) -> Snapshot:
        async with asyncio.timeout(30):
            return await thread.snapshot()

    def close(self) -> None:
        for thread in self.threads:
            thread.stop()
            thread.join(30)
            assert thread.stopped
        self.log.close()


@pytest.fixture
def run(tmp_path):
    def run_in_loop(work: Callable[[Rig], Awaitable[None]]) -> None:
        async def inside() -> None:
            rig = Rig(tmp_path)
            try:
                await work(rig)
            finally:
                rig.close()

        asyncio.run(inside())

    return run_in_loop


def screen_of(data: bytes) -> GhosttyScreen:
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(data)
    return screen


def test_a_rebuilt_screen_is_the_same_with_and_without_a_checkpoint(run, tmp_path):
    data = b"\x1b[31mred\r\n" * 100 + b"\x1b[?1049hfull"

    async def work(rig: Rig) -> None:
        rig.log.append(data)
        first = rig.open()
        assert (await rig.shown(first)).data == screen_of(data).snapshot()
        first.stop()
        first.join(10)
        saved = checkpoint.load(tmp_path / "screen")
        assert saved
        assert saved.offset == len(data)
        rig.log.append(b" screen")
        assert (await rig.shown(rig.open())).data == screen_of(data + b" screen").snapshot()
        assert not (tmp_path / "rebuilding").exists()

    run(work)


def test_an_engine_that_was_put_away_is_freed(run):
    """Else each console that ends keeps its scrollback's memory, some MB, as long as the keeper."""

    async def work(rig: Rig) -> None:
        rig.log.append(b"x\r\n" * 100)
        thread = rig.open()
        await rig.shown(thread)
        assert thread._screen.handle
        thread.stop()
        thread.join(30)
        assert not thread._screen.handle

    run(work)


def test_a_screen_begins_when_the_one_before_has_saved_itself(run, monkeypatch):
    """Both would write the same files."""

    async def work(rig: Rig) -> None:
        rig.log.append(b"x\r\n" * 100)
        first = rig.open()
        await rig.shown(first)
        saving, go_on, order = threading.Event(), threading.Event(), []
        save = first.saver.look

        def held(fed, screen, *, final=False):
            if final:
                saving.set()
                go_on.wait(30)
                order.append("saved")
            save(fed, screen, final=final)

        monkeypatch.setattr(first.saver, "look", held)
        first.stop()
        assert await asyncio.to_thread(saving.wait, 30)
        began = threading.Event()
        begin = ScreenThread._begin

        def noted(thread):
            order.append("began")
            began.set()
            return begin(thread)

        monkeypatch.setattr(ScreenThread, "_begin", noted)
        second = rig.open(after=first)
        await asyncio.to_thread(began.wait, 0.3)  # time for what it must not do
        go_on.set()
        await rig.shown(second)
        assert order == ["saved", "began"]

    run(work)


def test_a_damaged_checkpoint_costs_nothing_but_time(run, tmp_path):
    async def work(rig: Rig) -> None:
        rig.log.append(b"hello")
        (tmp_path / "screen").write_bytes(b"damaged")
        assert (await rig.shown(rig.open())).data == screen_of(b"hello").snapshot()

    run(work)


def test_each_byte_is_parsed_in_the_grid_it_was_printed_for(run):
    async def work(rig: Rig) -> None:
        rig.log.append(b"x" * 30)
        thread = rig.open([Resize(0, 40, 10), Resize(20, 25, 10)])
        snapshot = await rig.shown(thread)
        expected = screen_of(b"x" * 20)
        expected.resize(25, 10)
        expected.feed(b"x" * 10)
        assert (snapshot.cols, snapshot.rows, snapshot.marks) == (25, 10, 2)
        assert snapshot.data == expected.snapshot()
        thread.resize(Resize(30, 33, 9), 3)
        snapshot = await rig.shown(thread)
        assert (snapshot.cols, snapshot.rows, snapshot.marks) == (33, 9, 3)

    run(work)


def test_only_new_queries_are_answered(run):
    async def work(rig: Rig) -> None:
        rig.log.append(b"\x1b[5n\x1b[6n")
        thread = rig.open()
        await rig.shown(thread)
        assert rig.listener.replies == b""
        rig.log.append(b"\x1b[5n")
        thread.advance(rig.log.head)
        await rig.shown(thread)
        assert rig.listener.replies == b"\x1b[0n"

    run(work)


def test_it_says_when_it_is_far_behind_and_when_it_caught_up(run):
    async def work(rig: Rig) -> None:
        thread = rig.open()
        rig.log.append(b"line\r\n" * 500_000)
        assert thread.advance(rig.log.head)
        await wait_until_async(lambda: rig.listener.caught_up == 1)

    run(work)


def test_a_sequence_too_long_to_be_carried_costs_snapshots_until_it_ends(run):
    async def work(rig: Rig) -> None:
        screen = rig.open()
        rig.log.append(b"before\x1bP" + b"a" * (CONTINUATION_BYTES + 1))
        screen.advance(rig.log.head)
        await wait_until_async(lambda: screen.fed == rig.log.head)
        with pytest.raises(ScreenError, match="encode"):
            await rig.shown(screen)
        rig.log.append(b"\x1b\\after")
        screen.advance(rig.log.head)
        await wait_until_async(lambda: screen.fed == rig.log.head)
        assert b"beforeafter" in (await rig.shown(screen)).data

    run(work)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "the disk is broken"), ValueError("not foreseen")]
)
def test_a_screen_that_failed_holds_nobody(run, error):
    async def work(rig: Rig) -> None:
        screen = rig.open()
        await rig.shown(screen)
        rig.log.read = unreadable
        rig.log.append(b"a" * 2 * BEHIND_BYTES)
        screen.advance(rig.log.head)
        await wait_until_async(lambda: rig.listener.caught_up)
        assert not screen.advance(rig.log.head)

    def unreadable(_offset: int, _size: int) -> bytes:
        raise error

    run(work)


def test_history_that_kills_the_process_again_and_again_is_given_up(run, tmp_path):
    async def work(rig: Rig) -> None:
        rig.log.append(b"deadly")
        (tmp_path / "rebuilding").write_bytes(b"%d" % MAX_REBUILDS)
        thread = rig.open()
        assert b"deadly" not in (await rig.shown(thread)).data
        assert thread.partial
        assert not (tmp_path / "rebuilding").exists()
        saved = checkpoint.load(tmp_path / "screen")
        assert saved
        assert saved.offset == rig.log.head  # nor does the next one meet it

    run(work)


def test_after_its_end_a_screen_refuses(run):
    async def work(rig: Rig) -> None:
        thread = rig.open()
        await rig.shown(thread)
        thread.stop()
        thread.join(30)
        with pytest.raises(ScreenError):
            await rig.shown(thread)

    run(work)


def test_what_a_predecessor_heard_is_not_heard_again(run):
    async def work(rig: Rig) -> None:
        rig.log.append(b"\x1b]2;old\x07\x07\x1b]9;4;1;10\x07")
        thread = rig.open()
        await rig.shown(thread)
        assert (rig.listener.bels, rig.listener.progress) == (0, [])
        assert (thread.reports.title, thread.rebuilt) == ("old", True)
        rig.log.append(b"\x07\x1b]9;4;1;2")
        thread.advance(rig.log.head)
        rig.log.append(b"0\x1b\\")
        thread.advance(rig.log.head)
        await wait_until_async(lambda: rig.listener.progress, 20, "the progress")
        assert rig.listener.progress == [Progress("set", 20)]
        assert rig.listener.bels == 1

    run(work)


def test_once_convicted_the_log_engine_shows_the_end_and_continues_from_its_own_state(
    run, tmp_path
):
    suspicion = Suspicion(tmp_path)
    suspicion.crashes = CRASHES
    suspicion._write()

    async def work(rig: Rig) -> None:
        rig.log.append(b"deadly\r\n" * 100_000)
        first = rig.open()
        assert first.engine == "log"
        shown = zlib.decompress((await rig.shown(first)).data)
        assert len(shown) < 600_000
        assert shown.endswith(b"deadly\r\n" * 1000)
        await wait_until_async(lambda: rig.listener.degraded == 1)
        first.stop()
        first.join(10)
        rig.log.append(b"\x1b]2;later\x07")
        again = rig.open()
        await rig.shown(again)
        assert (again.engine, again.reports.title, rig.listener.degraded) == ("log", "later", 1)

    run(work)


def test_a_screen_that_changes_is_saved_every_few_seconds(run, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.05)

    async def work(rig: Rig) -> None:
        thread = rig.open()
        for text in (b"one", b"two"):
            rig.log.append(text)
            thread.advance(rig.log.head)
            await wait_until_async(lambda: thread.saver.saved == rig.log.head)
        saved = checkpoint.load(tmp_path / "screen")
        assert saved
        assert saved.offset == rig.log.head

    run(work)


def test_a_screen_that_may_not_be_saved_sleeps_until_it_may(run, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(noted_engine, "_REST_SECONDS", 0.01)

    async def work(rig: Rig) -> None:
        thread = rig.open()
        thread.save(enabled=False)
        rig.log.append(b"secret")
        thread.advance(rig.log.head)
        await rig.shown(thread)
        await wait_until_async(lambda: not thread._engine._awake, 20, "the engine rests")
        assert thread._idle_seconds() is None
        thread.save(enabled=True)
        await wait_until_async(lambda: thread.saver.saved == rig.log.head, 20, "it is saved")

    run(work)


def test_a_screen_that_could_not_be_saved_waits_for_more_output(run, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(noted_engine, "_REST_SECONDS", 0.01)
    (tmp_path / "screen.new").mkdir()  # where a checkpoint is written first

    async def work(rig: Rig) -> None:
        thread = rig.open()
        rig.log.append(b"text")
        thread.advance(rig.log.head)
        await wait_until_async(lambda: thread.saver._retry_at > 0, 20, "the save failed")
        await wait_until_async(lambda: not thread._engine._awake, 20, "the engine rests")
        assert thread._idle_seconds() is None

    run(work)


def test_an_engine_without_work_takes_less_memory_and_shows_the_same(run, monkeypatch):
    monkeypatch.setattr(noted_engine, "_REST_SECONDS", 0.1)
    compressed = threading.Event()
    compress = GhosttyScreen.compress
    monkeypatch.setattr(
        GhosttyScreen, "compress", lambda screen: (compress(screen), compressed.set())
    )
    data = b"\x1b[31mline\x1b[0m of some\r\n" * 3000

    async def work(rig: Rig) -> None:
        rig.log.append(data)
        thread = rig.open()
        for more in (b"", b"more\r\n"):
            rig.log.append(more)
            thread.advance(rig.log.head)
            await rig.shown(thread)
            await asyncio.to_thread(compressed.wait, 20)
            assert compressed.is_set()
            compressed.clear()
        shown = zlib.decompress((await rig.shown(thread)).data)
        assert shown == screen_of(data + b"more\r\n").snapshot()

    run(work)


def test_a_checkpoint_with_nothing_after_it_says_title_and_folder(run):
    async def work(rig: Rig) -> None:
        rig.log.append(b"\x1b]2;making\x07\x1b]7;file:///home/user/x\x07\x1b[?1049h")
        first = rig.open()
        await rig.shown(first)
        first.stop()
        first.join(10)
        second = rig.open()
        await wait_until_async(lambda: second.rebuilt, 20, "the rebuild")
        assert (second.reports.title, second.reports.cwd, second.reports.alternate) == (
            "making",
            "/home/user/x",
            True,
        )

    run(work)


def test_resizes_that_an_engine_does_not_come_to_are_bounded_and_the_newest_holds(run):
    async def work(rig: Rig) -> None:
        rig.log.append(b"x" * 10)
        thread = rig.open()
        await rig.shown(thread)
        with thread._wake:  # the engine is busy
            for number in range(3 * MAX_MARKS):
                thread.resize(Resize(10, 20 + number % 100, 10), number + 1)
            assert len(thread._resizes) == MAX_MARKS
            thread.resize(Resize(10, 77, 17), 3 * MAX_MARKS + 1)
        shown = await rig.shown(thread)
        assert (shown.cols, shown.rows, shown.marks) == (77, 17, 3 * MAX_MARKS + 1)

    run(work)


def test_queries_from_before_an_interrupt_are_not_answered(run):
    async def work(rig: Rig) -> None:
        thread = rig.open()
        await rig.shown(thread)
        old = b"\x1b[6n\r\nold\x1b[6n"
        rig.log.append(old + b"\r\nnew\x1b[6n")
        thread.answer_from(len(old))
        thread.advance(rig.log.head)
        await rig.shown(thread)
        await wait_until_async(lambda: rig.listener.replies)
        assert (rig.listener.replies, rig.listener.asked) == (b"\x1b[3;4R", [len(old)])

    run(work)
