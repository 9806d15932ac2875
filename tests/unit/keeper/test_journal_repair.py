"""A damaged journal is made anew from what it still says and from the folders of logs."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from ide.keeper import database
from ide.keeper.journal import Journal, NewerJournalError
from ide.keeper.journal_repair import opened
from ide.keeper.marks import Marks, Resize

ONE, TWO = "1" * 16, "2" * 16


@pytest.fixture
def folder(tmp_path):
    for name in (ONE, TWO):
        (tmp_path / "consoles" / name).mkdir(parents=True)
    Marks(tmp_path / "consoles" / TWO, 0).add(Resize(0, 100, 30))
    return tmp_path


def open_there(folder):
    journal, said = opened(folder / "journal.db", folder / "consoles", "boot")
    with contextlib.closing(journal):
        return journal.load(), bool(said)


def test_a_journal_that_is_gone_or_nonsense_is_made_anew_from_folders(folder):
    (folder / "consoles" / "odd").mkdir()
    (folder / "journal.db").write_bytes(b"SQLite format 3\0" + b"nonsense" * 2000)
    for _ in range(2):
        records, repaired = open_there(folder)
        assert repaired
        assert {record.id for record in records} == {ONE, TWO}
        assert all(record.never for record in records), "one of them may have wished that"
        assert next(one for one in records if one.id == TWO).cols == 100
        assert (folder / "journal.db.damaged").exists()
        assert open_there(folder) == (records, False)
        (folder / "journal.db").write_bytes(b"")


def test_what_a_damaged_journal_still_says_is_kept(folder):
    path = folder / "journal.db"
    records, _ = open_there(folder)
    records[0].title, records[0].never = "Training", False
    with contextlib.closing(Journal(path)) as journal:
        journal.save(records[0])
        journal.database.execute("CREATE TABLE other (x)")
        journal.database.execute("INSERT INTO other VALUES (zeroblob(20000))")
        journal.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = journal.database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'other'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    found, repaired = open_there(folder)
    assert repaired
    assert sorted(found, key=lambda one: one.id) == sorted(records, key=lambda one: one.id)


@pytest.mark.parametrize(
    ("place", "times"), [((Journal, "save"), 1), *(((Path, "replace"), one) for one in range(3))]
)
@pytest.mark.parametrize("is_gone", [True, False])
def test_who_is_killed_meanwhile_leaves_it_to_the_next(folder, monkeypatch, place, times, is_gone):
    path = folder / "journal.db"
    open_there(folder)
    if is_gone:
        path.unlink()
    else:
        with contextlib.closing(Journal(path)) as journal:
            journal.database.execute("UPDATE consoles SET state = 'ended', title = 'Training'")
            journal.database.execute("INSERT INTO consoles (id) VALUES ('odd')")
    do, done = getattr(*place), []

    def killed(*args):
        if len(done) == times:
            raise KeyboardInterrupt
        done.append(args)
        return do(*args)

    with monkeypatch.context() as dying:
        dying.setattr(*place, killed)
        with contextlib.suppress(KeyboardInterrupt):
            open_there(folder)
    records, _ = open_there(folder)
    assert {record.id for record in records} == {ONE, TWO}
    assert is_gone or {record.title for record in records} == {"Training"}


@pytest.mark.parametrize("column", ["title", "id", "kind"])
def test_a_name_that_is_no_text_any_more_keeps_no_keeper_from_starting(folder, column):
    path = folder / "journal.db"
    open_there(folder)
    with contextlib.closing(Journal(path)) as journal:
        journal.database.execute(
            f"UPDATE consoles SET {column} = CAST(x'41ff42' AS TEXT) WHERE id = ?",  # noqa: S608
            (ONE,),
        )
    records, repaired = open_there(folder)
    assert {record.id for record in records} == {ONE, TWO}
    assert repaired is (column != "title")
    assert repaired or "A\ufffdB" in {record.title for record in records}


def test_a_journal_whose_table_has_lost_its_name_is_made_anew(folder):
    open_there(folder)
    with contextlib.closing(Journal(folder / "journal.db")) as journal:
        journal.database.execute("ALTER TABLE consoles RENAME TO consolez")
    records, repaired = open_there(folder)
    assert ({record.id for record in records}, repaired) == ({ONE, TWO}, True)


def test_what_is_locked_or_of_a_later_version_is_left_alone(folder, monkeypatch):
    assert open_there(folder)[1]
    path = folder / "journal.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("CREATE TABLE other (x)")  # holds the lock from here on
        monkeypatch.setattr(database, "OPEN_SECONDS", 0.05)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_there(folder)
    assert not open_there(folder)[1]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(NewerJournalError):
        open_there(folder)
    assert not (folder / "journal.db.damaged").exists()


def test_a_new_workspace_has_nothing_to_repair(tmp_path):
    assert open_there(tmp_path) == ([], False)
