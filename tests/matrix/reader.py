"""A page that follows a console and comes back after every cut, as link.ts does."""

from collections.abc import Callable
from contextlib import suppress

from ide.wire import limits
from ide.wire.frames import Frame, Kind
from tests.matrix.background import Background
from tests.matrix.numbers import Numbers
from tests.visitor import Link, RefusedError, Visitor
from tests.waiting import wait_until

STEP_SECONDS = 0.2
PAUSE_SECONDS = 0.05
BACK_SECONDS = 60.0
GOES_ON_SECONDS = 30.0
"""Less than the 45 s after which a silent viewer is dropped: none may hold a program so long."""


class Follower:
    """Takes the frames of one attached link, checks its numbers and acknowledges."""

    def __init__(self, link: Link, numbers: Numbers) -> None:
        self.link = link
        self.numbers = numbers
        self.whole = link.welcome["mode"] != "snapshot"
        """False while a snapshot is on its way: nothing can be resumed then."""
        self._acked = link.offset

    def step(self) -> Frame | None:
        """Take one frame; None when there was none for STEP_SECONDS."""
        link = self.link
        try:
            frame = link.frame(STEP_SECONDS)
        except TimeoutError:
            link.ack()
            return None
        assert frame.kind != Kind.ERROR, frame.payload
        data = link.take(frame)
        if frame.kind == Kind.OUTPUT:
            self.numbers.take(data)
        elif frame.kind == Kind.SNAP_BEGIN:
            self.whole = False
        elif frame.kind == Kind.SNAP_END:
            self.numbers.take_snapshot(data)
            self.whole = True
        if link.offset - self._acked >= limits.ACK_EVERY_BYTES:
            self._acked = link.offset
            link.ack()
        return frame


class Reader(Background):
    """Attaches in a thread, checks that numbers rise by one, and resumes where it stood."""

    def __init__(self, visitor: Visitor, console: str, cols: int = 100, rows: int = 30) -> None:
        super().__init__()
        self.numbers = Numbers()
        self.modes: list[str] = []
        """WELCOME's mode of each time that it attached."""
        self.exited = False
        self.link: Link | None = None
        self._visitor, self._console = visitor, console
        self._grid = {"cols": cols, "rows": rows}
        self._follower: Follower | None = None
        self._dead: list[Link] = []
        self._leave: Callable[[Link], None] | None = None

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                with suppress(OSError, RefusedError):
                    self._read()
                self.stopping.wait(PAUSE_SECONDS)
        finally:
            for link in self._dead:
                link.socket.close()

    def cut(self) -> None:
        """Have the connection cut, and come back."""
        self._leave = Link.cut

    def abandon(self) -> None:
        """Have the socket left open, neither read nor closed, and come back on another one."""
        self._leave = self._dead.append

    def came_back(self, times: int) -> None:
        """Wait until it was welcomed so often."""
        wait_until(lambda: self.check() or len(self.modes) >= times, BACK_SECONDS, "welcomed")

    def goes_on(self, lines: int = 1000) -> None:
        """Wait until that many more lines came."""
        goal = self.numbers.last + lines
        wait_until(
            lambda: self.check() or self.numbers.last >= goal,
            GOES_ON_SECONDS,
            f"{lines} more lines",
        )

    def _read(self) -> None:
        link = self._visitor.link()
        try:
            self._attach(link)
            while not (self.stopping.is_set() or self._leave):
                frame = self._follower.step()
                self.exited = self.exited or (frame is not None and frame.kind == Kind.EXIT)
        finally:
            leave, self._leave = self._leave or _close, None
            leave(link)

    def _attach(self, link: Link) -> None:
        before = self._follower
        if before is not None:
            link.page, link.epoch = before.link.page, before.link.epoch
            link.offset = before.link.offset
        resume = before is not None and before.whole
        welcome = link.hello(self._console, resume=resume, **self._grid)
        self._follower = Follower(link, self.numbers)
        self.link = link
        self.modes.append(welcome["mode"])


def _close(link: Link) -> None:
    link.socket.close()
