"""When to start again what ended."""

import time
from typing import Final

SHORT_LIFE_SECONDS: Final = 10.0
MAX_DELAY_SECONDS: Final = 30.0
PUT_OFF_SECONDS: Final = 0.5


class BackOff:
    """At once the first time, later when it ends in a row. For one thread at a time."""

    def __init__(self) -> None:
        self._started = 0.0
        self.in_a_row = 0
        """How many short lives there were without a long one."""
        self.retry_at = 0.0
        """On the monotonic clock."""

    @property
    def wait_seconds(self) -> float:
        """How long it is until the next try."""
        return max(0.0, self.retry_at - time.monotonic())

    def started(self) -> None:
        """Note a start, or a try of one."""
        self._started = time.monotonic()

    def put_off(self) -> None:
        """Wait a little: it could not even be started."""
        self.retry_at = time.monotonic() + PUT_OFF_SECONDS

    def ended(self) -> float:
        """Note an end; return the seconds to wait, 0 for the first one in a while."""
        now = time.monotonic()
        self.in_a_row = self.in_a_row + 1 if now - self._started < SHORT_LIFE_SECONDS else 1
        delay = 0.0 if self.in_a_row == 1 else 0.25 * 2.0 ** min(self.in_a_row - 2, 10)
        self.retry_at = now + min(delay, MAX_DELAY_SECONDS)
        return min(delay, MAX_DELAY_SECONDS)
