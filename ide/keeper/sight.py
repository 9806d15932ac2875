"""Who looks at a console, and where reading stopped.

That is how far the last viewer in sight had come, and when it was gone. Whoever comes into sight
first after AWAY_SECONDS is told once, with the lines printed meanwhile. It is the console's, not
the page's: reading goes on at another device. The keeper's clock alone is used, so that a device's
wrong one cannot make it lie. While somebody looks, nothing is recorded: after a crash of the
keeper it is rather not said than said wrongly.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from ide.keeper.journal import Record
from ide.keeper.output_log import OutputLog
from ide.keeper.signals import Signals
from ide.keeper.viewer import Viewer
from ide.keeper.viewers import Viewers
from ide.wire import frames
from ide.wire.frames import Kind

AWAY_SECONDS: Final = 60.0
MAX_COUNTED_BYTES: Final = 16 * 1024 * 1024
"""Lines are counted in the newest output up to this; of more it is said that there are more."""
_STEP_BYTES: Final = 1024 * 1024
_BEGIN_SECONDS: Final = 20.0


class Watchable(Protocol):
    """The console, as seen from those who look at it."""

    record: Record
    log: OutputLog
    viewers: Viewers
    signals: Signals

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""


class Sight:
    """Who has one console on a screen. `clock` says seconds since the epoch."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, console: Watchable, clock: Callable[[], float]
    ) -> None:
        self._loop, self._console, self._clock = loop, console, clock
        self._before: tuple[float | None, int | None] = (None, None)
        self._telling: asyncio.Task[None] | None = None

    def seen(self, viewer: Viewer, *, visible: bool) -> None:
        """Note that an attached viewer's pane came onto a screen, or left it."""
        if viewer.visible == visible:
            return
        if visible:
            self.came(viewer)
        viewer.visible = visible
        if not visible:
            self.left(viewer)
        self._console.changed()

    def came(self, viewer: Viewer) -> None:
        """Note that a viewer is about to be in sight."""
        self._console.signals.looked_at()
        if not self._console.viewers.in_sight():
            self._reading_goes_on(viewer)

    def left(self, viewer: Viewer, seconds_ago: float = 0) -> None:
        """Note that a viewer is in sight no more, since that long."""
        if not self._console.viewers.in_sight():
            self._reading_stopped(viewer, seconds_ago)

    def _reading_goes_on(self, viewer: Viewer) -> None:
        record = self._console.record
        at, offset = self._before = record.left_at, record.left_offset
        record.left_at = record.left_offset = None
        if at is None or offset is None or not offset < self._console.log.head:
            return
        seconds = self._clock() - at
        if seconds >= AWAY_SECONDS:
            self.close()
            self._telling = self._loop.create_task(self._tell(viewer, seconds, offset))

    def _reading_stopped(self, viewer: Viewer, seconds_ago: float) -> None:
        self.close()
        record = self._console.record
        if not viewer.streaming or (viewer.sent and not viewer.acked):
            record.left_at, record.left_offset = self._before  # it saw nothing
        else:
            record.left_at, record.left_offset = self._clock() - seconds_ago, viewer.acked

    async def _tell(self, viewer: Viewer, seconds: float, offset: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BEGIN_SECONDS):
                await viewer.begun.wait()
        log, lines = self._console.log, 0
        at = start = max(offset, log.start, log.head - MAX_COUNTED_BYTES)
        while at < log.head:
            data = log.read(at, min(_STEP_BYTES, log.head - at))
            lines += data.count(b"\n")
            at = at + len(data) if data else log.head
            if at < log.head:
                await asyncio.sleep(0)
        # At once, so that no output beyond what was counted is sent before.
        if viewer.begun.is_set() and not viewer.detached:
            away = {
                "seconds": int(seconds), "offset": offset, "head": at, "lines": lines,
                "more": start > offset,
            }  # fmt: skip
            viewer.link.send(Kind.AWAY, viewer.channel, frames.pack_json(away))

    def close(self) -> None:
        """Tell nothing more."""
        if self._telling:
            self._telling.cancel()
