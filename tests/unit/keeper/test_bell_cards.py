"""Bells of commands whose ends come as cards: how they ended, in time, once."""

import asyncio
import sqlite3
from types import SimpleNamespace

import pytest

from ide.keeper import bell_commands, bell_letters, bell_printed, bell_watch, bells
from ide.keeper.bells import Bells
from ide.keeper.card import Card
from ide.keeper.foreground import Seen
from ide.keeper.output_log import OutputLog


class Clocks:
    """The machine's, which only goes on, and the one on the wall, which may be set."""

    def __init__(self, monkeypatch) -> None:
        self.boot, self.wall = 1000.0, 1_000_000.0
        for module in (bell_commands, bell_letters, bell_watch, bells):
            monkeypatch.setattr(module, "boot_seconds", lambda: self.boot)
            monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: self.wall))
        monkeypatch.setattr(bell_printed, "boot_seconds", lambda: self.boot)

    def go_on(self, seconds: float) -> None:
        self.boot, self.wall = self.boot + seconds, self.wall + seconds


class Session:
    """A terminal: what has its foreground."""

    front_is = 0

    def front(self):
        return self.front_is

    def edits_line(self):
        return not self.front_is

    def leader(self):
        return 1


class Shell:
    """One Bash console with a journal in memory, and its cards as the thread tells them."""

    def __init__(self, log, clocks) -> None:
        self.log, self.clocks, self.told, self.ids = log, clocks, [], 0
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        record = SimpleNamespace(
            id="c1", kind="bash", state="running", started=1.0, boot="b", title="Bash",
            named=True, never=False, program_title="", epoch="e", exit_how=None, exit_status=None,
            exit_to_json=lambda: {"cause": ""}, marks="key",
        )  # fmt: skip
        self.console = SimpleNamespace(
            record=record, log=log, session=Session(), bells=[], waiting=False,
            times=SimpleNamespace(time_at=lambda _offset: None), changed=lambda: None,
        )  # fmt: skip
        self.bells = self.begin()

    def begin(self) -> Bells:
        """Another keeper, on what the one before wrote down."""
        self.console.bells.clear()
        self.bells = Bells(self, asyncio.run, self.told.append, lambda _level, _text: None)
        self.bells.load()
        return self.bells

    def get(self, name):
        return self.console if name == "c1" else None

    def values(self):
        return [self.console]

    def runs(self, command: str) -> Card:
        self.ids += 1
        self.log.append(b"$ command\r\n")
        card = Card(
            self.ids, "c1", "e", "command", command, "/", "bash", self.clocks.wall, self.log.head
        )
        self.bells.hear([card])
        return card

    def ends(self, card: Card, status: int | None, *, heard: bool = True) -> None:
        self.log.append(b"last words\r\n")
        card.end("exit", status, self.clocks.wall, self.log.head)
        self.log.append(b"mark")
        if heard:
            self.bells.hear([card])

    def refuse(self, *, full: bool) -> None:
        self.database.execute(f"PRAGMA query_only={'ON' if full else 'OFF'}")

    @property
    def letters(self) -> list[tuple[str, str, bool | None]]:
        return [(one["letter"]["title"], one["letter"]["ending"], one["letter"]["ok"])
                for one in self.told]  # fmt: skip


@pytest.fixture
def clocks(monkeypatch):
    return Clocks(monkeypatch)


@pytest.fixture
def shell(tmp_path, clocks):
    log = OutputLog(tmp_path, 1 << 24)
    yield Shell(log, clocks)
    log.close()


def wish(shell, when, **more):
    return shell.bells.set(shell.console, {"when": when, **more})


def test_a_command_that_fails_is_told_with_its_status_and_its_last_line(shell, clocks):
    wish(shell, "failed", once=False, excerpt=True)
    quick = shell.runs("ls nothing")
    clocks.go_on(1)
    shell.ends(quick, 2)
    good = shell.runs("make")
    clocks.go_on(60)
    shell.ends(good, 0)
    bad = shell.runs("make test\nmake all")
    clocks.go_on(180)
    shell.ends(bad, 2)
    shell.bells.hear([bad])
    assert shell.letters == [("make test …", "failed with status 2 after 3 min", False)]
    letter = shell.told[0]["letter"]
    assert (letter["card"], letter["excerpt"]) == (bad.id, "last words")
    assert shell.log.read(letter["offset"] - 11, 12) == b"last words\r\n"


