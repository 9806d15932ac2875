"""One console: its record, log and marks, the screen behind it, the session in it, its viewers.

Everything here happens in the loop, in one step each, so that no byte slips between an attach and
the fan-out.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final, Protocol

from ide.keeper.journal import Record
from ide.keeper.marks import Ended, Marks, Resize
from ide.keeper.output_log import OutputLog
from ide.keeper.screen_thread import MAX_TAIL_BYTES, ScreenThread, Snapshot
from ide.keeper.session import Session
from ide.keeper.viewer import SNAPSHOT_APART_SECONDS, Viewer
from ide.screen.engine import Colors, ScreenError
from ide.wire import frames
from ide.wire.frames import Ending, ErrorCode, Kind
from ide.wire.limits import (
    MAX_COLS,
    MAX_DELTA_BYTES,
    MAX_OUTPUT_BYTES,
    MAX_ROWS,
    MAX_VIEWERS_PER_CONSOLE,
    MIN_COLS,
    MIN_ROWS,
    RESUME_AT_BYTES,
    WINDOW_BYTES,
)

# Ends what a killed program left: an unfinished sequence, its modes, its region, its pen. The
# scrollback stays, unlike with a full reset.
_LEAVE_ALTERNATE: Final = "\x18\x1b[?1049l"
_SOFT_RESET: Final = (
    "\x18\x1b\\\x1b[?1;5;9;12;45;66;1000;1002;1003;1004;1005;1006;1015;1016;2004;2026l"
    # The region and origin mode move the cursor home, so it is saved around them.
    "\x1b[?7;25h\x1b[4;20l\x1b7\x1b[r\x1b[?6l\x1b8\x1b(B\x1b)B\x0f\x1b[0m\x1b[0 q"
)
COALESCE_SECONDS: Final = 0.003
FRESH_BYTES: Final = 16 * 1024
"""A log this short is sent as it is rather than as a snapshot."""
SNAPSHOT_SECONDS: Final = 15.0
RESIZE_APART_SECONDS: Final = 0.05
_MAX_WRITERS: Final = 64

ENDINGS: Final = {
    "exit": Ending.EXIT, "signal": Ending.SIGNAL, "lost": Ending.LOST, "reboot": Ending.REBOOT,
}  # fmt: skip


class ConsoleListener(Protocol):
    """What a console tells its keeper."""

    generation: str

    def console_changed(self, console: "Console") -> None:
        """Something in its JSON is another one."""

    def console_hung_up(self, console: "Console") -> None:
        """Its terminal has no program any more."""

    def may_read(self, count: int) -> bool:
        """Whether a console that nobody watches may go on after `count` bytes."""

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached to the workspace."""


