"""Why the program behind a console has to wait before more of its output is read."""

from collections.abc import Callable
from typing import Final, Protocol

from ide.keeper.output_log import OutputLog
from ide.keeper.session import Session
from ide.wire.limits import RESUME_AT_BYTES, WINDOW_BYTES

LEAVE_BYTES: Final = 256 * 1024
"""More than what a program prints before an interrupt ends it, and its terminal still holds."""


class Counted(Protocol):
    """A viewer that may hold the program."""

    visible: bool
    streaming: bool
    lagging: bool
    acked: int


class Owned(Protocol):
    """The grid."""

    @property
    def owner(self) -> Counted | None:
        """Whose size the console has."""


class Held(Protocol):
    """The console, as what holds its program sees it."""

    log: OutputLog
    session: Session | None

    @property
    def grid(self) -> Owned:
        """The console's grid."""


class Hold:
    """Three reasons: the viewer that counts, the screen engine, the workspace's budget."""

    def __init__(self, console: Held, may_read: Callable[[int], bool]) -> None:
        """`may_read` takes so many bytes from the budget, and says whether it allows more."""
        self._console, self._may_read = console, may_read
        self._by_viewer = self._by_screen = self._by_budget = False
        self._leave = 0

    def _counted(self) -> Counted | None:
        """Return the one viewer that may hold the program: the owner, in sight and keeping up."""
        owner = self._console.grid.owner
        if owner and owner.visible and owner.streaming and not owner.lagging:
            return owner
        return None

    def output_came(self, count: int, *, screen_lags: bool) -> None:
        """Look whether the program must wait now that `count` bytes more are in the log."""
        self._leave = max(0, self._leave - count)
        self._by_screen = screen_lags and not self._leave
        if not self._counted():
            self._by_budget = not self._may_read(count)
        self._apply()

    def screen_caught_up(self) -> None:
        """Go on reading, as far as the screen is concerned."""
        self._by_screen = False
        self._leave = 0
        self._apply()

    def interrupted(self) -> None:
        """Let LEAVE_BYTES through although the screen lags: somebody wants to see the prompt."""
        self._leave = LEAVE_BYTES
        self._by_screen = False
        self._apply()

    def viewers_changed(self) -> None:
        """Look again whether the program must wait for its viewer."""
        if self._counted():
            self._by_budget = False
        self._apply()

    def look(self) -> bool:
        """Go on if the budget allows it by now; returns whether it does not."""
        if self._by_budget and self._may_read(0):
            self._by_budget = False
            self._apply()
        return self._by_budget

    def _apply(self) -> None:
        """Stop or go on reading. Between two marks what was decided for the viewer stays."""
        counted = self._counted()
        if counted is None:
            self._by_viewer = False
        else:
            limit = RESUME_AT_BYTES if self._by_viewer else WINDOW_BYTES
            self._by_viewer = self._console.log.head - counted.acked > limit
        if self._console.session:
            paused = self._by_viewer or self._by_screen or self._by_budget
            self._console.session.pause(paused=paused)

    def clear(self) -> None:
        """Forget every reason: nothing runs any more."""
        self._leave = 0
        self._by_viewer = self._by_screen = self._by_budget = False
