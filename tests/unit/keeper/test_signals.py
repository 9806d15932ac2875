"""Titles, BEL and progress of one console: cleaned, bounded, told at most twice a second."""

import pytest

from ide.keeper.journal import Record
from ide.keeper.signals import (
    MAX_PROGRAM_TITLE_CHARS,
    TELL_APART_SECONDS,
    Signals,
    clean_title,
)
from ide.screen.progress import Progress


class Loop:
    """A clock that is set by hand; `pass_time` runs what is due."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list = []

    def time(self) -> float:
        return self.now

    def call_at(self, when, call):
        self.due.append((when, call))
        return object()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        ready = [call for when, call in self.due if when <= self.now]
        self.due = [one for one in self.due if one[0] > self.now]
        for call in ready:
            call()


class Rig:
    def __init__(self, **fields) -> None:
        values = {
            "id": "a", "kind": "bash", "title": "Bash", "cwd": "/home/user", "path": None,
            "state": "running", "created": 0.0, "started": 0.0, "ended": None, "exit_how": None,
            "exit_status": None, "exit_cause": None, "epoch": "e", "cols": 80, "rows": 24,
            "recording": True, "boot": "b",
        }  # fmt: skip
        self.record = Record(**(values | fields))
        self.told = 0
        self.loop = Loop()
        self.signals = Signals(self.loop, self.record, self._tell)

    def _tell(self) -> None:
        self.told += 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("vim notes.txt", "vim notes.txt"),
        ("  a\tb\nc  ", "a b c"),
        ("exe\u202egnp.sh", "exe gnp.sh"),
        ("a\u200bb\u2066c\ufeffd", "a b c d"),
        ("\x9b31mred\x7f", "31mred"),
        ("漢字 😀", "漢字 😀"),
        ("\u2028\x00 ", ""),
    ],
)
def test_a_programs_title_is_one_clean_line(said, shown):
    assert clean_title(said) == shown


def test_a_programs_title_is_bounded():
    assert len(clean_title("x" * 500)) == MAX_PROGRAM_TITLE_CHARS


def test_a_title_that_changes_all_the_time_is_told_twice_a_second():
    rig = Rig()
    for number in range(1000):
        rig.signals.titled(f"{number}")
        rig.loop.pass_time(0.001)
    assert rig.told <= 1 + 1.0 / TELL_APART_SECONDS
    rig.loop.pass_time(TELL_APART_SECONDS)
    assert rig.record.program_title == "999"
    told = rig.told
    rig.loop.pass_time(10)
    rig.signals.titled("999")
    assert rig.told == told


def test_a_bel_stays_until_somebody_looks():
    rig = Rig()
    rig.signals.rang(in_sight=True)
    assert not rig.record.bel
    rig.signals.rang(in_sight=False)
    rig.signals.rang(in_sight=False)
    assert rig.signals.to_json()["bel"]
    assert rig.told == 1
    rig.signals.looked_at()
    assert not rig.signals.to_json()["bel"]
    assert rig.told == 2
    rig.signals.looked_at()
    assert rig.told == 2


def test_progress_goes_when_the_prompt_is_back():
    rig = Rig()
    rig.signals.progressed(Progress("set", 40))
    assert rig.signals.to_json()["progress"] == {"state": "set", "percent": 40}
    rig.signals.prompt_came()
    assert rig.signals.to_json()["progress"] is None


def test_what_an_ended_program_said_is_not_taken():
    rig = Rig(program_title="old", progress_state="set", progress_percent=3, bel=True)
    rig.record.state = "ended"
    rig.signals.session_over()
    rig.signals.titled("late")
    rig.signals.progressed(Progress("set", 40))
    rig.signals.moved("/elsewhere")
    assert rig.record.cwd == "/home/user"
    assert rig.signals.to_json() == {
        "named": False, "program_title": "", "bel": True, "progress": None,
    }  # fmt: skip


def test_only_a_shell_moves_its_console():
    rig = Rig(kind="run")
    rig.signals.moved("/home")
    assert rig.record.cwd == "/home/user"
