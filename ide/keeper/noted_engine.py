"""A screen engine at work: each piece is noted before it begins, and without any it rests."""

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from ide.keeper.marks import Resize
from ide.keeper.suspicion import Suspicion, Work
from ide.keeper.wishes import Snapshot
from ide.screen.engine import SCROLLBACK_LINES, ScreenEngine, ScreenError
from ide.wire.frames import Codec

_REST_SECONDS: Final = 30.0
"""An engine that had nothing to do for so long takes less memory."""
_DEFLATE_FROM_BYTES: Final = 16 * 1024
MAX_SNAPSHOT_BYTES: Final = 400_000
"""As sent. A screen alone that is larger is sent nevertheless."""


class NotedEngine:
    """A `screen` and the notes of its console. Lives in the screen's thread."""

    def __init__(self, screen: ScreenEngine, suspicion: Suspicion) -> None:
        self.screen, self._suspicion = screen, suspicion
        self._awake, self._worked_at = True, time.monotonic()

    def feed(self, offset: int, data: bytes) -> None:
        """Parse what the program printed from `offset` on."""
        with self._work(Work.FEED, offset, len(data)):
            self.screen.feed(data)

    def resize(self, mark: Resize) -> None:
        """Change the grid as `mark` says."""
        with self._work(Work.RESIZE, mark.offset):
            self.screen.resize(mark.cols, mark.rows)

    def snapshot(self, offset: int, marks: int) -> Snapshot:
        """Return the screen as it is, at `offset` and before mark `marks`. Raises ScreenError.

        Of output that hardly shrinks fewer lines come, so that it is not over MAX_SNAPSHOT_BYTES.
        """
        lines = most = SCROLLBACK_LINES
        while True:
            with self._work(Work.SNAPSHOT, offset):
                data = self.screen.snapshot(lines)
            codec = Codec.PLAIN
            if len(data) > _DEFLATE_FROM_BYTES:
                data, codec = zlib.compress(data, 1), Codec.DEFLATE
            if len(data) <= MAX_SNAPSHOT_BYTES or not lines:
                return Snapshot(offset, *self.screen.size, marks, codec, data)
            # By its share at first; then by half at least, because the screen itself stays.
            lines = min(most, lines * MAX_SNAPSHOT_BYTES * 9 // (len(data) * 10))
            most = lines // 2

    @property
    def rests(self) -> bool:
        """Whether it took less memory since it had something to do."""
        return not self._awake

    def tire(self) -> None:
        """Have `rest` not wait."""
        self._worked_at -= _REST_SECONDS

    def seconds_to_rest(self) -> float | None:
        """Return when to call `rest`, None when it rests."""
        return max(0.1, self._worked_at + _REST_SECONDS - time.monotonic()) if self._awake else None

    def rest(self, offset: int) -> None:
        """Take less memory, if it had nothing to do after `offset` for long enough."""
        if self._awake and time.monotonic() - self._worked_at >= _REST_SECONDS:
            self._awake = False
            with self._suspicion.during(Work.COMPRESS, offset), suppress(ScreenError):
                self.screen.compress()  # one that cannot only stays as large as it is

    @contextmanager
    def _work(self, work: Work, offset: int, size: int = 0) -> Iterator[None]:
        self._awake, self._worked_at = True, time.monotonic()
        with self._suspicion.during(work, offset, size):
            yield
