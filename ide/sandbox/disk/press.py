"""Keep a sandbox's programs from writing: `press.py ROOT hold` or `press.py ROOT release`.

ROOT is the sandbox's PID 1. This runs under the account of these programs, which is leave enough to
change their limits and nothing of anybody else's; root itself may lack the right to, in a container
for instance. With `hold` it goes on, for the sake of programs that begin later, until its input
ends.

The largest size of a file becomes 0: what writes hears "File too large". The limits are the
programs' own, so whoever comes after us finds them as they are.
"""

import os
import resource
import select
import sys
import time

PASSES = 10
"""Each pass sees what the one before missed: processes that began meanwhile."""
PAUSE_SECONDS = 0.25
PAUSE_COST = 9
"""After a pass so many times its cost: a tenth of the time at most."""
MOST_SECONDS = 2.0
MAX_PROCESSES = 8192
_MAX_BYTES = 64 * 1024


def read(path: str) -> bytes:
    """Return the start of a file of /proc, b"" when its process has ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _MAX_BYTES)
    except OSError:
        return b""
    finally:
        os.close(fd)


def started(pid: int) -> int:
    """Return when a process began, in ticks since the machine did; 0 when there is none."""
    fields = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(fields[19]) if len(fields) > 19 else 0


def below(root: int) -> list[int]:
    """Return `root` and all that descends from it."""
    found: dict[int, None] = {}
    todo = [root]
    while todo and len(found) < MAX_PROCESSES:
        pid = todo.pop()
        if pid in found:
            continue
        found[pid] = None
        try:
            threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - a hundred times a second
        except OSError:
            continue
        for thread in threads:
            todo += map(int, read(f"/proc/{pid}/task/{thread}/children").split())
    return list(found)


class Press:
    """Holds or releases the processes below `root`."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._held: set[tuple[int, int]] = set()

    def hold(self) -> None:
        """Hold all of them. Who raised the limit since the last time loses the right to."""
        seen: set[tuple[int, int]] = set()
        for _ in range(PASSES):
            if not sum([self._hold_one(pid, seen) for pid in below(self.root)]):
                break
        self._held = seen

    def _hold_one(self, pid: int, seen: set[tuple[int, int]]) -> bool:
        soft, hard = limits(pid)
        identity = pid, started(pid)
        seen.add(identity)
        if soft == 0:
            return False
        # Not PID 1 itself: all that is started later inherits from it.
        is_raiser = identity in self._held and pid != self.root
        return change(pid, identity[1], (0, 0 if is_raiser else hard))

    def release(self) -> None:
        """Let all of them write again, but for those that lost the right to."""
        for _ in range(PASSES):
            if not sum([self._release_one(pid) for pid in below(self.root)]):
                break

    @staticmethod
    def _release_one(pid: int) -> bool:
        soft, hard = limits(pid)
        return soft == 0 and hard != 0 and change(pid, started(pid), (hard, hard))


def limits(pid: int) -> tuple[int, int]:
    """Return (soft, hard) of the largest file size; (0, 0) of one that is gone or not ours."""
    try:
        return resource.prlimit(pid, resource.RLIMIT_FSIZE)
    except (ProcessLookupError, PermissionError):
        return 0, 0


def change(pid: int, since: int, wanted: tuple[int, int]) -> bool:
    """Set the limit of the process that began at `since`; return whether that was done."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not since or started(pid) != since:
            return False
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE, wanted)
        if select.select([handle], [], [], 0)[0] and started(pid) != since:
            # It ended in between, and another process of ours may have got its number.
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            return False
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(handle)
    return True


def main() -> None:
    """Hold until the input ends, or release once."""
    press = Press(int(sys.argv[1]))
    if sys.argv[2] == "release":
        press.release()
        return
    while True:
        began = time.monotonic()
        press.hold()
        pause = max(PAUSE_SECONDS, PAUSE_COST * (time.monotonic() - began))
        if select.select([0], [], [], min(pause, MOST_SECONDS))[0] and not os.read(0, 1):
            return


if __name__ == "__main__":
    main()
