"""The screen behind one console: opened when somebody needs it, put away when nobody does.

It also takes over what the engine read in the output: answers to queries, title, folder, BEL.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from ide.keeper.hold import Hold
from ide.keeper.journal import Record
from ide.keeper.marks import Marks, Resize
from ide.keeper.noted_engine import NotedEngine
from ide.keeper.output_log import OutputLog
from ide.keeper.rebuild import MAX_TAIL_BYTES
from ide.keeper.screen_thread import ScreenThread
from ide.keeper.session import Session
from ide.keeper.signals import Signals
from ide.keeper.unanswered import Unanswered
from ide.screen.engine import Colors, ScreenError
from ide.screen.progress import Progress

SNAPSHOT_SECONDS: Final = 15.0
SOON_SECONDS: Final = 0.02
"""A new console's first words go to whoever waits for them before an engine is made."""
SOON_BYTES: Final = 64 * 1024
"""Unless there are this many."""
# Ends what a killed program left: an unfinished sequence, its modes, its region, its pen, its
# title. The scrollback stays, unlike with a full reset.
_LEAVE_ALTERNATE: Final = "\x18\x1b[?1049l"
_SOFT_RESET: Final = (
    "\x18\x1b\\\x1b[?1;5;9;12;45;66;1000;1002;1003;1004;1005;1006;1015;1016;2004;2026l"
    # The region and origin mode move the cursor home, so it is saved around them.
    "\x1b[?7;25h\x1b[4;20l\x1b7\x1b[r\x1b[?6l\x1b8\x1b(B\x1b)B\x0f\x1b[0m\x1b[0 q\x1b]2;\x1b\\"
)


class Onlookers(Protocol):
    """Everybody attached, as the screen sees them."""

    def in_sight(self) -> Sequence[object]:
        """Those whose pane is on a screen."""

    def waiting(self) -> bool:
        """Whether any of them waits for a snapshot."""


