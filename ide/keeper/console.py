"""One console: its record, log and marks, the screen behind it, the session in it, its viewers.

Everything here happens in the loop, in one step each.
"""

import asyncio
import time
from pathlib import Path
from typing import Any, Final, Protocol

from ide.keeper.bell import Bell
from ide.keeper.config import LogLimits
from ide.keeper.console_screen import ConsoleScreen
from ide.keeper.grid import Grid
from ide.keeper.hold import Hold
from ide.keeper.journal import Record
from ide.keeper.keys import Keys, interrupt_in, is_use
from ide.keeper.marks import Ended, Marks
from ide.keeper.occupation import Occupation
from ide.keeper.output_log import OutputLog
from ide.keeper.reasons import LimitReached
from ide.keeper.recording import Recording
from ide.keeper.session import Session
from ide.keeper.sight import Sight
from ide.keeper.signals import Signals
from ide.keeper.times import Times
from ide.keeper.unrecorded import Lost
from ide.keeper.viewer import Viewer
from ide.keeper.viewers import Viewers
from ide.screen.engine import Colors
from ide.wire.frames import Ending

_ENDINGS: Final = {
    "exit": Ending.EXIT, "signal": Ending.SIGNAL, "lost": Ending.LOST, "reboot": Ending.REBOOT,
    "stopped": Ending.STOPPED, "limit": Ending.LIMIT,
}  # fmt: skip


