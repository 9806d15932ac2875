"""The keeper's rounds: often while somebody watches or something is held, else seldom."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from ide.keeper.mistakes import Mistakes

OFTEN_SECONDS: Final = 0.5
SELDOM_SECONDS: Final = 5.0

Part = Callable[[], object]


class Rounds:
    """Calls what is looked after in turn. A part that fails keeps no other from its turn."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        parts: Callable[[], Iterable[Part]],
        is_often: Callable[[], bool],
    ) -> None:
        """`parts` are those of one round, `is_often` is asked after them."""
        self._loop, self._parts, self._is_often = loop, parts, is_often
        self._mistakes = Mistakes(loop)
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Have the first round come soon."""
        self._come(OFTEN_SECONDS)

    def soon(self) -> None:
        """Come without waiting for a seldom round, unless there are no rounds."""
        if self._timer and self._timer.when() > self._loop.time() + OFTEN_SECONDS:
            self._come(OFTEN_SECONDS)

    def now(self) -> None:
        """Come at once, and then as usual."""
        self._come(OFTEN_SECONDS)  # before all else: nothing that fails ends the rounds
        for part in self._parts():
            self._mistakes.contain(part)
        if self._timer and not self._is_often():
            self._come(SELDOM_SECONDS)

    def end(self) -> None:
        """Come no more."""
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _come(self, seconds: float) -> None:
        self.end()
        self._timer = self._loop.call_later(seconds, self.now)
