"""Bells over a disk that takes nothing, and over a log of which a part was in memory alone."""

import asyncio
import sqlite3
from types import SimpleNamespace

import pytest

from ide.errors import FullError
from ide.keeper import bell_printed, bell_ringing
from ide.keeper.bell import Bell
from ide.keeper.bell_journal import BellJournal
from ide.keeper.bell_letters import letter
from ide.keeper.bells import Bells
from ide.keeper.output_log import OutputLog


class Consoles(dict):
    """One Python console at its prompt, and a journal in memory."""

    def __init__(self, log) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        record = SimpleNamespace(
            id="c1", kind="python", state="running", started=1.0, boot="b", title="Python",
            named=True, never=False, program_title="", epoch="e", exit_how=None, marks="key",
        )  # fmt: skip
        self["c1"] = SimpleNamespace(
            record=record, log=log, session=None, bells=[], waiting=False,
            times=SimpleNamespace(time_at=lambda _offset: None), changed=lambda: None,
        )  # fmt: skip

    def refuse(self, *, full: bool) -> None:
        self.database.execute(f"PRAGMA query_only={'ON' if full else 'OFF'}")


@pytest.fixture
def log(tmp_path):
    made = OutputLog(tmp_path, 1 << 24)
    yield made
    made.close()


@pytest.fixture
def consoles(log):
    return Consoles(log)


def bells_of(consoles) -> tuple[Bells, list]:
    told: list = []
    made = Bells(consoles, asyncio.run, told.append, lambda _level, _text: None)
    made.load()
    return made, told


def print_and_look(bells, log, text) -> None:
    log.append(text)
    bells.look()


def test_a_bell_that_rings_twice_over_a_full_disk_has_one_letter(consoles, log, monkeypatch):
    monkeypatch.setattr(bell_printed, "PRINTED_APART_SECONDS", 0)
    bells, told = bells_of(consoles)
    bells.set(consoles["c1"], {"when": "printed", "text": "epoch"})
    consoles.refuse(full=True)
    for _ in range(3):
        print_and_look(bells, log, b"epoch\r\n")
    assert told == []
    consoles.refuse(full=False)
    bells.look()
    assert [one["letter"]["ending"] for one in told] == ["printed “epoch”"]
    assert consoles["c1"].bells == []
    assert not bells.is_watching


def test_a_bell_that_the_disk_does_not_take_leaves_the_one_it_would_replace(consoles):
    bells, _ = bells_of(consoles)
    wish = {"when": "printed", "text": "done"}
    kept = bells.set(consoles["c1"], wish).to_json()
    for table in ("bells", "bell_states"):  # where it stops does not matter
        consoles.database.execute(
            f"CREATE TEMP TRIGGER full BEFORE INSERT ON {table}"
            " BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
        with pytest.raises(FullError):
            bells.set(consoles["c1"], wish | {"excerpt": True})
        assert bells.to_json() == [kept]
        assert [bell.to_json() for bell in BellJournal(consoles.database).bells()] == [kept]
        consoles.database.execute("DROP TRIGGER full")
    changed = bells.set(consoles["c1"], wish | {"excerpt": True}).to_json()
    assert bells.to_json() == [changed]
    assert [bell.to_json() for bell in BellJournal(consoles.database).bells()] == [changed]


def test_letters_that_wait_for_the_disk_are_bounded(consoles, log, monkeypatch):
    monkeypatch.setattr(bell_printed, "PRINTED_APART_SECONDS", 0)
    monkeypatch.setattr(bell_ringing, "MAX_DUE", 2)
    bells, told = bells_of(consoles)
    bells.set(consoles["c1"], {"when": "printed", "text": "epoch", "once": False})
    consoles.refuse(full=True)
    for _ in range(4):
        print_and_look(bells, log, b"epoch\r\n")
    consoles.refuse(full=False)
    bells.look()
    assert [one["letter"]["offset"] for one in told] == [14, 21]


def test_a_text_is_heard_after_output_that_was_in_memory_alone_is_gone(consoles, tmp_path):
    memory = OutputLog(tmp_path / "never", 1 << 24, never=True)
    consoles["c1"].log = memory
    memory.append(b"x" * 1000)
    bells_of(consoles)[0].set(consoles["c1"], {"when": "printed", "text": "epoch"})
    consoles["c1"].bells.clear()
    consoles["c1"].log = after = OutputLog(tmp_path / "never", 1 << 24, never=True)
    bells, told = bells_of(consoles)
    print_and_look(bells, after, b"epoch\r\n")
    assert [one["letter"]["when"] for one in told] == ["printed"]
    memory.close()
    after.close()


def test_an_excerpt_goes_on_where_the_log_has_another_piece(consoles, log):
    log.append(b"before\r\n")
    log.rotate()
    log.append(b"the end\r\n")
    bell = Bell("c1", "printed", None, "x", once=True, excerpt=True, created=1.0, offset=0)
    assert letter(consoles["c1"], bell, "", "")["excerpt"] == "before\nthe end"
