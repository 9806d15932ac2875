"""The thread that one console's screen engine lives in.

It parses the log behind the loop's back, because hostile bytes can hold the engine for seconds.
The loop tells it how far the log goes and where the grid changes; it tells the loop what to
answer to queries. Everything it calls back runs in the loop.
"""

import contextlib
import threading
import time
import zlib
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ide.keeper import checkpoint
from ide.keeper.checkpoint import Saver
from ide.keeper.marks import Resize
from ide.keeper.output_log import OutputLog
from ide.keeper.rebuild import Rebuild
from ide.keeper.suspicion import Suspicion, Work
from ide.screen.engine import Colors, ScreenEngine, ScreenError
from ide.screen.progress import Progress, ProgressScanner
from ide.wire.frames import Codec

BEHIND_BYTES: Final = 1024 * 1024
"""Reading the program pauses when the engine is further behind than this."""
CAUGHT_UP_BYTES: Final = 512 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_REST_SECONDS: Final = 30.0
"""An engine that had nothing to do for so long takes less memory."""
_DEFLATE_FROM_BYTES: Final = 16 * 1024
_STOP_SECONDS: Final = 3.0

threading.stack_size(512 * 1024)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The screen after every byte before `offset` and every mark before number `marks`."""

    offset: int
    cols: int
    rows: int
    marks: int
    codec: int
    data: bytes


class ScreenListener(Protocol):
    """What the thread tells its console, in the loop."""

    def screen_replied(self, data: bytes) -> None:
        """Write these answers to the program."""

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


class ScreenThread:
    """A screen engine in its own thread. Methods are for the loop; none of them waits."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        log: OutputLog,
        folder: Path,
        *,
        size: tuple[int, int],
        listener: ScreenListener,
        replies_from: int,
    ) -> None:
        """Rebuild from checkpoint and log, answering only queries at or after `replies_from`.

        `size` is the grid at the log's beginning, should there be no checkpoint.
        """
        self._loop, self._log, self._listener = loop, log, listener
        self._suspicion = Suspicion(folder)
        self._rebuild = Rebuild(folder, self._suspicion)
        self.saver: Final = Saver(folder / "screen", self._suspicion)
        self.engine: Final = "log" if self._suspicion.convicted else "ghostty"
        """"log" once the same output crashed the native engine twice."""
        self._size = size
        self._replies_from = replies_from
        self._wake = threading.Condition()
        self._resizes: deque[tuple[Resize, int]] = deque()
        self._wishes: deque[Future[Snapshot]] = deque()
        self._colors: Colors | None = None
        self._stopping = False
        self._lagging = False
        self._marks_done = 0
        self.head = log.head
        """How far the engine may read."""
        self.fed = 0
        """Offset before which every byte is parsed."""
        self._awake, self._worked_at = True, time.monotonic()
        self.rebuilt = False
        self.partial = False
        """Whether history was given up in the rebuild."""
        self.failed = ""
        self.title = self.cwd = ""
        self.alternate = False
        self._progress = ProgressScanner()
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)

    def start(self, resizes: list[tuple[Resize, int]]) -> None:
        """Start, knowing the size history; each with the number of the mark after it."""
        self._resizes.extend(resizes)
        self._thread.start()

    def advance(self, head: int) -> bool:
        """Say that the log goes up to `head`; True when reading should pause."""
        with self._wake:
            self.head = head
            # One that failed never catches up: nobody waits for it.
            self._lagging = not self.failed and head - self.fed > BEHIND_BYTES
            self._wake.notify()
            return self._lagging

    def resize(self, mark: Resize, marks: int) -> None:
        """Say that the grid changes at `mark`; `marks` is the number after it."""
        with self._wake:
            self._resizes.append((mark, marks))
            self._wake.notify()

    def set_colors(self, colors: Colors) -> None:
        """Say what colour queries are answered with."""
        with self._wake:
            self._colors = colors
            self._wake.notify()

    def snapshot(self) -> "Future[Snapshot]":
        """Ask for the screen as it is by then; the future may end in ScreenError."""
        future: Future[Snapshot] = self._loop.create_future()
        with self._wake:
            if self.failed:
                future.set_exception(ScreenError(self.failed))
            else:
                self._wishes.append(future)
                self._wake.notify()
        return future

    def stop(self) -> None:
        """Parse what there is, save a last checkpoint and end. Does not wait."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def join(self, seconds: float = _STOP_SECONDS) -> None:
        """Wait at most that long for the end, after `stop`."""
        self._thread.join(seconds)

    @property
    def stopped(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def _tell(self, call: Callable[..., None], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)

    def _run(self) -> None:
        try:
            self._screen = self._begin()
            with contextlib.closing(self._screen):
                while self._turn():
                    pass
                self.saver.look(self.fed, self._screen, final=True)
        except (ScreenError, OSError) as error:
            with self._wake:
                self.failed = str(error)
            self._tell(self._listener.screen_changed)
            self._tell(self._listener.screen_caught_up)
        finally:
            self._refuse_wishes()

    def _refuse_wishes(self) -> None:
        with self._wake:
            wishes, self._wishes = list(self._wishes), deque()
            self.failed = self.failed or "the screen was put away"
            error = self.failed
        for wish in wishes:
            self._tell(_fail, wish, error)

    def _begin(self) -> ScreenEngine:
        beginning = self._rebuild.begin(self._log.start, self.head, self._size)
        self.fed = beginning.fed
        self.saver.begin(beginning.fed)
        self.partial = beginning.partial
        self._skip_past_sizes(beginning.screen)
        if beginning.give_up or beginning.degraded:
            self.saver.save(self.fed, beginning.screen)
        if beginning.degraded:
            self._tell(self._listener.screen_degraded)
        return beginning.screen

    def _skip_past_sizes(self, screen: ScreenEngine) -> None:
        last = None
        with self._wake:
            while self._resizes and self._resizes[0][0].offset <= self.fed:
                last, self._marks_done = self._resizes.popleft()
        if last and screen.size != (last.cols, last.rows):
            with self._work(Work.RESIZE, last.offset):
                screen.resize(last.cols, last.rows)

    def _turn(self) -> bool:
        """Wait for work and do some; False when there is nothing more to do."""
        with self._wake:
            self._wake.wait_for(self._has_work, timeout=self._idle_seconds())
            head, stopping, colors = self.head, self._stopping, self._colors
            self._colors = None
            resize = self._resizes[0][0].offset if self._resizes else head
        if colors:
            self._screen.set_colors(colors)
        self._feed(min(head, max(resize, self.fed)))
        self._tell_when_caught_up()
        self._apply_resizes()
        if not self.rebuilt and self.fed >= self._replies_from:
            self._look()  # a checkpoint with nothing after it says all this too
            self.rebuilt = True
            self._rebuild.ended()
            self._tell(self._listener.screen_changed)
        if self.rebuilt or self.fed >= head:
            self._grant_wishes()
        self.saver.look(self.fed, self._screen)
        self._rest()
        return not (stopping and self.fed >= head and not self._resizes)

    def _has_work(self) -> bool:
        return bool(
            self._stopping
            or self.head > self.fed
            or (self._resizes and self._resizes[0][0].offset <= self.fed)
            or self._wishes
            or (not self.rebuilt and self.fed >= self._replies_from)
            or self._colors
        )

    def _idle_seconds(self) -> float | None:
        if self.fed > self.saver.saved:
            return checkpoint.EVERY_SECONDS
        return max(0.1, self._worked_at + _REST_SECONDS - time.monotonic()) if self._awake else None

    def _work(self, work: Work, offset: int, size: int = 0) -> AbstractContextManager[None]:
        """Note what the engine is about to do."""
        self._awake, self._worked_at = True, time.monotonic()
        return self._suspicion.during(work, offset, size)

    def _rest(self) -> None:
        if self._awake and time.monotonic() - self._worked_at >= _REST_SECONDS:
            with self._suspicion.during(Work.COMPRESS, self.fed):
                self._screen.compress()
            self._awake = False

    def _feed(self, until: int) -> None:
        if until <= self.fed:
            return
        size = min(until - self.fed, _CHUNK_BYTES)
        if self.fed < self._replies_from:
            size = min(size, self._replies_from - self.fed)
        data = self._log.read(self.fed, size)
        if not data:
            # The bytes are gone (unrecorded ones, past their room in memory): go on after them.
            self.partial = True
            self.fed = max(self._log.start, min(until, self.fed + size))
            return
        live = self._screen.replies_on = self.fed >= self._replies_from
        bels = self._screen.bels
        with self._work(Work.FEED, self.fed, len(data)):
            self._screen.feed(data)
        with self._wake:
            self.fed += len(data)
        if replies := self._screen.take_replies():
            self._tell(self._listener.screen_replied, replies)
        self._look()
        if live and self._screen.bels > bels:
            self._tell(self._listener.screen_rang)
        if self._progress.feed(data) and live:
            self._tell(self._listener.screen_progressed, self._progress.progress)

    def _tell_when_caught_up(self) -> None:
        with self._wake:
            caught_up = self._lagging and self.head - self.fed <= CAUGHT_UP_BYTES
            self._lagging = self._lagging and not caught_up
        if caught_up:
            self._tell(self._listener.screen_caught_up)

    def _look(self) -> None:
        screen = self._screen
        seen = (screen.title, screen.cwd, screen.alternate)
        if seen != (self.title, self.cwd, self.alternate):
            self.title, self.cwd, self.alternate = seen
            self._tell(self._listener.screen_changed)

    def _apply_resizes(self) -> None:
        while True:
            with self._wake:
                if not self._resizes or self._resizes[0][0].offset > self.fed:
                    return
                mark, self._marks_done = self._resizes.popleft()
            with self._work(Work.RESIZE, mark.offset):
                self._screen.resize(mark.cols, mark.rows)

    def _grant_wishes(self) -> None:
        with self._wake:
            wishes, self._wishes = list(self._wishes), deque()
        if not wishes:
            return
        try:
            with self._work(Work.SNAPSHOT, self.fed):
                data = self._screen.snapshot()
        except ScreenError as error:
            self._refuse_for_now(wishes, str(error))
            return
        codec = Codec.PLAIN
        if len(data) > _DEFLATE_FROM_BYTES:
            data, codec = zlib.compress(data, 1), Codec.DEFLATE
        cols, rows = self._screen.size
        snapshot = Snapshot(self.fed, cols, rows, self._marks_done, codec, data)
        for wish in wishes:
            self._tell(_fulfil, wish, snapshot)

    def _refuse_for_now(self, wishes: "list[Future[Snapshot]]", error: str) -> None:
        """Refuse snapshots within too long a sequence, unless it may end in what is not parsed."""
        with self._wake:
            waits = self.fed < self.head
            if waits:
                self._wishes.extendleft(reversed(wishes))
        if not waits:
            for wish in wishes:
                self._tell(_fail, wish, error)


def _fulfil(future: "Future[Snapshot]", snapshot: Snapshot) -> None:
    if not future.done():
        future.set_result(snapshot)


def _fail(future: "Future[Snapshot]", error: str) -> None:
    if not future.done():
        future.set_exception(ScreenError(error))
