"""A journal that is lost while its keeper runs is written anew whole, or stays as it is."""

import asyncio
import contextlib
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from ide.keeper import consoles as real
from ide.keeper import journal_repair
from ide.keeper.bell import Bell
from ide.keeper.bell_journal import MAX_NUMBER
from ide.keeper.bells import Bells
from ide.keeper.config import LogLimits
from ide.keeper.journal import Journal, Record
from ide.keeper.journal_mending import JournalMending
from ide.keeper.server_log import say


class Consoles(dict):
    """None, but a journal."""

    def __init__(self, path) -> None:
        self.path, self.journal = path, Journal(path)

    @property
    def database(self):
        return self.journal.database

    def is_journal_lost(self):
        return not self.journal.is_in_place()

    def begin_journal_anew(self, write):
        self.journal = journal_repair.anew(
            self.journal, self.path, lambda journal: write(journal.database)
        )


@pytest.fixture
def consoles(tmp_path):
    made = Consoles(tmp_path / "journal.db")
    yield made
    made.journal.close()


@pytest.fixture
def bells(consoles):
    made = Bells(consoles, asyncio.run, lambda _: None, lambda _level, _text: None)
    for number in range(1, 4):
        assert ring(made) == number
    return made


def ring(bells) -> int:
    bell = Bell("c1", "died", None, None, False, False, 5.0, 0)
    letter = {"ending": "died"}
    bells.journal.ring([(bell, letter)], "c1", {}, [bell])
    return letter["id"]


def letters(bells) -> list[int]:
    assert letters_told(bells) == {1, 3}
    return [one["id"] for one in bells.journal.letters(0, 9)]


def letters_told(bells) -> set[int]:
    return {one["id"] for one in bells.journal.history(0)}


def damage(consoles, bells) -> None:
    """Have the second letter be none, which SQLite cannot know."""
    consoles.database.execute("UPDATE outbox SET letter = ? WHERE id = 2", ("\x00nonsense",))
    consoles.database.execute("UPDATE letters SET letter = '[2]' WHERE id = 2")
    consoles.database.execute("INSERT INTO outbox VALUES (?, 'c1', '{}')", ((1 << 63) - 1,))
    bells.journal.is_damaged = True


def test_letters_that_can_be_read_go_on_and_no_number_comes_again(consoles, bells):
    damage(consoles, bells)
    mending = JournalMending(consoles, bells)
    assert mending.look()
    assert letters(bells) == [1, 3]
    assert ring(bells) == 4
    assert not mending.look()


def test_numbers_that_damage_made_or_that_were_removed_are_known(consoles, bells):
    bells.journal.note_told((1 << 63) - 1)
    bells.journal.forget("c1")
    bells.history.wake()
    consoles.database.execute("INSERT INTO letters VALUES (?, 'c1', '{}')", ((1 << 63) - 1,))
    bells.journal.is_damaged = True
    assert JournalMending(consoles, bells).look()
    assert ring(bells) == 4
    assert [one["id"] for one in bells.history.unseen()] == [4]


@pytest.mark.parametrize("number", [MAX_NUMBER, (1 << 63) - 1])
def test_a_letter_with_a_number_that_none_can_have_is_dropped_and_holds_up_no_other(
    consoles, bells, number
):
    mending = JournalMending(consoles, bells)
    consoles.database.execute("INSERT INTO outbox VALUES (?, 'c1', '{\"n\": 1}')", (number,))
    with pytest.raises(sqlite3.DatabaseError):
        ring(bells)
    assert mending.look() is (number == MAX_NUMBER)
    assert [one["id"] for one in bells.journal.letters(0, 9)] == [1, 2, 3]
    assert mending.look() is (number > MAX_NUMBER)
    assert ring(bells) == 4


def test_a_letter_that_cannot_be_read_holds_up_no_other(consoles, bells):
    damage(consoles, bells)
    consoles.database.execute("UPDATE outbox SET letter = CAST(x'7bff7d' AS TEXT) WHERE id = 2")
    assert [one["id"] for one in bells.journal.letters(0, 9)] == [1, 3]
    assert [one["id"] for one in bells.journal.letters(1, 1)] == [3]
    consoles.database.close()
    assert bells.outbox.is_empty()


