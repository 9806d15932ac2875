"""0002: plans come into the database, and everybody keeps what was decided for them."""

import json

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ide.accounts import people, plans
from ide.accounts.default_plans import default_plans
from ide.guard.plan import NetworkPlan
from ide.settings import Settings
from ide.store import migrations
from ide.store.database import open_database

INSERT = text(
    "insert into users (name, owner, disabled, network, network_hosts, created)"
    " values (:name, :owner, 0, :network, :hosts, '2026-01-01 00:00:00')"
)
BEFORE = [
    {"name": "alice", "owner": True, "network": "web", "hosts": "[]"},
    {"name": "bob", "owner": False, "network": "packages", "hosts": '["pypi.org"]'},
    {"name": "cy", "owner": False, "network": "none", "hosts": "[]"},
]


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, network="web")


@pytest.fixture
def database(settings):
    opened = open_database(settings)
    migrations.migrate(opened, "0001")
    with opened.write() as db:
        db.execute(INSERT, BEFORE)
    yield opened
    opened.close()


def down(database, revision):
    with database.engine.connect() as connection, migrations._locked(connection):
        command.downgrade(migrations.config(connection), revision)


def rows(database, *columns):
    with database.engine.connect() as connection:
        asked = text(f"select {', '.join(columns)} from users order by name")  # noqa: S608 - ours
        return [tuple(row) for row in connection.execute(asked)]


def test_people_keep_their_network_and_owners_get_their_plan(database, settings):
    migrations.migrate(database)
    found = {one.name: (one.plan, str(one.network)) for one in people.everybody(database, settings)}
    assert found == {
        "alice": ("owner", "web"),
        "bob": ("standard", "packages"),
        "cy": ("standard", "none"),
    }
    assert json.loads(rows(database, "network_hosts")[1][0]) == ["pypi.org"]


def test_the_default_file_is_written_once_and_never_again(database, settings):
    migrations.migrate(database)
    written = {one.plan.name: one for one in plans.every(database, settings)}
    assert set(written) == set(default_plans())
    plans.change(database, "guest", {"memory": "3 GiB"})
    migrations.migrate(database)  # as each start does
    assert plans.find(database, settings, "guest").plan.memory_bytes == 3 << 30


def test_what_the_tables_refuse(database, settings):
    migrations.migrate(database)
    refused = [
        "update users set network = 'everything'",
        "update users set plan = 'nonsense'",
        "delete from plans where name = 'owner'",
    ]
    for statement in refused:
        with pytest.raises(IntegrityError), database.write() as db:
            db.execute(text(statement))
    people.set_network(database, "bob", NetworkPlan.FULL)
    assert rows(database, "network")[1] == ("full",)


def test_down_gives_nobody_more_than_they_had(database, settings):
    migrations.migrate(database)
    people.set_network(database, "alice", None)  # the plan owner says web
    people.set_network(database, "bob", NetworkPlan.OUTBOUND)
    people.set_network(database, "cy", None)  # the plan standard says nothing
    down(database, "0001")
    assert rows(database, "network") == [("web",), ("web",), ("none",)]
    with pytest.raises(IntegrityError), database.write() as db:
        db.execute(text("update users set network = 'full'"))
    assert json.loads(rows(database, "network_hosts")[0][0]) == []
    migrations.migrate(database)
    assert rows(database, "plan") == [("owner",), ("standard",), ("standard",)]


def test_down_keeps_the_hosts_of_a_plan(database):
    migrations.migrate(database)
    plans.change(database, "standard", {"network": "packages", "hosts": "pypi.example.org"})
    people.set_network(database, "cy", None)
    down(database, "0001")
    assert rows(database, "network", "network_hosts")[2] == ("packages", '["pypi.example.org"]')
