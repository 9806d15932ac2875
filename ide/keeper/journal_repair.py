"""A damaged journal is begun anew: with what can still be read of it, and from the logs.

Without it nobody would know which consoles there are, and programs that run would be ended as
nobody's. Bells and letters are not found again.
"""

import contextlib
import re
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ide.keeper.database import is_damage
from ide.keeper.journal import Journal, NewerJournalError, Record
from ide.keeper.marks import Marks, Resize

REPAIRED: Final = (
    "The list of consoles was damaged. It has been made anew from what could be read of it and from"
    " the output that is kept: some have lost their names and are not recorded until you say so;"
    " bells, and messages that were not sent, are gone."
)
TAKEN_UP: Final = (
    "The list of consoles was damaged or gone, and the process that wrote it anew was ended before"
    " it was in its place. It is now: some consoles may have lost their names and are then not"
    " recorded until you say so; bells, and messages that were not sent, may be gone."
)
_SUFFIXES: Final = ("", "-wal", "-shm")
_NAME: Final = re.compile(r"[0-9a-f]{16}")
_KINDS: Final = {"bash", "python", "run"}
_STATES: Final = {"running", "ended"}
_GRID: Final = (80, 24)


def opened(path: Path, consoles: Path, boot: str) -> tuple[Journal, str]:
    """Return the journal, and what to say of a repair, "" for none; `consoles` is where logs are.

    Raises sqlite3.OperationalError for one that is locked, NewerJournalError, OSError.
    """
    found: list[Record] = []
    folders = _folders(consoles)
    # A predecessor may have been killed in the midst of it.
    taken_up = TAKEN_UP if not path.exists() and _put_in_place(path) else ""
    if path.exists() or not folders:
        try:
            journal = _whole(path)
        except NewerJournalError:
            raise
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            if isinstance(error, sqlite3.OperationalError) and not is_damage(error):
                raise
            found = _readable(path)
        else:
            if not journal.is_new or not folders:
                return journal, taken_up
            journal.close()
    known = {record.id for record in found}
    missing = [folder for folder in folders if folder.name not in known]
    found += [_of(folder, number, boot) for number, folder in enumerate(missing, 1)]
    _replace(path, lambda journal: _save(journal, found))
    return Journal(path), REPAIRED


def _save(journal: Journal, records: list[Record]) -> None:
    for record in records:
        journal.save(record)


def anew(old: Journal, path: Path, write: Callable[[Journal], None]) -> Journal:
    """Return another journal in the place of one that is damaged or gone, once all is in it.

    `write` writes all of it. Raises sqlite3.Error, OSError; then the old one is where it was, and
    it can be tried again.
    """
    if old.is_open:
        _replace(path, write)
        old.close()
    return Journal(path)


def _replace(path: Path, write: Callable[[Journal], None]) -> None:
    """Put another one in the place of a journal, whole: whenever it is killed, one is there."""
    half = path.with_name(f"{path.name}.half")
    _written(half, write)
    half.replace(_new(path))
    _put_in_place(path)


def _written(path: Path, write: Callable[[Journal], None]) -> None:
    _remove(path)
    try:
        with contextlib.closing(Journal(path)) as journal:
            write(journal)
            journal.settle()
    except BaseException:
        _remove(path)
        raise


def _new(path: Path) -> Path:
    """Return what one is called that is whole, as long as it is not in its place."""
    return path.with_name(f"{path.name}.new")


def _put_in_place(path: Path) -> bool:
    """Put one that is whole in its place; returns whether there is one."""
    if is_there := _new(path).exists():
        _put_aside(path)
        _new(path).replace(path)
    return is_there


def _remove(path: Path) -> None:
    for suffix in _SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _whole(path: Path) -> Journal:
    journal = Journal(path)
    try:
        _check(journal)
    except BaseException:
        journal.close()
        raise
    return journal


def _check(journal: Journal) -> None:
    """Raise sqlite3.DatabaseError, TypeError, ValueError for one that is damaged."""
    journal.check()
    if not all(_is_sound(record) for record in journal.load()):
        raise sqlite3.DatabaseError("what is said of a console cannot be")


def _readable(path: Path) -> list[Record]:
    """Return the consoles that a damaged journal still tells of."""
    found: dict[str, Record] = {}
    with (
        contextlib.suppress(sqlite3.Error, TypeError, ValueError),
        contextlib.closing(Journal(path)) as journal,
    ):
        for record in journal.records(order="rowid"):
            if _is_sound(record):
                found[record.id] = record
    return list(found.values())


def _is_sound(record: Record) -> bool:
    return (
        isinstance(record.id, str)
        and _NAME.fullmatch(record.id) is not None
        and record.kind in _KINDS
        and record.state in _STATES
        and isinstance(record.created, float)
        and isinstance(record.title, str)
    )


def _put_aside(path: Path) -> None:
    for suffix in _SUFFIXES:
        damaged = path.with_name(path.name + suffix)
        if damaged.exists():
            damaged.replace(path.with_name(f"{path.name}.damaged{suffix}"))


def _folders(consoles: Path) -> list[Path]:
    """Return the folders of logs, the oldest first."""
    if not consoles.is_dir():
        return []
    folders = [one for one in consoles.iterdir() if _NAME.fullmatch(one.name) and one.is_dir()]
    return sorted(folders, key=lambda one: one.stat().st_mtime)


def _of(folder: Path, number: int, boot: str) -> Record:
    """Return a console of which only its folder is known.

    It may be one that is never to be recorded: so it is not, until its person says so. Whether its
    program runs the agent will say.
    """
    created = folder.stat().st_mtime
    marks = Marks(folder, 1 << 62)
    last = marks.get(marks.end - 1) if marks.end > marks.first else None
    cols, rows = (last.cols, last.rows) if isinstance(last, Resize) else _GRID
    return Record(
        id=folder.name, kind="bash", title=f"Recovered {number}", cwd="", path=None,
        state="running", created=created, started=created, ended=None, exit_how=None,
        exit_status=None, exit_cause=None, epoch=secrets.token_hex(8), cols=cols, rows=rows,
        recording=True, boot=boot, named=True, never=True,
    )  # fmt: skip
