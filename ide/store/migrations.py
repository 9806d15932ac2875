"""Bring the database to the newest shape, once, whoever starts first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import ide
from ide.errors import UnavailableError
from ide.store.database import Database

_LOCK_KEY = 0x1DE_0001


def folder() -> Path:
    """Return where the migrations lie: inside the installed package, or beside it in a clone.

    Raises UnavailableError when the installation is incomplete.
    """
    package = Path(ide.__file__).parent
    for candidate in (package / "migrations", package.parent / "migrations"):
        if (candidate / "env.py").is_file():
            return candidate
    raise UnavailableError("The migrations are missing from this installation; install it again.")


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, bound to a connection when one is given."""
    made = Config()
    made.set_main_option("script_location", str(folder()).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade to `revision` under a lock. Raises UnavailableError for a newer database."""
    with database.engine.connect() as connection, _locked(connection):
        known = {script.revision for script in _scripts().walk_revisions()}
        present = MigrationContext.configure(connection).get_current_revision()
        if present is not None and present not in known:
            raise UnavailableError(
                f"The database was made by a newer version (revision {present});"
                " start that version again, or restore a backup."
            )
        command.upgrade(config(connection), revision)


def at_head(database: Database) -> bool:
    """Whether the database has the newest shape that this version knows."""
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """One transaction around all of it, so that a migration that fails leaves no trace."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            yield
        return
    # A batch migration drops the old table, which would delete the rows that refer to it; and this
    # switch does nothing inside a transaction.
    _switch_foreign_keys(connection, "OFF")
    try:
        connection.execution_options(ide_writes=True)
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise UnavailableError("The migration would break references; nothing was changed.")
    finally:
        _switch_foreign_keys(connection, "ON")


def _switch_foreign_keys(connection: Connection, value: str) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA foreign_keys={value}")
