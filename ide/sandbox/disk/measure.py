"""Have a home folder counted by a child under the workspace's own account.

No trusted process walks what a user arranges, and a folder that does not answer holds up nobody:
nothing here waits.
"""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ide.sandbox.disk import program

WALK_SECONDS: Final = 60.0
"""After this the child says what it has counted so far."""
OVERDUE_SECONDS: Final = 75.0
"""After this it hangs, and is killed."""
CLOSE_SECONDS: Final = 1.0
DISK_SECONDS: Final = 1.0
"""A walk that waited for less was not kept by the disk, but by what else goes on."""
MAX_ANSWER_BYTES: Final = 4096
MAX_PIDS: Final = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted: bytes on the disk and names. Not `complete`: there may be more.

    `why` then is "entries", "time", "deep" or "closed". `cost_seconds` is what counting took of the
    machine.
    """

    used: int
    files: int
    complete: bool
    why: str
    cost_seconds: float


class Measuring:
    """Counting once. `home_fd` stays the caller's; `uid` None means our own account."""

    def __init__(self, home_fd: int, most: int, pids: list[int], uid: int | None) -> None:
        """Start at most `most` names long. Raises OSError when no child can be started."""
        arguments = (home_fd, most, WALK_SECONDS, *pids[:MAX_PIDS])
        self._began = time.monotonic()
        self._child = program.start(
            "walk", arguments, uid, stdout=subprocess.PIPE, pass_fds=(home_fd,)
        )

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def is_over(self) -> bool:
        """Whether it has ended; one that is overdue is killed, and ends when the kernel lets it."""
        if self._child.poll() is not None:
            return True
        if self.seconds > OVERDUE_SECONDS:
            self.kill()
        return False

    def kill(self) -> None:
        """End it without an answer."""
        with suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill it and let go of it; one that a disk holds up is collected whenever it ends."""
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(CLOSE_SECONDS)
        if self._child.stdout is not None:
            self._child.stdout.close()

    def found(self) -> Found | None:
        """Return what was counted once it is over, None when it died or made no sense."""
        if self._child.stdout is None:
            return None
        with self._child.stdout as answer:
            text = os.read(answer.fileno(), MAX_ANSWER_BYTES)
        if self._child.returncode != 0:
            return None
        try:
            value = json.loads(text)
            used, files = int(value["used"]), int(value["files"])
            cpu_seconds, waited = float(value["seconds"]), float(value["waited"])
            why = str(value["why"])[:20]
        except (ValueError, KeyError, TypeError):
            return None
        # A disk's time counts as ours. What others took of the processors does not: a busy machine
        # would put off the next count by a minute or more, and a filler with it.
        cost = cpu_seconds + (waited if waited >= DISK_SECONDS else 0)
        return Found(used, files, value["complete"] is True, why, cost)
