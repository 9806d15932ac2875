"""Lock files that are removed when their holder is done, without two ever holding one."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path


def take_lock(path: Path) -> int | None:
    """Return the open lock, held until it is closed; None when another process has it.

    Raises OSError when the file cannot be made.
    """
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:
            pass
        os.close(lock)  # its last holder removed it just now: take the new one


def remove_lock(path: Path) -> None:
    """Remove a lock that we hold or nobody does, and its folder when nothing else is in it."""
    with suppress(FileNotFoundError):
        path.unlink()
    with suppress(OSError):
        path.parent.rmdir()