@pytest.mark.parametrize(
    ("how", "status", "exception", "words"),
    [
        ("exit", 139, None, "failed with status 139 (SIGSEGV) after 3 s"),
        ("exit", 1, "ValueError", "failed with ValueError after 3 s"),
        ("exit", 200, None, "failed with status 200 after 3 s"),
        ("limit", 137, None, "was ended by a limit after 3 s"),
    ],
)
def test_how_it_failed_is_said_in_words(shell, clocks, how, status, exception, words):
    wish(shell, "failed")
    card = shell.runs("work")
    clocks.go_on(3)
    card.end(how, status, clocks.wall, shell.log.head, exception)
    shell.bells.hear([card])
    assert shell.letters == [("work", words, False)]


@pytest.mark.parametrize(("status", "exception"), [(130, None), (1, "KeyboardInterrupt")])
def test_what_was_interrupted_has_finished_and_not_failed(shell, clocks, status, exception):
    wish(shell, "finished")
    failed = wish(shell, "failed")
    card = shell.runs("work")
    clocks.go_on(3)
    card.end("exit", status, clocks.wall, shell.log.head, exception)
    shell.bells.hear([card])
    assert shell.letters == [("work", "was interrupted after 3 s", None)]
    assert shell.console.bells == [failed]


def test_a_bell_of_one_command_rings_for_no_other_and_goes_with_it(shell, clocks):
    card = shell.runs("make")
    bell = wish(shell, "failed", card=card.id)
    assert wish(shell, "failed", card=card.id) is bell
    assert (bell.to_json()["card"], bell.to_json()["command"]) == (card.id, "make")
    any_of_them = wish(shell, "failed")
    shell.ends(card, 0)
    assert (shell.letters, shell.console.bells) == ([], [any_of_them])
    again = shell.runs("make")
    wish(shell, "finished", card=again.id)
    clocks.go_on(0.5)
    shell.ends(again, 1)
    assert [one["letter"]["when"] for one in shell.told] == ["finished"]
    with pytest.raises(Exception, match="has ended"):
        wish(shell, "finished", card=again.id)


def test_both_ways_see_the_same_end_and_it_rings_once(shell, clocks, monkeypatch):
    monkeypatch.setattr(bell_watch, "_lives", lambda _pid: shell.console.session.front_is)
    monkeypatch.setattr(
        bell_watch, "seen_leading", lambda group, _leader: Seen(f"program {group}", began)
    )
    for order in ("card first", "look first", "card late"):
        shell.told.clear()
        began = clocks.boot
        card = shell.runs("make")
        shell.console.session.front_is = 40
        wish(shell, "finished", once=False)
        wish(shell, "failed", once=False)
        shell.bells.look()
        clocks.go_on(5)
        shell.console.session.front_is = 0
        shell.ends(card, 3, heard=order == "card first")
        shell.bells.look()
        if order == "card late":
            assert shell.told == []
            clocks.go_on(2)
            shell.bells.look()
            unknown = ("program 40", "finished after 7 s", None)
            doubt = f"{unknown[1]}; whether it failed is not known here"
            assert shell.letters == [unknown, (unknown[0], doubt, None)]
            shell.told.clear()
        shell.bells.hear([card])
        clocks.go_on(5)
        shell.bells.look()
        told = ("make", "failed with status 3 after 5 s", False)
        assert shell.letters == ([] if order == "card late" else [told, told]), order


