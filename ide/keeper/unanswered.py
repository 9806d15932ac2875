"""Which queries get no answer: those that a program printed before somebody interrupted it.

At an interrupt the kernel forgets what was typed and not read, answers among it. Those that the
engine comes to later would be typed into the shell instead, thousands of them after a flood.
"""

import time
from collections.abc import Callable
from typing import Final

from ide.keeper.output_log import OutputLog

_ECHO_SECONDS: Final = 1.0
"""How long the interrupt's echo is looked for: what comes before it was printed before."""


class Unanswered:
    """Queries before the offset `until` get no answer. For the loop."""

    def __init__(self, log: OutputLog, now: Callable[[], float] = time.monotonic) -> None:
        self._log, self._now = log, now
        self.until = 0
        self._echo = b""
        self._given_up_at = 0.0

    def interrupted(self, echo: bytes) -> None:
        """Note an interrupt that is about to be written; the terminal prints `echo` for it."""
        self.until = self._log.head
        self._echo, self._given_up_at = echo, self._now() + _ECHO_SECONDS

    def output_came(self) -> bool:
        """Look whether the echo is there by now; whether `until` has moved."""
        before = self.until
        while self._echo and self.until < self._log.head:
            data = self._log.read(self.until, self._log.head - self.until)
            # Also when it is late: the program may have been held until now, for a slow page.
            if (at := data.find(self._echo)) >= 0:
                self.until += at
                self._echo = b""
            elif not data or self._now() > self._given_up_at:
                self._echo = b""
            else:
                # Its first byte may have come without the second.
                self.until += len(data) - data.endswith(self._echo[:1])
                if data == self._echo[:1]:
                    break
        return self.until > before
