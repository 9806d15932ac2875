"""The people's database for commands, which work while no server runs, too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ide.placement.accounts import service_account
from ide.placement.folders import make_data_folder
from ide.settings import Settings
from ide.store.database import Database, open_database
from ide.store.migrations import migrate


@contextmanager
def people_database(settings: Settings) -> Iterator[Database]:
    """Give the database, made and brought up to date when no server did so yet."""
    os.umask(0o077)
    os.close(make_data_folder(settings, service_account(settings)))
    database = open_database(settings)
    try:
        migrate(database)
        yield database
    finally:
        database.close()
