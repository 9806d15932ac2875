"""An SQLite database on a disk that may be full: opened all the same, and written to later.

So also one that another program has locked.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ide.errors import FullError, IdeError, UnavailableError

OPEN_SECONDS: Final = 5.0
"""So long is waited for one that is locked just when it is opened."""
REFUSALS: Final = (FullError, UnavailableError)
"""What a `refusal` is."""


class NoRoomError(sqlite3.OperationalError):
    """The disk takes nothing now, and may later."""


class LockedError(NoRoomError):
    """Another program has it locked, and lets go of it some time."""


def connected(path: Path) -> sqlite3.Connection:
    """Open a database that this process alone writes to. Raises sqlite3.Error.

    On a full disk without the file that lets others read it meanwhile, for as long as it is open.
    """
    for shared in (True, False):
        db = sqlite3.connect(path, timeout=OPEN_SECONDS, isolation_level=None)
        db.text_factory = text_of
        try:
            if not shared:
                db.execute("PRAGMA locking_mode=EXCLUSIVE")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error as error:
            db.close()
            if not (shared and _is_no_room(error)):
                raise
        else:
            break
    return db


def text_of(data: bytes) -> str:
    """Return text of the database, with U+FFFD for what a disk made of it: else it held up all."""
    return data.decode("utf-8", "replace")


def _is_no_room(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    # No file can be made, as where the last inode is taken, is the third.
    no_room = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
    return code is not None and code & 0xFF in no_room


def is_locked(error: sqlite3.Error) -> bool:
    """Whether an error means that another program writes, and does not end."""
    code = getattr(error, "sqlite_errorcode", None)
    busy = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return isinstance(error, LockedError) or (code is not None and code & 0xFF in busy)


def refusal(error: sqlite3.Error) -> IdeError:
    """Return what a person is told whose wish could not be written down for it."""
    if is_locked(error):
        return UnavailableError("Another program has locked the list of consoles; try again.")
    return FullError("The disk is full: free some space, then try again.")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that what is in the file is not what was written to it."""
    code = getattr(error, "sqlite_errorcode", None)
    damage = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    return (code is not None and code & 0xFF in damage) or "no such table" in str(error)


@contextlib.contextmanager
def written_together(db: sqlite3.Connection) -> Iterator[None]:
    """Have all written or nothing. Raises NoRoomError, LockedError, sqlite3.Error."""
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if is_locked(error):
            raise LockedError(str(error)) from error
        if _is_no_room(error):
            raise NoRoomError(str(error)) from error
        raise
    finally:
        if db.in_transaction:  # an error may have ended it
            db.execute("ROLLBACK")