def test_a_program_in_a_shell_within_the_shell_rings_and_says_what_is_not_known(
    shell, clocks, monkeypatch
):
    began = {40: clocks.boot, 41: clocks.boot + 1}
    monkeypatch.setattr(bell_watch, "_lives", lambda pid: pid == 40)
    monkeypatch.setattr(
        bell_watch, "seen_leading", lambda group, _leader: Seen(f"program {group}", began[group])
    )
    shell.runs("bash --norc")
    wish(shell, "failed")
    monkeypatch.setattr(Session, "edits_line", lambda _self: True)
    for front in (40, 41):
        shell.console.session.front_is = front
        shell.bells.look()
        clocks.go_on(1)
    clocks.go_on(7)
    shell.console.session.front_is = 40
    shell.bells.look()
    assert shell.letters == [
        ("program 41", "finished after 8 s; whether it failed is not known here", None)
    ]


def test_what_prints_and_waits_is_called_by_its_command_not_by_a_program_of_it(
    shell, clocks, monkeypatch
):
    """In a shell within the shell it is the program that runs there."""
    began = {40: clocks.boot, 41: clocks.boot + 1}
    monkeypatch.setattr(bell_watch, "_lives", lambda _pid: True)
    monkeypatch.setattr(
        bell_watch, "seen_leading", lambda group, _leader: Seen(f"sleep {group}", began[group])
    )
    shell.runs("sleep 3; echo done; sleep 8")
    shell.console.session.front_is = 40
    wish(shell, "printed", text="done", once=False)
    wish(shell, "silent", seconds=60)
    shell.log.append(b"done\r\n")
    shell.bells.look()
    shell.console.waiting = True
    wish(shell, "waiting")
    shell.bells.look()
    clocks.go_on(61)
    shell.bells.look()
    assert {title for title, _, _ in shell.letters} == {"sleep 3; echo done; sleep 8"}
    assert len(shell.letters) == 3
    monkeypatch.setattr(
        bell_watch, "seen_leading", lambda group, _leader: Seen(f"sleep {group}\n#", began[group])
    )
    shell.console.session.front_is = 41
    shell.bells.look()
    shell.log.append(b"done\r\n")
    clocks.go_on(11)
    shell.bells.look()
    assert shell.letters[-1] == ("sleep 41 …", "printed “done”", None)


def test_what_printed_a_text_is_named_though_it_is_over_and_heard_of_later(shell, monkeypatch):
    shell.bells.commands.expect("c1")
    wish(shell, "printed", text="last words")
    hear, waited = shell.bells.hear, []
    monkeypatch.setattr(shell.bells, "hear", lambda _cards: None)
    card = shell.runs("echo last words")
    shell.ends(card, 0)

    async def later(seconds: float) -> None:
        waited.append(seconds)
        hear([card])

    monkeypatch.setattr(bell_printed.asyncio, "sleep", later)
    shell.bells.look()
    assert shell.letters == [("echo last words", "printed “last words”", None)]
    assert len(waited) == 1


def test_a_clock_that_is_set_back_changes_no_time(shell, clocks):
    wish(shell, "finished_after", seconds=120)
    card = shell.runs("train")
    clocks.go_on(150)
    clocks.wall -= 3600
    shell.ends(card, 0)
    assert shell.letters == [("train", "finished after 2 min 30 s", True)]
    wish(shell, "finished_after", seconds=120)
    card = shell.runs("train")
    clocks.wall += 7200
    clocks.go_on(10)
    shell.ends(card, 0)
    assert len(shell.told) == 1


def test_silence_is_counted_by_no_clock_that_can_be_set(shell, clocks, monkeypatch):
    began = clocks.boot
    monkeypatch.setattr(bell_watch, "seen_leading", lambda _group, _leader: Seen("work", began))
    shell.console.session.front_is = 40
    wish(shell, "silent", seconds=60)
    shell.bells.look()
    clocks.wall += 86_400
    shell.bells.look()
    assert shell.told == []
    clocks.wall -= 2 * 86_400
    clocks.boot += 61
    shell.bells.look()
    assert shell.letters == [("work", "has printed nothing for 1 min 1 s", None)]