class ConsoleListener(Protocol):
    """What a console tells its keeper."""

    generation: str

    def console_changed(self, console: "Console") -> None:
        """Something in its JSON is another one."""

    def session_over(self, console: "Console") -> None:
        """Hear that a session is over; the record says how."""

    def may_read(self, count: int) -> bool:
        """Whether a console that nobody watches may go on after `count` bytes."""

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached to the workspace."""

    def save(self, record: Record) -> bool:
        """Write to the journal; false when the disk takes nothing (tried again later)."""

    def keep_logs_soon(self) -> None:
        """Have logs compressed without waiting for a quiet moment."""

    def output_came(self, console: "Console") -> None:
        """Hear that the log has got more."""


class Console:
    """A durable entry in the list. `session` is None when nothing runs in it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        record: Record,
        folder: Path,
        limits: LogLimits,
        listener: ConsoleListener,
    ) -> None:
        self._loop, self._listener = loop, listener
        self.record, self.folder = record, folder
        self.times = Times(folder)
        self.log = OutputLog(folder, limits.cap_bytes, clock=self.times.now, never=record.never)
        self.times.load(self.log.head)
        self.marks = Marks(folder, self.log.head)
        self.session: Session | None = None
        self.viewers = Viewers(loop, self)
        self.grid = Grid(loop, self)
        self.keys = Keys()
        self.hold = Hold(self, listener.may_read)
        self.screen = ConsoleScreen(loop, self)
        self.recording = Recording(self, limits)
        self.signals = Signals(loop, record, self.changed)
        self.sight = Sight(loop, self, time.time)
        self.occupation = Occupation(self)
        self.used_at = time.monotonic()
        """When somebody looked or typed here last."""
        self.bells: list[Bell] = []
        self.waiting = False
        """Whether what runs waits for its person's answer."""
        self.lost: Lost | None = None
        """What was unrecorded under the keeper before."""
        if record.state == "ended":
            self._mark_end()

    def now(self) -> float:
        """Return the loop's clock, in seconds."""
        return self._loop.time()

    @property
    def generation(self) -> str:
        """The keeper's generation."""
        return self._listener.generation

    def info(self) -> dict[str, Any]:
        """Return the console as JSON."""
        record = self.record
        return {
            "id": record.id, "kind": record.kind, "title": record.title, "cwd": record.cwd,
            "path": record.path, "state": record.state,
            "busy": self.occupation.busy, "at_prompt": self.occupation.at_prompt,
            "viewers": len(self.viewers.all),
            "created": record.created, "started": record.started,
            "foreground": self.occupation.foreground(),
            "attached": self.viewers.to_json(self.grid.owner),
            "ended": record.ended, "exit": record.exit_to_json(), "killed": record.killed_to_json(),
            "epoch": record.epoch, "cols": record.cols, "rows": record.rows,
            "waiting": self.waiting,
            "bells": [{"id": one.number, "when": one.when} for one in self.bells],
            "never_record": record.never, **self.recording.to_json(), **self.signals.to_json(),
        }  # fmt: skip

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""
        self._listener.console_changed(self)

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached to the workspace."""
        self._listener.notice(level, text)

    def save(self) -> bool:
        """Write the record to the journal now; false when the disk takes nothing."""
        return self._listener.save(self.record)

    def log_wants_packing(self) -> None:
        """Have logs kept now rather than in a few seconds."""
        self._listener.keep_logs_soon()

    def set_colors(self, colors: Colors) -> None:
        """Remember what colour queries are answered with."""
        self.screen.set_colors(colors)

    # The session.

    def begin_session(self, cols: int, rows: int) -> None:
        """Note that a session begins, on this grid; then see whether `recording` goes on."""
        self.grid.begin(cols, rows)
        record = self.record
        record.state, record.started, record.ended = "running", time.time(), None
        record.forget_end()

    def adopt(self, master: int, pipe: tuple[int, int]) -> None:
        """Run with these fds; what a predecessor left in the pipe goes to the log first."""
        seen = self.log.head
        self.session = Session(self._loop, self.log, master, pipe, self)
        self.session.drain_pipe()
        if self.log.head:
            self.screen.open(replies_from=seen)
        else:
            self.screen.open_soon(replies_from=seen)
        self.occupation.begin(self.session)
        self._listener.output_came(self)
        self.session.pause(paused=False)

    def output_came(self, count: int) -> None:
        """Send on what the log has got, and see whether the program must wait."""
        self.recording.output_came(self.log.head - count)
        self.viewers.output_came()
        self.hold.output_came(count, screen_lags=self.screen.advance())
        self._listener.output_came(self)

    def flush(self) -> None:
        """Send viewers what is due."""
        self.viewers.flush()

    def print(self, text: str) -> None:
        """Put the keeper's own words into the output."""
        if self.session:
            self.session.drain_pipe()
        self.log.append(text.encode())
        self.output_came(0)

    def end(
        self,
        how: str,
        status: int,
        at: float,
        cause: str | None = None,
        limit: LimitReached | None = None,
    ) -> None:
        """Record that the session is over; its last byte is in the log."""
        if self.session:
            self.session.close()
            self.session = None
        self.record.end(how, status, at, cause, limit)
        self.occupation.end()
        self.signals.session_over()
        self.grid.owner = None
        self.hold.clear()
        self._mark_end()
        self._listener.session_over(self)
        self.screen.put_away()
        self.flush()
        self.changed()

    def _mark_end(self) -> None:
        how = _ENDINGS.get(self.record.exit_how or "lost", Ending.LOST)
        self.marks.add(Ended(self.log.head, how, self.record.exit_status or 0))

    # Viewers.

    def attach(self, viewer: Viewer, epoch: object, have: int | None) -> None:
        """Add a viewer; it owns the grid when nobody else looks."""
        if viewer.may_use and viewer.visible and not self.viewers.in_sight():
            self.grid.owner = viewer
            self.sized(viewer, used=False)
        if viewer.visible:
            self.used_at = time.monotonic()
            self.sight.came(viewer)
        self.viewers.attach(viewer, epoch, have)
        self.changed()

    def detach(self, viewer: Viewer) -> None:
        """Remove a viewer; the session goes on."""
        self.viewers.remove(viewer)
        if viewer.visible:
            self.sight.left(viewer, time.monotonic() - viewer.link.heard_at)
        self._let_go_of_grid(viewer)
        self.changed()

    def may_use(self, viewer: Viewer, *, may: bool) -> None:
        """Note whether a viewer may do more than look; who only looks has not the size."""
        if viewer.may_use and not may:
            self._let_go_of_grid(viewer)
            self.changed()
        viewer.may_use = may

    def _let_go_of_grid(self, viewer: Viewer) -> None:
        if self.grid.owner is viewer:
            self.grid.owner = None
        self.hold.viewers_changed()

    def acked(self, viewer: Viewer, offset: int) -> None:
        """Note what a viewer parsed, and go on reading when it keeps up."""
        viewer.ack(offset, self.now())
        self.viewers.bring_up_to_date(viewer)
        self.hold.viewers_changed()

    def type(self, viewer: Viewer, seq: int, data: bytes) -> None:
        """Write keys to the program, each numbered piece once; the size follows who types."""
        fresh = self.session is not None and seq > self.keys.done(viewer.page)
        if is_use(data):
            self.used_at = time.monotonic()
        if fresh and self.grid.owner is not viewer and is_use(data):
            self.sized(viewer, used=True)
        interrupt = interrupt_in(data) if fresh else None
        if interrupt is not None and self.session:
            self._leave_unanswered(self.session, interrupt)
        self.keys.type(viewer, seq, data, self.session)
        if interrupt is not None:
            self.hold.interrupted()

    def _leave_unanswered(self, session: Session, key: int) -> None:
        """Answer nothing that was asked before `key`, unless the program gets it as any other."""
        echo = session.echo_of_interrupt(key)
        if echo is not None:
            session.drop_answers()
            self.screen.interrupted(echo)

    def sized(self, viewer: Viewer, *, used: bool) -> None:
        """Take over the viewer's size when it used the console last, or nobody else looks."""
        alone = all(other is viewer for other in self.viewers.in_sight())
        owner = self.grid.owner
        self.grid.sized(viewer, used=used, alone=alone)
        if self.grid.owner is not owner or viewer.size != viewer.told_size:
            viewer.told_size = viewer.size
            self.changed()
        self.hold.viewers_changed()

    def look(self) -> None:
        """Do what is due: set slow viewers aside, bring others up to date, ask who is busy."""
        self.viewers.look()
        self.hold.viewers_changed()
        self.occupation.look()

    def close(self) -> None:
        """Let go of everything, leaving programs alone."""
        for part in (
            self.viewers, self.grid, self.signals, self.sight, self.session, self.screen, self.log,
        ):  # fmt: skip
            if part:
                part.close()