class Console:
    """A durable entry in the list. `session` is None when nothing runs in it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        record: Record,
        folder: Path,
        cap_bytes: int,
        listener: ConsoleListener,
    ) -> None:
        self._loop, self._listener = loop, listener
        self.record, self.folder = record, folder
        self.log = OutputLog(folder, cap_bytes)
        self.marks = Marks(folder)
        self.session: Session | None = None
        self.screen: ScreenThread | None = None
        self.viewers: list[Viewer] = []
        self.owner: Viewer | None = None
        self.busy = False
        self.synced = self.log.head
        """Up to where the log was put on the disk."""
        self._colors: Colors | None = None
        self._writers: OrderedDict[str, int] = OrderedDict()
        self._flushed_at = self._resized_at = 0.0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._resize_timer: asyncio.TimerHandle | None = None
        self._held_by_viewer = self._held_by_screen = self.held_by_budget = False
        self._tasks: set[asyncio.Task[None]] = set()
        if record.state == "ended":
            self._mark_end()

    def now(self) -> float:
        """Return the loop's clock, in seconds."""
        return self._loop.time()

    def info(self) -> dict[str, Any]:
        """Return the console as JSON."""
        record = self.record
        ending = None
        if record.exit_how is not None:
            ending = {"how": record.exit_how, "status": record.exit_status or 0}
            if record.exit_cause:
                ending["cause"] = record.exit_cause
        return {
            "id": record.id, "kind": record.kind, "title": record.title, "cwd": record.cwd,
            "path": record.path, "state": record.state, "busy": self.busy,
            "viewers": len(self.viewers), "created": record.created, "started": record.started,
            "ended": record.ended, "exit": ending, "epoch": record.epoch, "cols": record.cols,
            "rows": record.rows, "recording": record.recording, "log_bytes": self.log.size_bytes,
            "log_start": self.log.start,
        }  # fmt: skip

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""
        self._listener.console_changed(self)

    # The screen.

    def open_screen(self, replies_from: int) -> ScreenThread:
        """Start the screen engine unless it runs; it answers queries from `replies_from` on."""
        if self.screen and not self.screen.stopped:
            return self.screen
        record = self.record
        size = self.marks.size_at(self.log.start) or (record.cols, record.rows)
        screen = ScreenThread(
            self._loop, self.log, self.folder, size=size, listener=self, replies_from=replies_from
        )
        resizes = []
        for number in range(self.marks.first, self.marks.end):
            mark = self.marks.get(number)
            if isinstance(mark, Resize):
                resizes.append((mark, number + 1))
        screen.start(resizes)
        if self._colors:
            screen.set_colors(self._colors)
        self.screen = screen
        return screen

    def close_screen(self) -> None:
        """Let the screen engine save itself and go."""
        if self.screen:
            self.screen.stop()
            self.screen = None

    def screen_replied(self, data: bytes) -> None:
        """Answer the program's queries."""
        if self.session:
            self.session.write(data)

    def screen_changed(self) -> None:
        """Take over the folder that the shell announced."""
        screen = self.screen
        if screen and screen.failed:
            self._listener.notice("warning", f"{self.record.title}: {screen.failed}")
        if screen and screen.cwd and screen.cwd != self.record.cwd and self.record.kind == "bash":
            self.record.cwd = screen.cwd
            self.changed()

    def screen_caught_up(self) -> None:
        """Go on reading."""
        self._held_by_screen = False
        self.apply_hold()

    def set_colors(self, colors: Colors) -> None:
        """Remember what colour queries are answered with."""
        self._colors = colors
        if self.screen:
            self.screen.set_colors(colors)

    # The session.

    def adopt(self, master: int, pipe: tuple[int, int]) -> None:
        """Run with these fds; what a predecessor left in the pipe goes to the log first."""
        seen = self.log.head
        self.session = Session(self._loop, self.log, master, pipe, self)
        self.session.drain_pipe()
        self.open_screen(replies_from=seen)
        self.busy = self.record.kind != "bash" or self.session.busy()
        self.session.pause(paused=False)

    def output_came(self, count: int) -> None:
        """Send what the log has got: at once after silence, else every few milliseconds."""
        now = self._loop.time()
        if now - self._flushed_at >= COALESCE_SECONDS or self._unsent() >= MAX_OUTPUT_BYTES:
            self._flush()
        elif self._flush_timer is None:
            wait = self._flushed_at + COALESCE_SECONDS
            self._flush_timer = self._loop.call_at(wait, self._flush)
        if self.screen:
            self._held_by_screen = self.screen.advance(self.log.head)
        self._hold_log_to_cap()
        if not self._counted():
            self.held_by_budget = not self._listener.may_read(count)
        self.apply_hold()

    def _unsent(self) -> int:
        return max((self.log.head - v.sent for v in self.viewers if v.streaming), default=0)

    def _flush(self) -> None:
        if self._flush_timer:
            self._flush_timer.cancel()
            self._flush_timer = None
        self._flushed_at = self._loop.time()
        for viewer in list(self.viewers):  # a link that cannot take it is closed, and detaches
            viewer.link.feed()

    def hung_up(self) -> None:
        """Pass on that no program has the terminal open."""
        self._listener.console_hung_up(self)

    def recording_stopped(self) -> None:
        """Say that the disk is full; the program goes on."""
        self.record.recording = False
        self._listener.notice(
            "error",
            f"The disk is full: output of “{self.record.title}” is not being recorded."
            " The program goes on; free some space to keep what it prints.",
        )
        self.changed()

    def record_again(self, epoch: str) -> bool:
        """Try to record again, under a new epoch: the log has a gap. False while that fails."""
        if not self.log.record_again():
            return False
        self.record.recording = True
        self.record.epoch = epoch
        self._listener.notice("info", f"Output of “{self.record.title}” is being recorded again.")
        self.changed()
        return True

    async def separate(self) -> None:
        """Put a line between what an ended session left and the next one. Raises ScreenError."""
        screen = self.open_screen(replies_from=self.log.head)
        with contextlib.suppress(ScreenError, TimeoutError):
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                await screen.snapshot()  # by then it is known which of the two screens is shown
        leave = _LEAVE_ALTERNATE if screen.alternate else ""
        clock = time.strftime("%H:%M", time.gmtime())
        self.print(f"{leave}{_SOFT_RESET}\r\n\x1b[2m── started again, {clock} UTC ──\x1b[0m\r\n")

    def print(self, text: str) -> None:
        """Put the keeper's own words into the output."""
        if self.session:
            self.session.drain_pipe()
        self.log.append(text.encode())
        self.output_came(0)

    def end(self, how: str, status: int, at: float, cause: str | None = None) -> None:
        """Record that the session is over; its last byte is in the log."""
        if self.session:
            self.session.close()
            self.session = None
        record = self.record
        record.state, record.ended = "ended", at
        record.exit_how, record.exit_status, record.exit_cause = how, status, cause
        self.busy = False
        self.owner = None
        self._held_by_viewer = self._held_by_screen = self.held_by_budget = False
        self._mark_end()
        if not any(not viewer.streaming for viewer in self.viewers):
            self.close_screen()
        self._flush()
        self.changed()

    def _mark_end(self) -> None:
        how = ENDINGS.get(self.record.exit_how or "lost", Ending.LOST)
        self.marks.add(Ended(self.log.head, how, self.record.exit_status or 0))

    # Viewers.

    def is_full(self) -> bool:
        """Whether one more viewer would be too many."""
        return len(self.viewers) >= MAX_VIEWERS_PER_CONSOLE

    def attach(self, viewer: Viewer, epoch: object, have: int | None) -> None:
        """Add a viewer: missing bytes when few are missing, else a snapshot."""
        if not self.viewers_in_sight() and viewer.visible:
            self.owner = viewer
            self.sized(viewer, used=False)
        self.viewers.append(viewer)
        log = self.log
        if (
            epoch == self.record.epoch and have is not None
            and log.start <= have <= log.head and log.head - have <= MAX_DELTA_BYTES
            and (grid := self.marks.size_at(have)) and self.marks.after(have) >= self.marks.first
        ):  # fmt: skip
            self._start_stream(viewer, "delta", have, grid)
        elif log.start == 0 and log.head <= FRESH_BYTES and (grid := self.marks.size_at(0)):
            self._start_stream(viewer, "fresh", 0, grid)
        else:
            self._start_task(self._attach_with_snapshot(viewer, welcome=True))
        self.changed()

    def _start_stream(self, viewer: Viewer, mode: str, offset: int, grid: tuple[int, int]) -> None:
        self._welcome(viewer, mode, offset, grid)
        if mode == "delta":
            # The link may have broken between these bytes and the resize that follows them.
            resized = frames.Resized(offset, *grid, owner=int(self.owner is viewer))
            viewer.link.send(Kind.RESIZED, viewer.channel, resized.pack())
        viewer.begin(offset, self.marks.after(offset), self.now())
        if self.record.state == "ended" and offset == self.log.head:
            viewer.next_mark = self.marks.end - 1  # its EXIT lies at `offset` itself
        viewer.link.feed()

    def _welcome(self, viewer: Viewer, mode: str, offset: int, grid: tuple[int, int]) -> None:
        welcome = {
            "console": self.record.id, "epoch": self.record.epoch,
            "generation": self._listener.generation, "mode": mode, "offset": offset,
            "head": self.log.head, "cols": grid[0], "rows": grid[1],
            "owner": self.owner is viewer, "in_seq": self._writers.get(viewer.page, 0),
            "engine": "ghostty", "info": self.info(),
        }  # fmt: skip
        viewer.link.send(Kind.WELCOME, viewer.channel, frames.pack_json(welcome))

    async def _attach_with_snapshot(self, viewer: Viewer, *, welcome: bool) -> None:
        viewer.streaming = False
        viewer.snapshot_at = self.now()
        screen = self.open_screen(replies_from=self.log.head)
        try:
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                snapshot = await screen.snapshot()
        except (ScreenError, TimeoutError) as error:
            if not viewer.detached:
                text = f"The screen cannot be shown ({error or 'it took too long'}). Try again."
                payload = frames.ErrorInfo(ErrorCode.REFUSED, text).pack()
                viewer.link.send(Kind.ERROR, viewer.channel, payload)
            return
        finally:
            self._put_screen_away()
        if not viewer.detached:
            self._stream_from(viewer, snapshot, welcome=welcome)

    def _stream_from(self, viewer: Viewer, snapshot: Snapshot, *, welcome: bool) -> None:
        if welcome:
            self._welcome(viewer, "snapshot", snapshot.offset, (snapshot.cols, snapshot.rows))
        viewer.begin_with(snapshot, self.now())
        viewer.link.feed()

    def _put_screen_away(self) -> None:
        waiting = any(not viewer.streaming for viewer in self.viewers)
        if self.record.state == "ended" and not waiting:
            self.close_screen()

    def _start_task(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def detach(self, viewer: Viewer) -> None:
        """Remove a viewer; the session goes on."""
        viewer.detached = True
        if viewer in self.viewers:
            self.viewers.remove(viewer)
        if self.owner is viewer:
            self.owner = None
        self.update_hold()
        self.changed()

    def viewers_in_sight(self) -> list[Viewer]:
        """Viewers whose pane is on a screen."""
        return [viewer for viewer in self.viewers if viewer.visible]

    def acked(self, viewer: Viewer, offset: int) -> None:
        """Note what a viewer parsed, and go on reading when it keeps up."""
        viewer.ack(offset, self.now())
        self._bring_up_to_date(viewer)
        self.update_hold()

    def _bring_up_to_date(self, viewer: Viewer) -> None:
        if (
            viewer.streaming and not viewer.lagging and viewer.unacked == 0
            and viewer.sent < self.log.head and viewer.too_far_behind()
            and self.now() - viewer.snapshot_at >= SNAPSHOT_APART_SECONDS
        ):  # fmt: skip
            self._start_task(self._attach_with_snapshot(viewer, welcome=False))

    def look(self) -> None:
        """Do what is due: set slow viewers aside, bring others up to date, ask who is busy."""
        now = self.now()
        for viewer in list(self.viewers):
            viewer.look_whether_lagging(now)
            self._bring_up_to_date(viewer)
        self.update_hold()
        self.look_whether_busy()

    def look_whether_busy(self) -> None:
        """Ask the kernel who has the foreground."""
        if self.session and self.record.kind == "bash" and self.busy != self.session.busy():
            self.busy = not self.busy
            self.changed()

    # Flow control.

    def _counted(self) -> Viewer | None:
        """Return the one viewer that may hold the program: the owner, in sight and keeping up."""
        owner = self.owner
        if owner and owner.visible and owner.streaming and not owner.lagging:
            return owner
        return None

    def update_hold(self) -> None:
        """Look again whether the program must wait for its viewer."""
        counted = self._counted()
        if counted is None:
            self._held_by_viewer = False
        else:
            self.held_by_budget = False
        self.apply_hold()

    def apply_hold(self) -> None:
        """Stop or go on reading, by what is known now."""
        if counted := self._counted():
            behind = self.log.head - counted.acked
            limit = RESUME_AT_BYTES if self._held_by_viewer else WINDOW_BYTES
            self._held_by_viewer = behind > limit
        else:
            self._held_by_viewer = False
        if self.session:
            held = self._held_by_viewer or self._held_by_screen or self.held_by_budget
            self.session.pause(paused=held)

    # Input and size.

    def type(self, viewer: Viewer, seq: int, data: bytes) -> None:
        """Write keys to the program, each numbered piece once."""
        done = self._writers.get(viewer.page, 0)
        if seq <= done:
            viewer.link.send(Kind.INACK, viewer.channel, frames.Inack(done).pack())
            return
        if self.session is None:
            self._refuse(viewer, ErrorCode.GONE, "Nothing runs in this console any more.")
            return
        if self.owner is not viewer:
            self.sized(viewer, used=True)

        def written() -> None:
            if not viewer.detached:
                viewer.link.send(Kind.INACK, viewer.channel, frames.Inack(seq).pack())

        if not self.session.write(data, written):
            self._refuse(viewer, ErrorCode.BUSY, "The program does not read; this was not typed.")
            return
        self._writers[viewer.page] = seq
        self._writers.move_to_end(viewer.page)
        if len(self._writers) > _MAX_WRITERS:
            self._writers.popitem(last=False)

    def _refuse(self, viewer: Viewer, code: ErrorCode, text: str) -> None:
        viewer.link.send(Kind.ERROR, viewer.channel, frames.ErrorInfo(code, text).pack())

    def sized(self, viewer: Viewer, *, used: bool) -> None:
        """Take over the viewer's size when it used the console last, or nobody else looks."""
        others = [other for other in self.viewers_in_sight() if other is not viewer]
        becomes = used or (viewer.visible and not others)
        if becomes and self.owner is not viewer:
            self.owner = viewer
            self._set_grid(viewer.size[0], viewer.size[1], viewer.size[2:], force=True)
        elif self.owner is viewer and viewer.visible:
            self._set_grid(viewer.size[0], viewer.size[1], viewer.size[2:])
        self.update_hold()

    def _set_grid(
        self, cols: int, rows: int, pixels: tuple[int, ...], *, force: bool = False
    ) -> None:
        """Resize, exactly here in the output. `force` tells viewers even of an equal size."""
        if self.session is None or not cols or not rows:
            return
        cols = max(MIN_COLS, min(MAX_COLS, cols))
        rows = max(MIN_ROWS, min(MAX_ROWS, rows))
        same = (cols, rows) == self.marks.size_at(self.log.head)
        if same and not force:
            return
        wait = self._resized_at + RESIZE_APART_SECONDS - self.now()
        if wait > 0 and not same and not force:
            self._resize_later(wait)
            return
        self._resized_at = self.now()
        self.record.cols, self.record.rows = cols, rows
        mark = Resize(self.log.head, cols, rows)
        self.marks.add(mark, durable=not same)
        if not same:
            self.session.resize(cols, rows, pixels[0], pixels[1])
            if self.screen:
                self.screen.resize(mark, self.marks.end)
            self.changed()
        self._flush()

    def _resize_later(self, wait: float) -> None:
        def again() -> None:
            self._resize_timer = None
            if self.owner:
                size = self.owner.size
                self._set_grid(size[0], size[1], size[2:], force=True)

        if self._resize_timer is None:
            self._resize_timer = self._loop.call_later(wait, again)

    def begin_session(self, cols: int, rows: int) -> None:
        """Note the grid that the coming session starts with."""
        record = self.record
        record.cols = max(MIN_COLS, min(MAX_COLS, cols))
        record.rows = max(MIN_ROWS, min(MAX_ROWS, rows))
        mark = Resize(self.log.head, record.cols, record.rows)
        self.marks.add(mark)
        if self.screen:
            self.screen.resize(mark, self.marks.end)
        record.state, record.started, record.ended = "running", time.time(), None
        record.exit_how = record.exit_status = record.exit_cause = None

    def _hold_log_to_cap(self) -> None:
        """Give back the log's oldest bytes when it is over its cap, and say so the first time."""
        saved = self.screen.saved if self.screen else self.log.head
        kept_whole = self.log.start == 0
        if self.log.trim(max(saved, self.log.head - MAX_TAIL_BYTES)):
            self.changed()
            if kept_whole:
                self._listener.notice(
                    "warning",
                    f"The log of “{self.record.title}” has reached its maximum of"
                    f" {self.log.cap_bytes >> 20} MB. From now on its oldest output is dropped;"
                    " the newest is always kept.",
                )

    def close(self) -> None:
        """Let go of everything, leaving programs alone."""
        for task in list(self._tasks):
            task.cancel()
        if self._flush_timer:
            self._flush_timer.cancel()
        if self._resize_timer:
            self._resize_timer.cancel()
        if self.session:
            self.session.close()
        if self.screen:
            self.screen.stop()
            self.screen.join()
        self.log.close()