class Shown(Protocol):
    """The console, as its screen sees it."""

    record: Record
    folder: Path
    log: OutputLog
    marks: Marks
    session: Session | None
    signals: Signals
    hold: Hold

    @property
    def viewers(self) -> Onlookers:
        """Everybody attached."""

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached to the workspace."""


class ConsoleScreen:
    """At most one engine at a time, in its thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, console: Shown) -> None:
        self._loop, self._console = loop, console
        self._thread: ScreenThread | None = None
        self._leaving: ScreenThread | None = None
        """The one before, which may still save itself."""
        self._colors: Colors | None = None
        self._unanswered = Unanswered(console.log)
        self._opens: asyncio.TimerHandle | None = None
        self._replies_from = 0

    @property
    def engine(self) -> str:
        """`ghostty`, or `log` when only partial history can be shown."""
        return self._thread.engine if self._thread else "ghostty"

    @property
    def is_alternate(self) -> bool:
        """Whether a program has the whole screen, as far as the engine has come."""
        return self._thread is not None and self._thread.reports.alternate

    @property
    def keep_from(self) -> int:
        """Offset from which on a rebuild needs the log."""
        head = self._console.log.head
        nothing_parsed = 0 if self._opens else head
        saved = self._thread.saver.saved if self._thread else nothing_parsed
        return max(saved, head - MAX_TAIL_BYTES)

    def open(self, replies_from: int) -> ScreenThread:
        """Start the engine unless it runs; it answers queries from `replies_from` on."""
        if self._opens:
            self._opens.cancel()
            self._opens, replies_from = None, self._replies_from
        if self._thread and not self._thread.stopped:
            return self._thread
        console, record, marks = self._console, self._console.record, self._console.marks
        thread = ScreenThread(
            self._loop, console.log, console.folder,
            size=marks.size_at(console.log.start) or (record.cols, record.rows),
            listener=self, replies_from=replies_from,
        )  # fmt: skip
        thread.saver.enabled = console.log.recording
        thread.answer_from(self._unanswered.until)
        resizes = []
        for number in range(marks.first, marks.end):
            mark = marks.get(number)
            if isinstance(mark, Resize):
                resizes.append((mark, number + 1))
        if self._colors:  # before it starts: a query may be in what it reads first
            thread.set_colors(self._colors)
        thread.start(resizes, after=self._leaving)
        self._leaving = None
        self._thread = thread
        return thread

    def open_soon(self, replies_from: int) -> None:
        """Start the engine in a moment; for a console that has printed nothing yet."""
        self._replies_from = replies_from
        self._opens = self._loop.call_later(SOON_SECONDS, self.open, replies_from)

    def put_away(self) -> None:
        """Let the engine of an ended console save itself and go when nobody waits for it."""
        if self._opens:
            self.open(self._replies_from)
        ended = self._console.record.state == "ended"
        if self._thread and ended and not self._console.viewers.waiting():
            self._thread.stop()
            self._leaving, self._thread = self._thread, None

    def rest(self) -> NotedEngine | None:
        """Have the engine take less memory soon; return it, None when there is none."""
        if self._thread is None or (engine := self._thread.noted) is None:
            return None
        engine.tire()
        self._thread.save(enabled=self._thread.saver.enabled)  # it looks again, at this too
        return engine

    def close(self) -> None:
        """Let the engine save itself, and wait for that."""
        if self._opens:
            self._opens.cancel()
        if self._thread:
            self._thread.stop()
        for thread in (self._thread, self._leaving):
            if thread:
                thread.join()

    # The console tells.

    def advance(self) -> bool:
        """Have what the log has got parsed; True when reading should pause."""
        moved = self._unanswered.output_came()
        if self._opens and self._console.log.head > SOON_BYTES:
            self.open(self._replies_from)
        if self._thread is None:
            return False
        if moved:
            self._thread.answer_from(self._unanswered.until)
        return self._thread.advance(self._console.log.head)

    def interrupted(self, echo: bytes) -> None:
        """Answer no query from before an interrupt, which the terminal prints `echo` for."""
        self._unanswered.interrupted(echo)
        if self._thread:
            self._thread.answer_from(self._unanswered.until)

    def resize(self, mark: Resize) -> None:
        """Hear of the newest mark: the grid changes there."""
        if self._thread:
            self._thread.resize(mark, self._console.marks.end)

    def set_colors(self, colors: Colors) -> None:
        """Remember what colour queries are answered with."""
        self._colors = colors
        if self._thread:
            self._thread.set_colors(colors)

    def recording_changed(self) -> None:
        """Save no screen that shows what is not recorded."""
        if self._thread:
            self._thread.save(enabled=self._console.log.recording)

    async def separator(self) -> str:
        """Return what to print between what an ended session left and the next one."""
        thread = self.open(replies_from=self._console.log.head)
        with contextlib.suppress(ScreenError, TimeoutError):
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                await thread.snapshot()  # by then it is known which of the two screens is shown
        leave = _LEAVE_ALTERNATE if thread.reports.alternate else ""
        clock = time.strftime("%H:%M", time.gmtime())
        return f"{leave}{_SOFT_RESET}\r\n\x1b[2m── started again, {clock} UTC ──\x1b[0m\r\n"

    # The engine tells.

    def screen_replied(self, data: bytes, asked: int) -> None:
        """Answer queries that the program printed at `asked` or soon after."""
        if self._console.session and asked >= self._unanswered.until:
            self._console.session.answer(data)

    def screen_changed(self) -> None:
        """Take over the folder and the title that the program announced."""
        console, thread = self._console, self._thread
        if thread and thread.failed:
            console.notice("warning", f"{console.record.title}: {thread.failed}")
        if thread and thread.rebuilt:
            console.signals.moved(thread.reports.cwd)
            if thread.reports.title or not thread.partial:
                console.signals.titled(thread.reports.title)

    def screen_progressed(self, progress: Progress | None) -> None:
        """Take over how far the program is."""
        self._console.signals.progressed(progress)

    def screen_rang(self) -> None:
        """Remember a BEL that nobody is there to notice."""
        self._console.signals.rang(in_sight=bool(self._console.viewers.in_sight()))

    def screen_degraded(self) -> None:
        """Say why history is missing."""
        self._console.notice(
            "warning",
            f"The same output of “{self._console.record.title}” crashed the screen engine twice."
            " The console goes on with partial history; its log has everything.",
        )

    def screen_caught_up(self) -> None:
        """Go on reading."""
        self._console.hold.screen_caught_up()
