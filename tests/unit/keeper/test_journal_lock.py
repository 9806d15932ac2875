"""A journal that another program has locked: nobody waits for it, and it is told."""

import contextlib
import sqlite3
import time

import pytest

from ide.errors import UnavailableError
from ide.keeper.bells import Bells
from ide.keeper.database import refusal
from ide.keeper.journal import Journal
from ide.keeper.journal_lock import LOCKED, JournalLock
from tests.unit.keeper.test_journal_mending import Consoles, record, ring

SHORT_SECONDS = 4.0
"""Less than the 5 s that a write waited, and as much as a busy machine may take for nothing."""


@pytest.fixture
def consoles(tmp_path):
    made = Consoles(tmp_path / "journal.db")
    yield made
    made.journal.close()


@pytest.fixture
def lock(tmp_path, consoles):
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db


def test_who_writes_is_refused_soon_with_a_sentence(consoles, lock):
    began = time.monotonic()
    with pytest.raises(sqlite3.OperationalError) as refused:
        consoles.journal.save(record("1" * 16))
    assert time.monotonic() - began < SHORT_SECONDS, "the keeper's loop waits with it"
    told = refusal(refused.value)
    assert isinstance(told, UnavailableError)
    assert "locked" in told.message


def test_a_journal_is_opened_and_its_bells_are_read_while_it_is_locked(tmp_path, consoles, lock):
    began = time.monotonic()
    with contextlib.closing(Journal(tmp_path / "journal.db")) as journal:
        consoles.journal.close()
        consoles.journal = journal
        bells = Bells(consoles, lambda work: work.close(), lambda _: None, lambda *_: None)
        assert bells.journal.bells() == []
        assert not bells.journal.is_made()
        lock.execute("ROLLBACK")
        assert ring(bells) == 1
    assert time.monotonic() - began < SHORT_SECONDS


def test_what_stays_locked_is_told_once_and_taken_back(consoles, lock):
    told = []
    consoles.is_journal_locked = consoles.journal.is_locked
    looks = JournalLock(consoles, lambda *said: told.append(said))
    looks.look()
    lock.execute("ROLLBACK")
    looks.look()
    assert told == [], "for a moment"
    lock.execute("BEGIN IMMEDIATE")
    for _ in range(4):
        looks.look()
    assert told == [("warning", LOCKED, "locked")]
    lock.execute("ROLLBACK")
    for _ in range(2):
        looks.look()
    assert told[1:] == [("info", "", "locked")]
    assert not consoles.database.in_transaction
    assert looks.found_at_start() is None
