"""Whether a keeper still answers: asked now and then, with much patience.

A process that hangs does not end. A keeper can be made to: what is at the other end of a terminal
is not trusted, and may make a write wait that never should.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.placement.processes import PROC
from ide.wire.frames import Kind, encode
from ide.wire.stream import prefixed

TICK_SECONDS: Final = 5.0
PATIENCE_TICKS: Final = 12
"""So many ticks without an answer, each of them on time, mean that it is stuck."""
_HELLO: Final = prefixed(encode(Kind.PING, 0, bytes(8)))
"""No first frame of a connection: a keeper ends the connection, which is answer enough."""


def is_idle(pid: int) -> bool:
    """Whether a process waits for something else than the processor or the disk."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"R", "D"}


class Watchdog:
    """Asks at `path`. For one thread at a time.

    Safe on a machine that is overloaded or was frozen: a tick that came late, as the keeper may
    have, does not count, nor one while the keeper wants the processor, a disk or swapped memory.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        idle: Callable[[int], bool] = is_idle,
    ) -> None:
        self._path, self._clock, self._idle = path, clock, idle
        self._asked: socket.socket | None = None
        self._pid = 0
        self._silent = 0
        self._ticked_at = clock()

    @property
    def wait_seconds(self) -> float:
        """How long it is until `is_stuck` has something to do."""
        return max(0.0, self._ticked_at + TICK_SECONDS - self._clock())

    def is_stuck(self, pid: int) -> bool:
        """Look, at most once a tick, whether the keeper `pid` has not answered for too long."""
        if pid != self._pid:
            self.close()
            self._pid = pid
        if self.wait_seconds:
            return False
        late = self._clock() - self._ticked_at > 2 * TICK_SECONDS
        self._ticked_at = self._clock()
        if self._asked is None:
            silent = not self._ask()
        else:
            silent = not self._answered()
            if not silent:
                self.close()
        if silent and not late and self._idle(pid):
            self._silent += 1
        return self._silent >= PATIENCE_TICKS

    def _ask(self) -> bool:
        """Ask; False when so many wait to be accepted that we cannot: that is no sign of life."""
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            asking.connect(str(self._path))
            asking.send(_HELLO)
        except BlockingIOError:
            asking.close()
            return False
        except OSError:  # it begins, or ends: another time
            asking.close()
        else:
            self._asked = asking
        return True

    def _answered(self) -> bool:
        if self._asked is None:
            return False
        try:
            self._asked.recv(64)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Forget what was asked."""
        self._silent = 0
        if self._asked:
            with suppress(OSError):
                self._asked.close()
            self._asked = None
