"""One viewer: a channel of a link attached to a console, and what it has had so far."""

import asyncio
import time
from collections import deque
from typing import Final, Protocol

from ide.keeper.marks import Ended, Mark, Marks, Resize
from ide.keeper.output_log import OutputLog
from ide.keeper.wishes import Snapshot
from ide.screen.engine import Colors
from ide.wire import frames
from ide.wire.frames import ErrorCode, Kind
from ide.wire.limits import MAX_DELTA_BYTES, MAX_OUTPUT_BYTES

LAGGING_SECONDS: Final = 2.0
"""Without an ack for this long a viewer is set aside until it has parsed all it was sent."""
SNAPSHOT_APART_SECONDS: Final = 1.0
_SNAP_CHUNK_BYTES: Final = 32 * 1024


class Outlet(Protocol):
    """The link, as its viewers see it."""

    heard_at: float
    """When it was heard of last, on the monotonic clock."""
    snapshots: asyncio.Semaphore
    """Held by each viewer that has a snapshot made or on its way."""

    def send(self, kind: int, channel: int, payload: bytes = b"") -> None:
        """Send one frame."""

    def feed(self) -> None:
        """Send what may be sent now."""

    def drop(self, viewer: "Viewer", code: ErrorCode, text: str) -> None:
        """Detach a viewer, and tell it why."""

    def abandon(self) -> None:
        """Close it: its page has another one."""


class Gridholder(Protocol):
    """The console's grid, as its viewers see it."""

    owner: "Viewer | None"


class Lookout(Protocol):
    """Who knows which viewers are in sight."""

    def seen(self, viewer: "Viewer", *, visible: bool) -> None:
        """Note whether a viewer's pane is on a screen."""


class Watched(Protocol):
    """The console, as its viewers and their links see it."""

    log: OutputLog
    marks: Marks

    @property
    def sight(self) -> Lookout:
        """Who looks at it."""

    @property
    def grid(self) -> Gridholder:
        """Whose size the console has."""

    def now(self) -> float:
        """Return the loop's clock, in seconds."""

    def detach(self, viewer: "Viewer") -> None:
        """Remove a viewer."""

    def acked(self, viewer: "Viewer", offset: int) -> None:
        """Note what a viewer parsed."""

    def type(self, viewer: "Viewer", seq: int, data: bytes) -> None:
        """Write keys to the program."""

    def sized(self, viewer: "Viewer", *, used: bool) -> None:
        """Note a viewer's grid and whether it was used."""

    def may_use(self, viewer: "Viewer", *, may: bool) -> None:
        """Note whether a viewer may do more than look."""

    def set_colors(self, colors: Colors) -> None:
        """Remember what colour queries are answered with."""