def test_a_disk_that_fills_meanwhile_leaves_the_old_one_until_there_is_room(
    consoles, bells, monkeypatch, tmp_path
):
    damage(consoles, bells)
    before = consoles.path.stat().st_ino
    mending = JournalMending(consoles, bells)

    def refuse(_journal):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(Journal, "settle", refuse)
        for _ in range(2):
            assert not mending.look()
    assert consoles.path.stat().st_ino == before
    assert not list(tmp_path.glob("*.new*"))
    assert not list(tmp_path.glob("*.half*"))
    assert not list(tmp_path.glob("*.damaged*"))
    assert mending.look()
    assert letters(bells) == [1, 3]
    assert (tmp_path / "journal.db.damaged").stat().st_ino == before


@contextmanager
def no_room_for_the_second(monkeypatch):
    """One journal can be opened, no other."""
    opened = []

    def refuse_the_second(path):
        opened.append(path)
        if len(opened) > 1:
            raise OSError
        return Journal(path)

    with monkeypatch.context() as full:
        full.setattr(journal_repair, "Journal", refuse_the_second)
        yield


def test_another_that_cannot_be_opened_at_once_is_opened_later(consoles, bells, monkeypatch):
    damage(consoles, bells)
    mending = JournalMending(consoles, bells)
    with no_room_for_the_second(monkeypatch):
        assert not mending.look()
    assert mending.look()
    assert letters(bells) == [1, 3]


def record(name: str) -> Record:
    return Record(
        id=name, kind="bash", title="Training", cwd="/", path=None, state="running", created=1.0,
        started=1.0, ended=None, exit_how=None, exit_status=None, exit_cause=None, epoch="e",
        cols=80, rows=24, recording=True, boot="b",
    )  # fmt: skip


@pytest.mark.parametrize("killed_at", range(6))
def test_who_is_killed_while_one_is_put_in_place_leaves_one(tmp_path, monkeypatch, killed_at):
    path, name, moves = tmp_path / "journal.db", "1" * 16, []
    (tmp_path / "consoles" / name).mkdir(parents=True)
    old = Journal(path)
    old.save(record(name))
    move = Path.replace

    def killed(self, to):
        if len(moves) == killed_at:
            raise KeyboardInterrupt
        moves.append(to)
        return move(self, to)

    with monkeypatch.context() as dying:
        dying.setattr(Path, "replace", killed)
        try:
            journal_repair.anew(old, path, lambda journal: journal.save(record(name))).close()
        except KeyboardInterrupt:
            old.database.close()
        else:
            assert killed_at > 4
        was_gone = not path.exists()
    journal, said = journal_repair.opened(path, tmp_path / "consoles", "b")
    assert [one.title for one in journal.load()] == ["Training"]
    journal.close()
    assert said == (journal_repair.TAKEN_UP if was_gone else "")


def two_kept(path):
    """The consoles of a keeper, two of them, in its journal."""
    config = SimpleNamespace(journal=path, consoles=path.parent, log_limits=LogLimits(1, 1, 1))
    consoles = real.Consoles(None, config, "b", None)
    for name in ("1" * 16, "2" * 16):
        console = SimpleNamespace(record=record(name), close=lambda: None)
        consoles._all[name] = console
        assert consoles.save(console.record)
    return consoles


def test_what_a_locked_journal_refused_is_in_it_after_the_end(tmp_path):
    path, names = tmp_path / "journal.db", ["1" * 16, "2" * 16]
    consoles = two_kept(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        consoles[names[0]].record.title = "Changed"
        assert not consoles.save(consoles[names[0]].record)
        consoles.remove(consoles[names[1]])
    consoles.close()
    with contextlib.closing(Journal(path)) as journal:
        assert [one.title for one in journal.load()] == ["Changed"]


def test_a_server_log_that_takes_nothing_holds_up_nobody(monkeypatch):
    full = Path("/dev/full").open("w", buffering=1, encoding="utf-8")  # noqa: SIM115
    monkeypatch.setattr("sys.stderr", full)
    say("journal repaired")
    monkeypatch.undo()
    with contextlib.suppress(OSError):
        full.close()  # it holds the line


def test_what_a_journal_could_not_take_is_in_it_once_it_can(tmp_path, monkeypatch):
    path, names = tmp_path / "journal.db", ["1" * 16, "2" * 16]
    consoles = two_kept(path)
    path.unlink()
    with no_room_for_the_second(monkeypatch), pytest.raises(OSError):
        consoles.begin_journal_anew(lambda _: None)
    consoles[names[0]].record.title = "Changed"
    assert not consoles.save(consoles[names[0]].record)
    consoles.remove(consoles[names[1]])
    consoles.begin_journal_anew(lambda _: None)
    consoles.save_what_is_not_saved()
    consoles.close()
    with_all = Journal(path)
    assert [one.title for one in with_all.load()] == ["Changed"]
    with_all.close()
