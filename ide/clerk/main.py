"""The clerk's process, a child of serve: `python -m ide.clerk.main …`.

As root it runs as the service's account. There is one for a data folder: it holds a lock.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.clerk.clerk import Clerk
from ide.errors import IdeError
from ide.placement.locks import take_lock
from ide.placement.processes import end_with, reset_signals
from ide.placement.server_log import configure
from ide.settings import Settings
from ide.store.database import open_database

LOCK_NAME: Final = "clerk.lock"
LOCK_SECONDS: Final = 10.0
_TRY_SECONDS: Final = 0.1


def main() -> int:
    """Run until SIGTERM. Returns 1 when it cannot."""
    parser = argparse.ArgumentParser(prog="ide.clerk.main")
    parser.add_argument("--data", required=True)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args()
    end_with(given.parent)
    reset_signals()
    try:
        settings = Settings.load(os.environ, data=given.data)
        configure(settings, "clerk")
        lock = _lock(settings.data / LOCK_NAME)
        database = open_database(settings)  # which the web has brought up to date
    except (IdeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(Clerk(settings, database)))
    os._exit(0)  # a thread that still waits for somebody's server is not waited for


async def _run(clerk: Clerk) -> None:
    task = asyncio.ensure_future(clerk.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


def _lock(path: Path) -> int:
    """Return the lock, once a predecessor that is just ending has left it. Raises IdeError."""
    deadline = time.monotonic() + LOCK_SECONDS
    while (lock := take_lock(path)) is None:
        if time.monotonic() > deadline:
            raise IdeError(f"another clerk holds {path}")
        time.sleep(_TRY_SECONDS)
    return lock


if __name__ == "__main__":
    sys.exit(main())
