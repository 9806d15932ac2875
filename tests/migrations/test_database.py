"""The two kinds of transaction on a real SQLite file, and what they say when it fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from ide.accounts import logins, people
from ide.accounts.models import Attempts, Login
from ide.errors import FullError, UnavailableError
from ide.settings import Settings
from ide.store import database as databases
from ide.store.database import locked, open_database
from ide.store.migrations import migrate
from ide.store.schema import utc_now


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


@pytest.fixture
def database(settings):
    opened = open_database(settings)
    migrate(opened)
    yield opened
    opened.close()


def test_no_update_is_lost_among_threads(database):
    with database.write() as db:
        db.add(Attempts(key="x", count=0, since=utc_now()))

    def add(_):
        for _ in range(15):
            with database.write() as db:
                row = locked(db, Attempts, "x")
                row.count += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    with database.read() as db:
        assert db.get(Attempts, "x").count == 60


def test_the_switches_are_on(database):
    with database.engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert values == ["wal", 1, 1]


def test_a_time_comes_back_in_utc_and_a_naive_one_is_refused(database):
    cairo = timezone(timedelta(hours=2))
    with database.write() as db:
        db.add(Attempts(key="x", count=0, since=datetime(2026, 1, 1, 12, tzinfo=cairo)))
    with database.read() as db:
        assert db.get(Attempts, "x").since == datetime(2026, 1, 1, 10, tzinfo=UTC)
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point
    with pytest.raises(StatementError), database.write() as db:
        db.add(Attempts(key="y", count=0, since=naive))


def test_a_block_that_raises_changes_nothing(database):
    def fail():
        with database.write() as db:
            db.add(Attempts(key="x", count=0, since=utc_now()))
            db.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as db:
        assert db.get(Attempts, "x") is None


def test_a_database_that_is_held_is_said_in_time(settings, database, monkeypatch):
    monkeypatch.setattr(databases, "WAIT_SECONDS", 0.1)
    other = open_database(settings)
    held, done = threading.Event(), threading.Event()

    def hold():
        with database.write():
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(UnavailableError, match="in time"), other.write():
        pass
    done.set()
    thread.join(10)
    other.close()


def fill_the_disk(database):
    """Forbid the file to grow: SQLite then says what it says on a full disk."""
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        pages = driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count={pages}")


def test_a_full_disk_is_said(database):
    fill_the_disk(database)
    with pytest.raises(FullError), database.write() as db:
        db.add_all(
            Attempts(key=f"{number}{'x' * 80}", count=0, since=utc_now()) for number in range(500)
        )
    with database.read() as db:
        assert db.query(Attempts).count() == 0


def test_on_a_full_disk_the_signed_in_stay_so(settings, database, monkeypatch):
    person = people.add(database, settings, "alice", "correct horse", owner=True)
    token = logins.open_login(database, settings, person.id, device="", address="")
    with database.write() as db:
        for login in db.query(Login):
            login.used -= timedelta(days=1)

    def full(_database, _logins):
        raise FullError("full")

    monkeypatch.setattr(logins, "note_use", full)
    assert logins.load(database, settings, token) is not None