def test_an_end_that_a_keeper_heard_of_and_did_not_live_to_tell_is_told_by_the_next(shell, clocks):
    card = shell.runs("make")
    wish(shell, "failed", card=card.id)
    wish(shell, "finished")
    clocks.go_on(3)
    shell.ends(card, 4, heard=False)
    for _ in range(2):
        heir = shell.begin()
        newest = [Card(**{name: getattr(card, name) for name in Card.__slots__})]
        asyncio.run(heir.catch_up(_answering(newest)))
        assert [ending for _, ending, _ in shell.letters] == ["failed with status 4 after 3 s"] * 2
        assert shell.console.bells == []


def _answering(cards):
    async def newest(_console):
        return cards

    return newest


def test_a_full_disk_at_the_moment_of_ringing_loses_no_letter(shell, clocks):
    card = shell.runs("make")
    wish(shell, "failed", card=card.id)
    wish(shell, "finished_after", card=card.id, seconds=9)
    shell.refuse(full=True)
    clocks.go_on(3)
    shell.ends(card, 1)
    shell.bells.look()
    assert shell.told == []
    assert shell.bells.is_watching
    shell.refuse(full=False)
    shell.bells.look()
    assert shell.letters == [("make", "failed with status 1 after 3 s", False)]
    assert shell.console.bells == []
    assert shell.begin().to_json() == []
    assert len(shell.bells.outbox._journal.letters(0, 9)) == 1
    shell.console.record.id = "c2"
    assert shell.begin().outbox.is_empty(), "the letter's console is no more"


def test_a_journal_that_is_damaged_meanwhile_keeps_the_letter_waiting(shell, clocks, monkeypatch):
    card = shell.runs("make")
    wish(shell, "failed", card=card.id)
    journal = shell.bells._ringing._journal
    with monkeypatch.context() as damaged:
        for name in ("ring", "note"):
            damaged.setattr(journal, name, _malformed)
        clocks.go_on(3)
        shell.ends(card, 1)
        shell.bells.look()
        assert shell.told == []
    shell.bells.look()
    assert shell.letters == [("make", "failed with status 1 after 3 s", False)]


def _malformed(*_args):
    raise sqlite3.DatabaseError("database disk image is malformed")


def test_a_command_whose_end_nobody_heard_is_said_to_be_over_with_the_next(shell, clocks):
    card = shell.runs("make")
    wish(shell, "failed", card=card.id)
    clocks.go_on(3)
    shell.runs("ls")
    assert shell.letters == [("make", "is over; how it ended is not known", None)]


def test_a_stopped_command_is_not_over_and_what_waits_for_it_alone_is_told(shell, clocks):
    card = shell.runs("vi notes")
    wish(shell, "finished")
    shell.ends(card, 148)
    assert shell.told == []
    card = shell.runs("vi notes")
    wish(shell, "failed", card=card.id)
    clocks.go_on(3)
    shell.ends(card, 148)
    shell.runs("fg")
    assert shell.letters == [("vi notes", "was stopped after 3 s", None)]


def test_a_session_that_ends_in_mid_command_takes_its_bells_along(shell, clocks):
    card = shell.runs("read x")
    wish(shell, "failed", card=card.id)
    wish(shell, "finished_after", card=card.id, seconds=900)
    record = shell.console.record
    record.exit_how, record.exit_status, record.state = "signal", 9, "ended"
    clocks.go_on(3)
    shell.bells.session_over(shell.console)
    shell.ends(card, None)
    assert shell.letters == [("read x", "was ended by SIGKILL", False)]
    assert shell.console.bells == []


def test_a_run_that_was_interrupted_has_neither_failed_nor_died(shell, clocks):
    record = shell.console.record
    record.kind = "run"
    for when in ("failed", "died", "finished"):
        wish(shell, when, once=False)
    record.exit_how, record.exit_status, record.state = "signal", 2, "ended"
    clocks.go_on(3)
    shell.bells.session_over(shell.console)
    ((title, ending, ok),) = shell.letters
    assert (title, ok) == ("Bash", None)
    assert ending.startswith("was interrupted after ")
