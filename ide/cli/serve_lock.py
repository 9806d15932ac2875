"""One `serve` a data folder: a lock that says who holds it and where the page is."""

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from typing import Final

from ide.errors import ConflictError
from ide.placement.locks import remove_lock, take_lock
from ide.placement.processes import Process
from ide.settings import Settings

SERVE_LOCK: Final = "serve.lock"
MAX_LOCK_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Running:
    """A serve that runs: its process and the address it printed."""

    pid: int
    address: str


def take(settings: Settings, address: str) -> int:
    """Take the lock, write who we are into it and return it; it is held as long as it is open.

    Raises ConflictError, naming address and process, when another serve has it.
    """
    lock = take_lock(settings.runtime / SERVE_LOCK)
    if lock is None:
        running = find(settings)
        where = "on this data folder"
        if running is not None and running.pid:
            where = f"at {running.address} (pid {running.pid})"
        raise ConflictError(f"already running {where}")
    write(lock, address)
    return lock


def write(lock: int, address: str) -> None:
    """Say in the lock who holds it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)


def announce_end(settings: Settings, running: Running) -> None:
    """Let that serve know that the consoles end too, before it is asked to end itself."""
    said = json.dumps({"pid": running.pid, "address": running.address, "ending": True}).encode()
    with contextlib.suppress(OSError):  # it ended by itself
        lock = os.open(settings.runtime / SERVE_LOCK, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.pwrite(lock, said, 0)  # longer than what it replaces
        finally:
            os.close(lock)


def all_ends(lock: int) -> bool:
    """Return whether `announce_end` was called for the serve that holds this lock."""
    try:
        said = json.loads(os.pread(lock, MAX_LOCK_BYTES, 0))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("ending") is True


def find(settings: Settings) -> Running | None:
    """Return the serve of this data folder, None when none runs."""
    try:
        lock = os.open(settings.runtime / SERVE_LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            said = json.loads(os.pread(lock, MAX_LOCK_BYTES, 0))
            return Running(int(said["pid"]), str(said["address"]))
        except (ValueError, KeyError, TypeError):
            return Running(0, "")  # it has taken the lock and not written yet
    finally:
        os.close(lock)
    return None


def remove(settings: Settings) -> None:
    """Remove a lock that a serve left which was killed, and the runtime folder when it is empty."""
    try:
        lock = take_lock(settings.runtime / SERVE_LOCK)
    except FileNotFoundError:  # the folder went with the supervisor
        return
    if lock is not None:
        remove_lock(settings.runtime / SERVE_LOCK)
        os.close(lock)


def open_process(running: Running) -> Process | None:
    """Return a handle on the running serve, None when it ended meanwhile."""
    try:
        return Process(running.pid)
    except (ProcessLookupError, OSError):
        return None