class Viewer:
    """State of one attachment. `sent` and `acked` are offsets; `sent` may not pass the log."""

    def __init__(self, link: Outlet, channel: int, console: Watched, page: str) -> None:
        """`page` names the writer: login and page load."""
        self.link, self.channel, self.console, self.page = link, channel, console, page
        self.device = ""
        """What its login calls the device."""
        self.since = time.time()
        """When it came, in seconds since the epoch."""
        self.size = (0, 0, 0, 0)
        """The viewer's own (cols, rows, px_width, px_height)."""
        self.told_size = self.size
        """The size that everybody was told last."""
        self.visible = True
        self.may_use = True
        """False for who may only look: it never gets the size, and so holds no program."""
        self.keeps = False
        """Whether its page can go on below what it shows after output was lost."""
        self.streaming = False
        """False until WELCOME, and while a snapshot is made."""
        self.lagging = False
        self.sent = self.acked = 0
        self.next_mark = 0
        self.progress_at = 0.0
        self.snapshot_at = 0.0
        self.detached = False
        self.begun = asyncio.Event()
        """Set with WELCOME."""
        self._snapshot: deque[bytes] = deque()
        self._has_turn = False
        self._unreadable = False
        """Whether the log has not what comes next, as with a failing disk."""

    @property
    def unacked(self) -> int:
        """Bytes on the way or being parsed."""
        return self.sent - self.acked if self.streaming else 0

    def begin(self, offset: int, next_mark: int, now: float) -> None:
        """Stream from `offset` on."""
        self.sent = self.acked = offset
        self.next_mark = next_mark
        self.streaming, self.lagging = True, False
        self._unreadable = False
        self.progress_at = now
        self._snapshot.clear()
        self.begun.set()

    def begin_with(self, snapshot: Snapshot, now: float) -> None:
        """Send a snapshot, then stream from where it was taken."""
        # The engine does not count marks that left the size as it was: those before it are past.
        past = self.console.marks.after(snapshot.offset - 1)
        self.begin(snapshot.offset, max(snapshot.marks, past), now)
        self.snapshot_at = now
        begin = frames.SnapBegin(
            snapshot.offset, snapshot.cols, snapshot.rows, snapshot.codec, len(snapshot.data)
        )
        self._snapshot.append(frames.encode(Kind.SNAP_BEGIN, self.channel, begin.pack()))
        for at in range(0, len(snapshot.data), _SNAP_CHUNK_BYTES):
            chunk = snapshot.data[at : at + _SNAP_CHUNK_BYTES]
            self._snapshot.append(frames.encode(Kind.SNAP_DATA, self.channel, chunk))
        self._snapshot.append(frames.encode(Kind.SNAP_END, self.channel))

    @property
    def has_snapshot(self) -> bool:
        """Whether frames of a snapshot wait to be sent."""
        return bool(self._snapshot)

    def next_snapshot_frame(self) -> bytes | None:
        """Return the next frame of a snapshot in flight; the last one ends this viewer's turn."""
        if not self._snapshot:
            return None
        frame = self._snapshot.popleft()
        if not self._snapshot:
            self.give_turn()
        return frame

    async def take_turn(self) -> None:
        """Wait until a snapshot may be made: a page that reads nothing holds only a few."""
        await self.link.snapshots.acquire()
        self._has_turn = True

    def give_turn(self) -> None:
        """Let the link's next viewer have its snapshot, if this one had its turn."""
        if self._has_turn:
            self._has_turn = False
            self.link.snapshots.release()

    def ready(self) -> bool:
        """Whether there is output or a mark that may be sent now."""
        if not self.streaming or self.lagging or self._snapshot:
            return False
        console = self.console
        if self.sent < console.log.head:
            return not self.too_far_behind()
        return self.next_mark < console.marks.end

    def too_far_behind(self) -> bool:
        """Whether only a snapshot can bring this viewer up to date."""
        console = self.console
        return (
            console.log.head - self.sent > MAX_DELTA_BYTES
            or self.sent < console.log.start
            or self._unreadable
            or self.next_mark < console.marks.first
        )

    def send_some(self, limit: int) -> bool:
        """Send marks that are due and at most `limit` bytes of output; whether anything went.

        Nothing goes when the log cannot be read: then only a snapshot leads on.
        """
        left, first_mark = limit, self.next_mark
        while True:
            until = self._send_marks()
            size = min(left, until - self.sent, MAX_OUTPUT_BYTES)
            data = self.console.log.read(self.sent, size) if size > 0 else b""
            if not data:
                self._unreadable = size > 0
                return left < limit or self.next_mark > first_mark
            if self.sent == self.acked:
                self.progress_at = self.console.now()
            output = frames.Output(self.sent, data)
            self.link.send(Kind.OUTPUT, self.channel, output.pack())
            self.sent += len(data)
            left -= len(data)

    def _send_marks(self) -> int:
        """Send the marks at `sent`; returns how far output may go before the next one."""
        marks = self.console.marks
        while self.next_mark < marks.end:
            mark = marks.get(self.next_mark)
            if mark.offset > self.sent:
                return mark.offset
            self._send_mark(mark)
            self.next_mark += 1
        return self.console.log.head

    def _send_mark(self, mark: Mark) -> None:
        if isinstance(mark, Resize):
            owner = int(self.console.grid.owner is self)
            resized = frames.Resized(mark.offset, mark.cols, mark.rows, owner)
            self.link.send(Kind.RESIZED, self.channel, resized.pack())
        elif isinstance(mark, Ended):
            ended = frames.Exit(mark.status, mark.how, mark.offset)
            self.link.send(Kind.EXIT, self.channel, ended.pack())

    def ack(self, offset: int, now: float) -> None:
        """Note what was parsed. Offsets never sent are left over from before a HELLO: ignored."""
        if not self.streaming or not self.acked < offset <= self.sent:
            return
        self.acked = offset
        self.progress_at = now
        if self.lagging and self.acked == self.sent:
            self.lagging = False

    def look_whether_lagging(self, now: float) -> None:
        """Set the viewer aside when it has not acked for LAGGING_SECONDS."""
        waiting = self.streaming and self.acked < self.sent
        if waiting and now - self.progress_at > LAGGING_SECONDS:
            self.lagging = True
