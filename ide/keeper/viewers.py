"""Everybody attached to one console: how they come, are kept up to date, and leave.

An attach is one step in the loop, so that no byte slips between it and the fan-out.
"""

import asyncio
from typing import Any, Final, Protocol

from ide.keeper.console_screen import SNAPSHOT_SECONDS, ConsoleScreen
from ide.keeper.grid import Grid
from ide.keeper.journal import Record
from ide.keeper.keys import Keys
from ide.keeper.marks import Marks
from ide.keeper.output_log import OutputLog
from ide.keeper.unrecorded import Lost
from ide.keeper.viewer import SNAPSHOT_APART_SECONDS, Outlet, Viewer
from ide.keeper.wishes import Snapshot
from ide.screen.engine import ScreenError
from ide.wire import frames
from ide.wire.frames import ErrorCode, Kind
from ide.wire.limits import MAX_DELTA_BYTES, MAX_OUTPUT_BYTES, MAX_VIEWERS_PER_CONSOLE

COALESCE_SECONDS: Final = 0.003
FRESH_BYTES: Final = 16 * 1024
"""A log this short is sent as it is rather than as a snapshot."""
MAX_DEVICE_CHARS: Final = 40


class Attachable(Protocol):
    """The console, as those attached to it see it."""

    record: Record
    log: OutputLog
    marks: Marks
    grid: Grid
    keys: Keys
    screen: ConsoleScreen
    lost: Lost | None

    @property
    def generation(self) -> str:
        """The keeper's generation."""

    def info(self) -> dict[str, Any]:
        """Return the console as JSON."""


