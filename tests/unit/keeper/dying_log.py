"""Run as a program: keep a log as a keeper does, and be killed at each call that changes a file.

    dying_log.py FOLDER PIPE TOTAL CAP

Reads the pipe into the log until TOTAL bytes are in it, rotating, packing and dropping all the
while. A child does the work and kills itself before or after its k-th such call; the next child is
its successor. The pipe outlives them, as it does in the agent.
"""

import os
import select
import signal
import sys
from pathlib import Path

from ide.keeper.output_log import OutputLog

CALLS = ("open", "splice", "write", "fsync", "replace", "utime", "unlink")
MOST_CALLS = 60
SEGMENT_BYTES = 64 * 1024


def die_at(number: int, *, after: bool) -> None:
    """Have the process killed around its `number`-th call that may change a file."""
    made = 0

    def dying(call):
        def instead(*args, **more):
            nonlocal made
            made += 1
            if made == number and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **more)
            if made == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return instead

    for name in CALLS:
        setattr(os, name, dying(getattr(os, name)))


def keep(folder: Path, pipe: int, total: int, cap: int) -> None:
    """Do the work until all is there and in its place."""
    log = OutputLog(folder, cap)
    log.segment_bytes = SEGMENT_BYTES
    while log.head < total:
        if not log.take(pipe, 8192):
            select.select([pipe], [], [], 20)
        if log.segment_is_full:
            log.rotate()
        if raw := log.shelf.next_to_pack():
            log.shelf.replace(raw, raw.pack())
        while log.disk_bytes > cap and log.drop_oldest(log.head):
            pass
    while raw := log.shelf.next_to_pack():
        log.shelf.replace(raw, raw.pack())


def main() -> None:
    folder, pipe, total, cap = Path(sys.argv[1]), *map(int, sys.argv[2:])
    os.set_blocking(pipe, False)
    deaths = 0
    while True:
        child = os.fork()
        if child == 0:
            # 7 is prime to 60: every number comes once in 60 turns, far ones and near ones mixed.
            die_at(1 + deaths * 7 % MOST_CALLS, after=bool(deaths // MOST_CALLS % 2))
            keep(folder, pipe, total, cap)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.stdout.write(str(deaths))
            sys.stdout.flush()
            sys.exit(os.WEXITSTATUS(status))
        deaths += 1


if __name__ == "__main__":
    main()
