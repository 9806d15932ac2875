"""What an engine reads in the output of a program, told to the console in the loop."""

from collections.abc import Callable
from typing import Protocol

from ide.screen.engine import ScreenEngine
from ide.screen.progress import Progress, ProgressScanner


class ScreenListener(Protocol):
    """What the thread tells its console, in the loop."""

    def screen_replied(self, data: bytes, asked: int) -> None:
        """Write these answers to the program, to queries in the piece of output at `asked`."""

    def screen_changed(self) -> None:
        """`cwd`, `title`, `alternate` or `rebuilt` is another one now."""

    def screen_progressed(self, progress: Progress | None) -> None:
        """Hear how far the program says it is; not told of what a predecessor parsed."""

    def screen_rang(self) -> None:
        """Hear one or more BELs; not told of what a predecessor parsed."""

    def screen_degraded(self) -> None:
        """Hear that from now on only a part of the history can be shown."""

    def screen_caught_up(self) -> None:
        """Hear that the engine is less than CAUGHT_UP_BYTES behind again."""


class Reports:
    """The newest title, folder and screen, and what is told at once. Lives in the screen's thread.

    `tell` has the loop call something soon.
    """

    def __init__(self, listener: ScreenListener, tell: Callable[..., None]) -> None:
        self._listener, self._tell = listener, tell
        self.title = self.cwd = ""
        self.alternate = False
        self._progress = ProgressScanner()
        self._bels = 0

    def fed(self, screen: ScreenEngine, offset: int, data: bytes, *, live: bool) -> None:
        """Tell what `data`, just parsed, said; what a predecessor parsed is not `live`."""
        if replies := screen.take_replies():
            self._tell(self._listener.screen_replied, replies, offset)
        self.look(screen)
        rang, self._bels = screen.bels > self._bels, screen.bels
        if live and rang:
            self._tell(self._listener.screen_rang)
        if self._progress.feed(data) and live:
            self._tell(self._listener.screen_progressed, self._progress.progress)

    def look(self, screen: ScreenEngine) -> None:
        """Tell of another title, folder or screen."""
        seen = (screen.title, screen.cwd, screen.alternate)
        if seen != (self.title, self.cwd, self.alternate):
            self.title, self.cwd, self.alternate = seen
            self._tell(self._listener.screen_changed)
