"""Mistakes that one part made and that others outlive: logged, but not all the time."""

import contextlib
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from typing import Any, Final

QUIET_SECONDS: Final = 60.0
"""The same mistake of the same part is logged so seldom."""


class Mistakes:
    """Tells the loop's exception handler; for one thread, which need not be the loop's."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._logged: dict[tuple[str, type], float] = {}

    def contain(self, part: Callable[[], object]) -> None:
        """Do a part; whatever it raises is logged, and kept from whoever comes next."""
        try:
            part()
        except Exception as error:  # noqa: BLE001 - the others go on
            self.note(part, error)

    def note(self, part: Callable[[], object], error: Exception) -> None:
        """Log what a part raised."""
        what, now = (_name(part), type(error)), time.monotonic()
        if now - self._logged.get(what, float("-inf")) < QUIET_SECONDS:
            return
        self._logged[what] = now
        context: dict[str, Any] = {"message": f"{what[0]} failed", "exception": error}
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._loop.call_exception_handler, context)


def _name(part: Callable[[], object]) -> str:
    named = part.func if isinstance(part, partial) else part
    return getattr(named, "__qualname__", "a part")