class Viewers:
    """At most MAX_VIEWERS_PER_CONSOLE, in the order they came."""

    def __init__(self, loop: asyncio.AbstractEventLoop, console: Attachable) -> None:
        self._loop, self._console = loop, console
        self.all: list[Viewer] = []
        self._flushed_at = 0.0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._tasks: dict[Viewer, asyncio.Task[None]] = {}

    def is_full(self) -> bool:
        """Whether one more viewer would be too many."""
        return len(self.all) >= MAX_VIEWERS_PER_CONSOLE

    def in_sight(self) -> list[Viewer]:
        """Viewers whose pane is on a screen."""
        return [viewer for viewer in self.all if viewer.visible]

    def to_json(self, owner: Viewer | None) -> list[dict[str, Any]]:
        """Return who is attached, as in a console's JSON; `owner` set the grid."""
        logins = list(dict.fromkeys(viewer.page.partition(" ")[0] for viewer in self.all))
        return [
            {
                "page": viewer.page.rpartition(" ")[2], "device": viewer.device[:MAX_DEVICE_CHARS],
                "visible": viewer.visible, "owner": viewer is owner,
                "login": logins.index(viewer.page.partition(" ")[0]),
                "cols": viewer.size[0], "rows": viewer.size[1], "since": viewer.since,
            }
            for viewer in self.all
        ]  # fmt: skip

    def waiting(self) -> bool:
        """Whether any of them waits for a snapshot."""
        return any(not viewer.streaming for viewer in self.all)

    # Coming.

    def replace(self, page: str, link: Outlet) -> None:
        """End every other link on which this page is attached.

        A page has one link at a time: the others are sockets that died without our hearing of it,
        and a network that comes and goes would fill all places with them.
        """
        for viewer in list(self.all):
            if viewer.page == page and viewer.link is not link:
                viewer.link.abandon()

    def attach(self, viewer: Viewer, epoch: object, have: int | None) -> None:
        """Add a viewer: missing bytes when few are missing, else a snapshot.

        One whose page shows what went with a killed keeper goes on below that.
        """
        self.all.append(viewer)
        log, marks = self._console.log, self._console.marks
        mode, offset = self._goes_on(viewer, epoch, have)
        if (
            mode and log.start <= offset <= log.head and log.head - offset <= MAX_DELTA_BYTES
            and (grid := marks.size_at(offset)) and marks.after(offset) >= marks.first
        ):  # fmt: skip
            self._start_stream(viewer, mode, offset, grid)
        elif log.start == 0 and log.head <= FRESH_BYTES and (grid := marks.size_at(0)):
            self._start_stream(viewer, "fresh", 0, grid)
        else:
            self._start_snapshot(viewer, welcome=True)

    def _goes_on(self, viewer: Viewer, epoch: object, have: int | None) -> tuple[str, int]:
        """Return how, and from which offset, a stream could go on that was cut; ("", 0): not."""
        lost = self._console.lost
        if have is not None and epoch == self._console.record.epoch:
            return "delta", have
        if have is not None and lost and viewer.keeps and epoch == lost.epoch:
            return ("kept", lost.offset) if have >= lost.offset else ("", 0)
        return "", 0

    def _start_stream(self, viewer: Viewer, mode: str, offset: int, grid: tuple[int, int]) -> None:
        console = self._console
        self._welcome(viewer, mode, offset, grid)
        if mode != "fresh":
            # The link may have broken between these bytes and the resize that follows them.
            resized = frames.Resized(offset, *grid, owner=int(console.grid.owner is viewer))
            viewer.link.send(Kind.RESIZED, viewer.channel, resized.pack())
        viewer.begin(offset, console.marks.after(offset), self._loop.time())
        if console.record.state == "ended" and offset == console.log.head:
            viewer.next_mark = console.marks.end - 1  # its EXIT lies at `offset` itself
        viewer.link.feed()

    def _welcome(self, viewer: Viewer, mode: str, offset: int, grid: tuple[int, int]) -> None:
        console = self._console
        welcome = {
            "console": console.record.id, "epoch": console.record.epoch,
            "generation": console.generation, "mode": mode, "offset": offset,
            "head": console.log.head, "cols": grid[0], "rows": grid[1],
            "owner": console.grid.owner is viewer, "in_seq": console.keys.done(viewer.page),
            "engine": console.screen.engine,
            "info": console.info(),
        }  # fmt: skip
        viewer.link.send(Kind.WELCOME, viewer.channel, frames.pack_json(welcome))

    async def _attach_with_snapshot(self, viewer: Viewer, *, welcome: bool) -> None:
        viewer.streaming = False
        try:
            await viewer.take_turn()
            viewer.snapshot_at = self._loop.time()
            screen = self._console.screen.open(replies_from=self._console.log.head)
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                snapshot = await screen.snapshot()
        except (ScreenError, TimeoutError) as error:
            viewer.give_turn()
            viewer.streaming = not welcome  # one that streamed before is tried again by itself
            if welcome:
                text = (
                    f"The screen cannot be shown ({str(error) or 'it took too long'}). Try again."
                )
                viewer.link.drop(viewer, ErrorCode.REFUSED, text)
            return
        finally:
            self._console.screen.put_away()
        if not viewer.detached:
            self._stream_from(viewer, snapshot, welcome=welcome)

    def _stream_from(self, viewer: Viewer, snapshot: Snapshot, *, welcome: bool) -> None:
        if welcome:
            self._welcome(viewer, "snapshot", snapshot.offset, (snapshot.cols, snapshot.rows))
        viewer.begin_with(snapshot, self._loop.time())
        viewer.link.feed()

    def _start_snapshot(self, viewer: Viewer, *, welcome: bool) -> None:
        task = self._loop.create_task(self._attach_with_snapshot(viewer, welcome=welcome))
        self._tasks[viewer] = task
        task.add_done_callback(lambda _: self._tasks.pop(viewer, None))

    # Staying.

    def output_came(self) -> None:
        """Send what the log has got: at once after silence, else every few milliseconds."""
        now = self._loop.time()
        if now - self._flushed_at >= COALESCE_SECONDS or self._unsent() >= MAX_OUTPUT_BYTES:
            self.flush()
        elif self._flush_timer is None:
            wait = self._flushed_at + COALESCE_SECONDS
            self._flush_timer = self._loop.call_at(wait, self.flush)

    def _unsent(self) -> int:
        head = self._console.log.head
        return max((head - v.sent for v in self.all if v.streaming), default=0)

    def flush(self) -> None:
        """Send everybody what is due now."""
        if self._flush_timer:
            self._flush_timer.cancel()
            self._flush_timer = None
        self._flushed_at = self._loop.time()
        for viewer in list(self.all):  # a link that cannot take it is closed, and detaches
            viewer.link.feed()

    def bring_up_to_date(self, viewer: Viewer) -> None:
        """Send a snapshot to one that has parsed all it had and is too far behind for the rest."""
        if (
            viewer.streaming and not viewer.lagging and viewer.unacked == 0
            and viewer.sent < self._console.log.head and viewer.too_far_behind()
            and self._loop.time() - viewer.snapshot_at >= SNAPSHOT_APART_SECONDS
            and viewer not in self._tasks and not viewer.has_snapshot
        ):  # fmt: skip
            self._start_snapshot(viewer, welcome=False)

    def look(self) -> None:
        """Set slow viewers aside, and bring others up to date."""
        for viewer in list(self.all):
            viewer.look_whether_lagging(self._loop.time())
            self.bring_up_to_date(viewer)

    # Leaving.

    def remove(self, viewer: Viewer) -> None:
        """Forget one."""
        viewer.detached = True
        viewer.give_turn()
        if task := self._tasks.get(viewer):
            task.cancel()  # else whoever attaches again and again has many wait
        if viewer in self.all:
            self.all.remove(viewer)

    def close(self) -> None:
        """Stop what is under way."""
        for task in list(self._tasks.values()):
            task.cancel()
        if self._flush_timer:
            self._flush_timer.cancel()
