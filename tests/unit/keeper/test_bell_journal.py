"""Letters are written with all that goes with them, and there are only so many."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from ide.keeper import bell_journal
from ide.keeper.bell import asked_for
from ide.keeper.bell_journal import BellJournal
from ide.keeper.database import NoRoomError
from ide.keeper.outbox import History


@pytest.fixture
def journal() -> BellJournal:
    return BellJournal(sqlite3.connect(":memory:", isolation_level=None))


def bell(**wish):
    console = SimpleNamespace(id="c1", kind="bash", never=False, marks="key")
    return asked_for({"when": "died", **wish}, console=console, now=5.0, head=7)


def test_a_bell_comes_back_as_it_was(journal):
    kept = bell(when="printed", text="é", once=False, excerpt=True)
    journal.add(kept)
    assert journal.bells() == [kept]
    journal.note("c1", {"over": True}, [kept])
    assert journal.states() == {"c1": {"over": True}}
    journal.forget("c1")
    assert (journal.bells(), journal.states()) == ([], {})


def test_what_cannot_all_be_written_is_not_written_at_all(journal):
    once = bell()
    journal.add(once)
    with pytest.raises(TypeError):
        journal.ring([(once, {"ending": "died"})], "c1", {"no": object()}, [once])
    assert journal.bells() == [once]
    assert journal.letters(0, 9) == []


def test_the_oldest_letters_are_dropped_and_their_numbers_never_used_again(journal, monkeypatch):
    monkeypatch.setattr(bell_journal, "MAX_LETTERS", 3)
    always = bell(once=False)
    journal.add(always)
    dropped = [journal.ring([(always, {"n": n})], "c1", {}, [always]) for n in range(5)]
    assert dropped == [0, 0, 0, 1, 1]
    assert [one["n"] for one in journal.letters(0, 9)] == [2, 3, 4]
    assert [one["n"] for one in journal.letters(3, 1)] == [3]
    journal.done([3, 4, 5, 99])
    journal.ring([(always, {"n": 6})], "c1", {}, [always])
    assert [one["id"] for one in journal.letters(0, 9)] == [6]


def test_bells_of_an_earlier_version_go_on(journal):
    earlier = sqlite3.connect(":memory:", isolation_level=None)
    earlier.execute(
        "CREATE TABLE bells (id INTEGER PRIMARY KEY AUTOINCREMENT, console TEXT, kind TEXT,"
        " seconds INTEGER, text TEXT, once INTEGER, excerpt INTEGER, created REAL,"
        " searched INTEGER, rung INTEGER)"
    )
    earlier.execute("INSERT INTO bells VALUES (3, 'c1', 'died', NULL, NULL, 1, 0, 5.0, 7, 0)")
    kept = bell()
    kept.number = 3
    assert BellJournal(earlier).bells() == BellJournal(earlier).bells() == [kept]


def test_on_a_full_disk_bells_of_an_earlier_version_are_read_and_tables_made_later(tmp_path):
    db = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    db.execute("CREATE TABLE consoles (id)")
    none = full(db)
    assert (none.is_made(), none.bells(), none.states(), none.letters(0, 9)) == (False, [], {}, [])
    assert none.history(0) == []
    with pytest.raises(NoRoomError):
        none.enter(bell(), {}, None)
    has_room(db)
    kept = bell()
    none.enter(kept, {"over": True}, None)
    for column in ("card", "command"):
        db.execute(f"ALTER TABLE bells DROP COLUMN {column}")
    db.execute("DROP TABLE letters")
    earlier = full(db)
    history = History(earlier)
    assert not earlier.is_made()
    assert (earlier.bells(), earlier.states()) == ([kept], {"c1": {"over": True}})
    assert history.newest() == 0
    has_room(db)
    assert earlier.ring([(kept, {"ending": "died"})], "c1", {}, []) == 0
    assert (earlier.is_made(), earlier.bells(), history.newest()) == (True, [], 1)
    db.close()


def full(db) -> BellJournal:
    db.execute("VACUUM")
    db.execute("PRAGMA max_page_count = 1")  # no page more than there are
    return BellJournal(db)


def has_room(db) -> None:
    db.execute("PRAGMA max_page_count = 1000")


def test_letters_of_a_console_that_is_removed_on_a_full_disk_go_with_it(tmp_path):
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as db:
        journal = BellJournal(db)
        for console in ("c1", "c2", "c1"):
            journal.ring([(bell(once=False), {"n": 1})], console, {}, [])
        db.execute(
            "CREATE TEMP TRIGGER full BEFORE DELETE ON letters BEGIN SELECT RAISE(ABORT, 'full');"
            " END"
        )
        with pytest.raises(sqlite3.DatabaseError):
            journal.forget("c1")
        successor = BellJournal(db)
        successor.forget_others({"c2"})
        for one in (journal, successor):
            assert [[letter["id"] for letter in one.letters(0, 9)], one.newest()] == [[2], 2]
            assert [letter["id"] for letter in one.history(0)] == [2]
        db.execute("DROP TRIGGER full")
        successor.done([])
        for table in bell_journal.OF_CONSOLES:
            assert db.execute(f"SELECT 1 FROM {table} WHERE console = 'c1'").fetchall() == []  # noqa: S608
        assert [one["id"] for one in successor.letters(0, 9)] == [2]


def test_pages_that_open_later_are_told_of_letters_that_were_sent(journal, monkeypatch):
    monkeypatch.setattr(bell_journal, "MAX_HISTORY", 3)
    always = bell(once=False)
    journal.add(always)
    assert journal.newest() == 0
    for number in range(5):
        letter = {"n": number, "excerpt": "words"}
        journal.ring([(always, letter)], "c2" if number == 4 else "c1", {}, [always])
    journal.done([1, 2, 3, 4, 5])
    assert [(one["id"], one["n"]) for one in journal.history(0)] == [(5, 4), (4, 3), (3, 2)]
    assert {one["excerpt"] for one in journal.history(0)} == {None}, "what was printed is not kept"
    assert [one["id"] for one in journal.history(3)] == [5, 4]
    journal.forget("c2")
    assert journal.newest() == 4


def test_a_new_device_is_told_of_what_no_other_has_told(journal):
    pages, history = [], History(journal)
    history.has_pages = lambda: bool(pages)

    def ring() -> None:
        letter: dict = {}
        journal.ring([(bell(once=False), letter)], "c1", {}, [])
        history.came(letter["id"])

    ring()
    assert [one["id"] for one in history.unseen()] == [1]
    assert [one["id"] for one in history.unseen()] == [1], "its answer may not have arrived"
    pages.append("one that is open hears of it as it comes")
    ring()
    assert History(journal).unseen() == []
    pages.clear()
    ring()
    assert [one["id"] for one in history.unseen()] == [3]
    assert [one["id"] for one in history.after(1)] == [3, 2]
    assert (history.unseen(), [one["id"] for one in history.after(2)]) == ([], [3])
    ring()
    assert history.after(2**40) == [], "of numbers that no letter has"
    assert (history.unseen(), history.newest()) == ([], 4)
    ring()
    assert [one["id"] for one in history.unseen()] == [5]
    assert history.after(5) == [], "a page that was new has told of it"
    assert history.unseen() == []


def test_a_damaged_list_of_letters_keeps_no_page_from_its_consoles(journal, monkeypatch):
    history, always = History(journal), bell(once=False)
    journal.add(always)
    journal.ring([(always, {})], "c1", {}, [always])
    assert history.newest() == 1
    with monkeypatch.context() as damaged:
        damaged.setattr(journal, "newest", _malformed)
        history.wake()
        assert history.newest() == 1
    journal.ring([(always, {})], "c1", {}, [always])
    assert history.newest() == 2


def _malformed(*_args):
    raise sqlite3.DatabaseError("database disk image is malformed")
