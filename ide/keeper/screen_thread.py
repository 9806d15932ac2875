"""The thread that one console's screen engine lives in.

It parses the log behind the loop's back, because hostile bytes can hold the engine for seconds.
The loop tells it how far the log goes and where the grid changes; it tells the loop what to
answer to queries. Everything it calls back runs in the loop.
"""

import contextlib
import threading
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ide.keeper.checkpoint import Saver
from ide.keeper.marks import MAX_MARKS, Resize
from ide.keeper.noted_engine import NotedEngine
from ide.keeper.output_log import OutputLog
from ide.keeper.rebuild import Rebuild
from ide.keeper.screen_reports import Reports, ScreenListener
from ide.keeper.suspicion import Suspicion
from ide.keeper.wishes import Snapshot, Wishes
from ide.screen.engine import Colors, ScreenError

BEHIND_BYTES: Final = 1024 * 1024
"""Reading the program pauses when the engine is further behind than this."""
CAUGHT_UP_BYTES: Final = 512 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_STOP_SECONDS: Final = 3.0

threading.stack_size(512 * 1024)


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
        self._replies_from = self._answer_from = replies_from
        self._wake = threading.Condition()
        self._resizes: deque[tuple[Resize, int]] = deque()
        self._wishes = Wishes(loop, self._tell)
        self._colors: Colors | None = None
        self._look_again = False
        self._stopping = False
        self._after: ScreenThread | None = None
        self._lagging = False
        self._marks_done = 0
        self.head = log.head
        """How far the engine may read."""
        self.fed = 0
        """Offset before which every byte is parsed."""
        self.rebuilt = False
        self.partial = False
        """Whether history was given up in the rebuild."""
        self.failed = ""
        self.reports: Final = Reports(listener, self._tell)
        """What the program said of itself so far."""
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)

    def start(self, resizes: list[tuple[Resize, int]], after: "ScreenThread | None" = None) -> None:
        """Start, knowing the size history; each with the number of the mark after it.

        It waits for the end of `after`, which was stopped and may still write its checkpoint.
        """
        self._resizes.extend(resizes)
        self._after = after
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
        """Say that the grid changes at `mark`; `marks` is the number after it.

        Of more than MAX_MARKS that an engine far behind has not come to, the newest counts.
        """
        with self._wake:
            if len(self._resizes) >= MAX_MARKS:
                self._resizes.pop()
            self._resizes.append((mark, marks))
            self._wake.notify()

    def answer_from(self, offset: int) -> None:
        """Answer no query before `offset`."""
        with self._wake:
            self._answer_from = max(self._answer_from, offset)

    def set_colors(self, colors: Colors) -> None:
        """Say what colour queries are answered with."""
        with self._wake:
            self._colors = colors
            self._wake.notify()

    def save(self, *, enabled: bool) -> None:
        """Say whether the screen may be saved: that of output which is not recorded may not."""
        with self._wake:
            self.saver.enabled, self._look_again = enabled, True
            self._wake.notify()

    @property
    def noted(self) -> NotedEngine | None:
        """The engine, once it shows the screen."""
        return self._engine if self.rebuilt else None

    def snapshot(self) -> "Future[Snapshot]":
        """Ask for the screen as it is by then; the future may end in ScreenError."""
        with self._wake:
            future = self._wishes.add()
            if self.failed:
                self._wishes.refuse(1, self.failed)
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
            if self._after:
                self._after.join()
                self._after = None
            self._engine = self._begin()
            self._screen = self._engine.screen
            with contextlib.closing(self._screen):
                while self._turn():
                    pass
                self.saver.look(self.fed, self._screen, final=True)
        except (ScreenError, OSError) as error:
            self._fail(str(error))
        except Exception as error:
            self._fail(f"the screen engine made a mistake: {type(error).__name__}")
            raise
        finally:
            self._refuse_wishes()

    def _fail(self, why: str) -> None:
        """Say that no screen can be shown, so that nobody waits for it."""
        with self._wake:
            self.failed = why
        self._tell(self._listener.screen_changed)
        self._tell(self._listener.screen_caught_up)

    def _refuse_wishes(self) -> None:
        with self._wake:
            self.failed = self.failed or "the screen was put away"
            self._wishes.refuse(len(self._wishes), self.failed)

    def _begin(self) -> NotedEngine:
        beginning = self._rebuild.begin(self._log.start, self.head, self._size)
        self.fed = beginning.fed
        self.saver.begin(beginning.fed)
        self.partial = beginning.partial
        engine = NotedEngine(beginning.screen, self._suspicion)
        self._skip_past_sizes(engine)
        if beginning.give_up or beginning.degraded:
            self.saver.save(self.fed, beginning.screen)
        if beginning.degraded:
            self._tell(self._listener.screen_degraded)
        return engine

    def _skip_past_sizes(self, engine: NotedEngine) -> None:
        last = None
        with self._wake:
            while self._resizes and self._resizes[0][0].offset <= self.fed:
                last, self._marks_done = self._resizes.popleft()
        if last and engine.screen.size != (last.cols, last.rows):
            engine.resize(last)

    def _turn(self) -> bool:
        """Wait for work and do some; False when there is nothing more to do."""
        with self._wake:
            self._wake.wait_for(self._has_work, timeout=self._idle_seconds())
            head, stopping, colors = self.head, self._stopping, self._colors
            self._colors, self._look_again = None, False
            resize = self._resizes[0][0].offset if self._resizes else head
        if colors:
            self._screen.set_colors(colors)
        self._feed(min(head, max(resize, self.fed)))
        self._tell_when_caught_up()
        self._apply_resizes()
        if not self.rebuilt and self.fed >= self._replies_from:
            self.reports.look(self._screen)  # a checkpoint with nothing after it says all this too
            self.rebuilt = True
            self._rebuild.ended()
            self._tell(self._listener.screen_changed)
        if self.rebuilt or self.fed >= head:
            self._grant_wishes()
        self.saver.look(self.fed, self._screen)
        self._engine.rest(self.fed)
        return not (stopping and self.fed >= head and not self._resizes)

    def _has_work(self) -> bool:
        return bool(
            self._stopping
            or self.head > self.fed
            or (self._resizes and self._resizes[0][0].offset <= self.fed)
            or self._wishes
            or (not self.rebuilt and self.fed >= self._replies_from)
            or self._colors
            or self._look_again
        )

    def _idle_seconds(self) -> float | None:
        """Return how long it may sleep: until the screen is saved or rests, None for ever."""
        due = (self.saver.seconds_to_save(self.fed), self._engine.seconds_to_rest())
        return min((seconds for seconds in due if seconds is not None), default=None)

    def _feed(self, until: int) -> None:
        if until <= self.fed:
            return
        size = min(until - self.fed, _CHUNK_BYTES)
        for border in (self._replies_from, self._answer_from):
            if self.fed < border:
                size = min(size, border - self.fed)
        data = self._log.read(self.fed, size)
        if not data:
            # The bytes are gone (unrecorded ones, past their room in memory): go on after them.
            self.partial = True
            self.fed = max(self._log.start, min(until, self.fed + size))
            return
        begin = self.fed
        self._screen.replies_on = begin >= self._answer_from
        self._engine.feed(begin, data)
        with self._wake:
            self.fed += len(data)
        self.reports.fed(self._screen, begin, data, live=begin >= self._replies_from)

    def _tell_when_caught_up(self) -> None:
        with self._wake:
            caught_up = self._lagging and self.head - self.fed <= CAUGHT_UP_BYTES
            self._lagging = self._lagging and not caught_up
        if caught_up:
            self._tell(self._listener.screen_caught_up)

    def _apply_resizes(self) -> None:
        while True:
            with self._wake:
                if not self._resizes or self._resizes[0][0].offset > self.fed:
                    return
                mark, self._marks_done = self._resizes.popleft()
            self._engine.resize(mark)

    def _grant_wishes(self) -> None:
        with self._wake:
            count = len(self._wishes)
        if not count:
            return
        try:
            snapshot = self._engine.snapshot(self.fed, self._marks_done)
        except ScreenError as error:
            with self._wake:
                if self.fed >= self.head:  # else too long a sequence may end in what is to come
                    self._wishes.refuse(count, str(error))
            return
        with self._wake:
            self._wishes.grant(count, snapshot)
