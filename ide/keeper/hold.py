"""Why the program behind a console has to wait before more of its output is read."""

from typing import Protocol

from ide.wire.limits import RESUME_AT_BYTES, WINDOW_BYTES


class Counted(Protocol):
    """The one viewer that may hold the program."""

    acked: int


class Hold:
    """Three reasons: the viewer that counts, the screen engine, the workspace's budget."""

    def __init__(self) -> None:
        self.by_viewer = self.by_screen = self.by_budget = False

    def look(self, counted: Counted | None, head: int) -> bool:
        """Return whether reading must pause, the log's end being `head`.

        Nobody counting never holds the program. Between two marks what was decided stays.
        """
        if counted is None:
            self.by_viewer = False
        else:
            limit = RESUME_AT_BYTES if self.by_viewer else WINDOW_BYTES
            self.by_viewer = head - counted.acked > limit
        return self.by_viewer or self.by_screen or self.by_budget

    def clear(self) -> None:
        """Forget every reason: nothing runs any more."""
        self.by_viewer = self.by_screen = self.by_budget = False
