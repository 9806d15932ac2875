"""/healthz and /readyz: for anybody, by any name."""

import pytest

from ide.errors import UnavailableError
from ide.web import health


def ready(client, **options):
    answer = client.get("/readyz", **options)
    return answer.status_code, answer.json


@pytest.fixture
def supervised(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "ide.supervisor_answers", lambda: True)


def test_alive_is_answered_without_asking_anything(alice, bob, charlie, database):
    database.close()
    for person in (alice, bob, charlie):
        assert person.client.get("/healthz").json == {"ok": True}
    by_address = charlie.client.get("/healthz", headers={"Host": "192.0.2.1"})
    assert by_address.status_code == 200


def test_ready_when_all_is_there(charlie, supervised):
    assert ready(charlie.client) == (
        200,
        {"ok": True, "database": True, "migrations": True, "disk": True, "supervisor": True},
    )


def test_not_ready_without_the_supervisor(app, charlie, monkeypatch):
    def gone():
        raise UnavailableError("no")

    monkeypatch.setitem(app.extensions, "ide.supervisor_answers", gone)
    status, answers = ready(charlie.client)
    assert (status, answers["supervisor"], answers["database"]) == (503, False, True)


def test_not_ready_on_a_full_disk(charlie, supervised, monkeypatch):
    monkeypatch.setattr(health, "MIN_FREE_BYTES", 2**62)
    assert ready(charlie.client)[1]["disk"] is False


def test_not_ready_with_an_older_database(charlie, supervised, database):
    with database.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '0000'")
    assert ready(charlie.client)[1]["migrations"] is False
