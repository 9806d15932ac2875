"""The size of a console's grid: whose it is, and where in the output it changes."""

import asyncio
from typing import Final, Protocol

from ide.keeper.console_screen import ConsoleScreen
from ide.keeper.journal import Record
from ide.keeper.marks import Marks, Resize
from ide.keeper.output_log import OutputLog
from ide.keeper.session import Session
from ide.keeper.viewer import Viewer
from ide.wire.limits import MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS

RESIZE_APART_SECONDS: Final = 0.05
TAKEN_AT_ONCE: Final = 4
"""When a console is taken from one viewer by another, so many sizes follow each other at once:
keys may stand behind them. Those who go on taking it from each other wait as well."""
REDRAW_SECONDS: Final = 0.1
"""How long a program that draws anew believes in one row less."""


class Gridded(Protocol):
    """The console, as its grid sees it."""

    record: Record
    log: OutputLog
    marks: Marks
    session: Session | None
    screen: ConsoleScreen

    def flush(self) -> None:
        """Send viewers what is due."""

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""


class Grid:
    """The grid belongs to the viewer that used the console last: its owner, if any."""

    def __init__(self, loop: asyncio.AbstractEventLoop, console: Gridded) -> None:
        self._loop, self._console = loop, console
        self.owner: Viewer | None = None
        self._next_at = 0.0
        """When the next size is due, if each one keeps RESIZE_APART_SECONDS for itself."""
        self._later: asyncio.TimerHandle | None = None
        self._redraw: asyncio.TimerHandle | None = None

    def sized(self, viewer: Viewer, *, used: bool, alone: bool) -> None:
        """Take over the viewer's size when it used the console, or is `alone` in looking."""
        becomes = used or (viewer.visible and alone)
        if becomes and self.owner is not viewer:
            self.owner = viewer
            self._set(viewer.size[0], viewer.size[1], viewer.size[2:], force=True)
        elif self.owner is viewer and viewer.visible:
            self._set(viewer.size[0], viewer.size[1], viewer.size[2:])

    def _set(self, cols: int, rows: int, pixels: tuple[int, ...], *, force: bool = False) -> None:
        """Resize, exactly here in the output.

        `force` is for a size that has another owner: it hardly waits, and viewers are told even of
        an equal one.
        """
        console = self._console
        if console.session is None or not cols or not rows:
            return
        cols, rows = _clamped(cols, rows)
        same = (cols, rows) == console.marks.size_at(console.log.head)
        if same and not force:
            return
        now = self._loop.time()
        at_once = RESIZE_APART_SECONDS * (TAKEN_AT_ONCE - 1) if force else 0.0
        if (wait := self._next_at - at_once - now) > 0:
            self._set_later(wait)
            return
        self._next_at = max(now, self._next_at) + RESIZE_APART_SECONDS
        console.record.cols, console.record.rows = cols, rows
        mark = Resize(console.log.head, cols, rows)
        console.marks.add(mark, durable=not same)
        if not same:
            console.session.resize(cols, rows, pixels[0], pixels[1])
            console.screen.resize(mark)
            console.changed()
        console.flush()

    def _set_later(self, wait: float) -> None:
        def again() -> None:
            self._later = None
            if self.owner:
                size = self.owner.size
                self._set(size[0], size[1], size[2:], force=True)

        if self._later is None:
            self._later = self._loop.call_later(wait, again)

    def draw_anew(self) -> None:
        """Have the program draw what no log and no checkpoint holds, as after a resize.

        It is told of one row less, then of the right size: of an equal size programs take no
        notice.
        """
        record = self._console.record
        self._tell_program(record.cols, record.rows - 1)
        if self._redraw:
            self._redraw.cancel()

        def right() -> None:
            self._redraw = None
            self._tell_program(record.cols, record.rows)

        self._redraw = self._loop.call_later(REDRAW_SECONDS, right)

    def _tell_program(self, cols: int, rows: int) -> None:
        pixels = self.owner.size[2:] if self.owner else (0, 0)
        if self._console.session:
            self._console.session.resize(cols, rows, pixels[0], pixels[1])

    def begin(self, cols: int, rows: int) -> None:
        """Note the grid that the coming session starts with."""
        console = self._console
        cols, rows = _clamped(cols, rows)
        console.record.cols, console.record.rows = cols, rows
        mark = Resize(console.log.head, cols, rows)
        console.marks.add(mark)
        console.screen.resize(mark)

    def close(self) -> None:
        """Forget what was to come."""
        for timer in (self._later, self._redraw):
            if timer:
                timer.cancel()


def _clamped(cols: int, rows: int) -> tuple[int, int]:
    return max(MIN_COLS, min(MAX_COLS, cols)), max(MIN_ROWS, min(MAX_ROWS, rows))
