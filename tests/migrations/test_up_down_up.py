"""Every migration goes up, down and up again with rows in the tables."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from ide.accounts import logins, people
from ide.channels import keys
from ide.channels import service as channels
from ide.clerk import letters
from ide.clerk.ledger import Ledger
from ide.editor import store
from ide.errors import SettingsError, UnavailableError
from ide.settings import Settings
from ide.store import migrations
from ide.store.database import open_database
from ide.workspaces.service import private_workspace


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


@pytest.fixture
def database(settings):
    opened = open_database(settings)
    yield opened
    opened.close()


def fill(database, settings):
    person = people.add(database, settings, "alice", "correct horse", owner=True)
    token = logins.open_login(database, settings, person.id, device="Test", address="127.0.0.1")
    caller = logins.load(database, settings, token)
    config = {"endpoint": "https://push.example/1"}
    channels.add(database, caller, kind="push", name="Test", page="", config=config)
    channels.count_test(database, person.id)
    keys.private_key(database)
    people.invite(database, "bob")
    workspace = private_workspace(database, person.id)
    letter = {"id": 1, "at": 1.0, "title": "job", "ending": "finished"}
    message = letters.message_of(workspace, letter)
    assert Ledger(database, settings).take_in(workspace, person.id, message, "1-1000")
    store.put_layout(database, workspace, "open", {"tabs": ["a.py"]})
    store.put_draft(database, workspace, "a.py", "text", "")
    store.put_prefs(database, person.id, {"theme": "dark"})
    return workspace


def to(database, revision):
    with database.engine.connect() as connection, migrations._locked(connection):
        command.downgrade(migrations.config(connection), revision)


def test_up_down_up_with_rows(database, settings):
    migrations.migrate(database)
    assert migrations.at_head(database)
    fill(database, settings)
    to(database, "base")
    assert not migrations.at_head(database)
    migrations.migrate(database)
    workspace = fill(database, settings)
    assert store.draft(database, workspace, "a.py")[0] == "text"


def test_the_models_and_the_migrations_say_the_same(database):
    migrations.migrate(database)
    with database.engine.connect() as connection, migrations._locked(connection):
        command.check(migrations.config(connection))


def test_many_may_start_at_once(database, settings):
    others = [open_database(settings) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrations.migrate, others))
    assert all(migrations.at_head(other) for other in others)
    for other in others:
        other.close()


def test_a_newer_database_is_refused_untouched(database, settings):
    migrations.migrate(database)
    with sqlite3.connect(settings.data / "ide.db") as raw:
        raw.execute("update alembic_version set version_num = '9999'")
    raw.close()
    with pytest.raises(UnavailableError, match="newer version"):
        migrations.migrate(database)


def test_a_link_in_place_of_the_database_is_refused(tmp_path):
    (tmp_path / "ide.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="cannot be opened"):
        open_database(Settings(data=tmp_path))
    assert not (tmp_path / "elsewhere").exists()
