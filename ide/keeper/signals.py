"""What a program says of itself beside its output: its title, its folder, how far it is, a BEL.

It is kept in the console's record, so that it is there after a reload and with the next keeper.
Programs are not trusted: text is cleaned and bounded, and however often it changes, it is told at
most twice a second.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Any, Final

from ide.keeper.journal import Record
from ide.screen.progress import Progress

MAX_PROGRAM_TITLE_CHARS: Final = 80
TELL_APART_SECONDS: Final = 0.5
_INVISIBLE: Final = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
"""Categories that move, reorder or hide what stands beside them."""


def clean_title(text: str) -> str:
    """Return a program's title as one short line without control or reordering characters."""
    return clean_line(text, MAX_PROGRAM_TITLE_CHARS)


def clean_line(text: str, max_chars: int) -> str:
    """Return `text` as one line of at most `max_chars`, likewise."""
    seen = "".join(" " if unicodedata.category(c) in _INVISIBLE else c for c in text)
    return " ".join(seen.split())[:max_chars].rstrip()


class Signals:
    """The signals of one console. What comes while no session runs is left over: not taken."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, record: Record, changed: Callable[[], None]
    ) -> None:
        self._loop, self._record, self._changed = loop, record, changed
        self._told_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fields of the console's JSON."""
        progress = None
        if self._record.progress_state:
            progress = Progress(self._record.progress_state, self._record.progress_percent)
        return {
            "named": self._record.named,
            "program_title": self._record.program_title,
            "bel": self._record.bel,
            "progress": progress and progress.to_json(),
        }

    def titled(self, text: str) -> None:
        """Take over the title that the program gave its window; "" when it has none."""
        title = clean_title(text)
        if self._runs() and title != self._record.program_title:
            self._record.program_title = title
            self._tell_soon()

    def moved(self, cwd: str) -> None:
        """Take over the folder that a shell announced."""
        if self._runs() and cwd and cwd != self._record.cwd and self._record.kind == "bash":
            self._record.cwd = cwd
            self._tell_soon()

    def progressed(self, progress: Progress | None) -> None:
        """Take over how far the program is; None when there is nothing to show any more."""
        state, percent = (progress.state, progress.percent) if progress else ("", None)
        record = self._record
        if self._runs() and (state, percent) != (record.progress_state, record.progress_percent):
            record.progress_state, record.progress_percent = state, percent
            self._tell_soon()

    def rang(self, *, in_sight: bool) -> None:
        """Remember a BEL until somebody looks; `in_sight` when somebody does."""
        if self._runs() and not in_sight and not self._record.bel:
            self._record.bel = True
            self._tell_soon()

    def looked_at(self) -> None:
        """Forget the BEL: the console is on a screen now."""
        if self._record.bel:
            self._record.bel = False
            self._changed()

    def prompt_came(self) -> None:
        """Take away the progress that a program left behind when it was killed."""
        self.progressed(None)

    def session_over(self) -> None:
        """Drop title and progress: they were the program's. Whoever records the end tells it."""
        self._record.program_title = self._record.progress_state = ""
        self._record.progress_percent = None

    def close(self) -> None:
        """Tell nothing more."""
        if self._timer:
            self._timer.cancel()

    def _runs(self) -> bool:
        return self._record.state == "running"

    def _tell_soon(self) -> None:
        now = self._loop.time()
        if now - self._told_at >= TELL_APART_SECONDS:
            self._told_at = now
            self._changed()
        elif self._timer is None:
            self._timer = self._loop.call_at(self._told_at + TELL_APART_SECONDS, self._tell_late)

    def _tell_late(self) -> None:
        self._timer = None
        self._told_at = self._loop.time()
        self._changed()
