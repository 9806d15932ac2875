"""The engine and its two kinds of transaction: `read` and `write`."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from ide.errors import FullError, SettingsError, UnavailableError
from ide.settings import Settings

WAIT_SECONDS = 5
_WRITES = "ide_writes"
_Row = TypeVar("_Row")


class Database:
    """One engine; every use of it is inside `look()`, `read()` or `write()`.

    On SQLite a writer begins with BEGIN IMMEDIATE: with the ordinary BEGIN, read-change-write steps
    of several threads overwrite each other without an error. On PostgreSQL such steps lock the row
    they read (`locked`).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a transaction that changes nothing. Raises UnavailableError when it cannot begin."""
        with self._sessions() as db, _said():
            yield db

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Give the same for columns alone, at half the price: for what each request asks."""
        with _said(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a transaction that commits at the end, or rolls back when the block raises.

        Raises UnavailableError when another writer holds the database for over WAIT_SECONDS.
        """
        with _said(), self._sessions.begin() as db:
            db.connection(execution_options={_WRITES: True})
            yield db

    def answers(self) -> bool:
        """Whether a query comes back: what readiness asks."""
        try:
            with self.engine.connect() as connection:
                return bool(connection.scalar(text("select 1")) == 1)
        except OperationalError:
            return False

    def close(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def open_database(settings: Settings) -> Database:
    """Return the database of `settings`, creating SQLite's file but no table.

    Raises SettingsError when the file cannot be made there.
    """
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        return Database(create_engine(url, pool_pre_ping=True, hide_parameters=True))
    if url.database:
        _make_file(Path(url.database), settings)
    # What people type, and channels' secrets, are no part of an error in the server log.
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _make_file(path: Path, settings: Settings) -> None:
    """Create the file for its owner alone; as root, for the account of the service.

    A link in its place is refused: the folder may be written by the service, and root follows.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        if path.parent != settings.data:  # that is not the web's to make: it may have been removed
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        raise SettingsError(
            f"the database {path} cannot be opened ({error.strerror});"
            " choose a data folder that you may write, with --data"
        ) from error
    try:
        if os.geteuid() == 0 and os.fstat(handle).st_uid == 0:
            os.fchown(handle, settings.uid_base, settings.uid_base)
    finally:
        os.close(handle)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # Python's own transaction handling would begin late and commit before DDL.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        name = getattr(error.orig, "sqlite_errorname", "")
        if name == "SQLITE_FULL":
            raise FullError(
                "The disk of the server is full, so this was not kept. Your files are intact."
            ) from error
        if name in {"", "SQLITE_BUSY", "SQLITE_LOCKED"}:
            raise UnavailableError(
                "The database did not answer in time. Nothing was changed; please try again."
            ) from error
        raise UnavailableError(
            f"The database refused ({name}); its folder must be writable. Nothing was changed."
        ) from error


def locked(db: Session, model: type[_Row], key: Any) -> _Row | None:
    """Return the row of `key` so that nobody else changes it before this transaction ends."""
    return db.get(model, key, with_for_update=True, populate_existing=True)
