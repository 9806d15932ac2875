"""Where a console's screen begins when its thread starts: with which engine, at which offset."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ide.keeper import checkpoint
from ide.keeper.checkpoint import Checkpoint
from ide.keeper.suspicion import Suspicion, Work
from ide.screen.engine import ScreenEngine, ScreenError
from ide.screen.ghostty import GhosttyScreen
from ide.screen.log import KEPT_BYTES, LogScreen

MAX_TAIL_BYTES: Final = 32 * 1024 * 1024
"""Without a checkpoint nearer than this, history before it is given up, and said to be partial."""
MAX_REBUILDS: Final = 3
"""After so many rebuilds that killed the process, the history is given up."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The screen after every byte before `fed`.

    `partial` says that history was given up.
    """

    screen: ScreenEngine
    fed: int
    partial: bool = False
    degraded: bool = False
    """Whether the log engine takes over from the native one."""
    give_up: bool = False
    """Whether something before `fed` kills the engine, so that nobody may parse it again."""


class Rebuild:
    """The choice for one console; `folder` has its checkpoint and its count of attempts."""

    def __init__(self, folder: Path, suspicion: Suspicion) -> None:
        self._saved = folder / "screen"
        self._tries = folder / "rebuilding"
        self._suspicion = suspicion

    def begin(self, start: int, head: int, size: tuple[int, int]) -> Beginning:
        """Return where to begin, with a log of [start, head). Raises ScreenError, OSError.

        `size` is the grid at `start`, should there be no checkpoint.
        """
        died = self._died_before()
        saved = checkpoint.load(self._saved)
        if saved and not start <= saved.offset <= head:
            saved = None
        if self._suspicion.convicted:
            return _with_log_engine(saved, start, head, size)
        if died >= MAX_REBUILDS:
            return Beginning(GhosttyScreen.new(*size), head, partial=True, give_up=True)
        screen = self._restored(saved)
        fed = saved.offset if saved and screen else 0
        if screen is None or head - fed > MAX_TAIL_BYTES:
            begin = max(start, head - MAX_TAIL_BYTES)
            return Beginning(screen or GhosttyScreen.new(*size), begin, partial=begin > 0)
        return Beginning(screen, fed)

    def _restored(self, saved: Checkpoint | None) -> GhosttyScreen | None:
        if saved is None:
            return None
        with (
            contextlib.suppress(ScreenError),
            self._suspicion.during(Work.RESTORE, saved.offset),
        ):
            return GhosttyScreen.restore(saved.blob)
        return None

    def _died_before(self) -> int:
        """Count this rebuild and return how many before it never came to their end."""
        try:
            died = int(self._tries.read_bytes())
        except (FileNotFoundError, ValueError):
            died = 0
        with contextlib.suppress(OSError):
            self._tries.write_bytes(b"%d" % (died + 1))
        return died

    def ended(self) -> None:
        """Note that the screen is as it was: the next rebuild is a first one."""
        self._tries.unlink(missing_ok=True)


def _with_log_engine(
    saved: Checkpoint | None, start: int, head: int, size: tuple[int, int]
) -> Beginning:
    if saved:
        with contextlib.suppress(ScreenError):
            return Beginning(LogScreen.restore(saved.blob), saved.offset, partial=True)
    begin = max(start, head - KEPT_BYTES)
    return Beginning(LogScreen.new(*size), begin, partial=True, degraded=True)
