"""Bells on real consoles: each kind rings once, with true words, whatever dies meanwhile."""

import contextlib
import json
import math
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ide.keeper.bell_words import duration
from tests.keepers import SECONDS, CallError, KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


@contextlib.contextmanager
def typing(run: KeeperRun, *lines: str) -> Iterator[tuple[str, LinkClient]]:
    """A new Bash in which these lines were typed."""
    console = run.new_bash()
    with run.link() as link:
        link.hello(console)
        link.read_until(b"$ ")
        for line in lines:
            link.type(line + "\n")
        yield console, link


def letters(run: KeeperRun, console: str) -> list[dict[str, Any]]:
    """What the outbox has of a console, the oldest first."""
    with contextlib.closing(sqlite3.connect(run.folder / "journal.db")) as db:
        rows = db.execute("SELECT letter FROM outbox WHERE console = ? ORDER BY id", (console,))
        return [json.loads(letter) for (letter,) in rows]


def letter(run: KeeperRun, console: str) -> dict[str, Any]:
    """The one letter of a console, once it is there."""
    (one,) = wait_until(lambda: letters(run, console), 15, "a letter")
    return one


def busy(run: KeeperRun, console: str, command: str) -> None:
    """Wait until `command` is in front."""
    wait_until(
        lambda: command in ((run.console(console)["foreground"] or {}).get("command") or ""),
        15, command,
    )  # fmt: skip


def made_gate(run: KeeperRun, name: str = "gate") -> Path:
    """A file in everybody's home that a program reads until `open_gate`."""
    gate: Path = run.agent.home / name
    os.mkfifo(gate)
    return gate


def open_gate(gate: Path) -> None:
    """End the program that reads it, once it does."""
    with gate.open("w"):
        pass


def bells(run: KeeperRun, console: str) -> list[str]:
    return [bell["when"] for bell in run.console(console)["bells"]]


def test_finished_means_the_whole_loop_and_the_page_hears_it_at_once(keeper):
    typed = time.monotonic()
    line = "for i in 1 2 3; do head -n 1; echo do''ne$i; done"  # each ends with one Enter
    with typing(keeper, line) as (console, link):
        busy(keeper, console, "head -n 1")
        runs = time.monotonic()
        bell = keeper.call("bells.set", console=console, when="finished")
        assert bells(keeper, console) == ["finished"]
        assert link.call("bells.list")["bells"][-1] == bell
        for number in (1, 2):
            link.type("\n")
            link.read_until(b"done%d\r\n" % number)
            link.idle(0.8)
        assert letters(keeper, console) == []
        least = time.monotonic() - runs
        link.type("\n")
        told = letter(keeper, console)
        most = time.monotonic() - typed
        assert (told["title"], told["ok"], told["when"]) == ("head -n 1", None, "finished")
        assert told["ending"] in {
            f"finished after {duration(seconds)}"
            for seconds in range(int(least), math.ceil(most) + 1)
        }
        assert told["excerpt"] is None
        assert bells(keeper, console) == []
        link.idle(1.2)
        assert len(letters(keeper, console)) == 1
        events = [event for event in link.events if event["type"] == "letter"]
        assert [event["letter"]["ending"] for event in events] == [told["ending"]]


def test_finished_works_within_a_shell_in_the_shell_and_not_for_a_stopped_program(keeper):
    with typing(keeper, "bash --norc", "sleep 0.9; head -n 1") as (console, link):
        busy(keeper, console, "head -n 1")
        keeper.call("bells.set", console=console, when="finished")
        link.type("\x1a")
        link.read_until(b"Stopped")
        link.idle(1.2)
        assert letters(keeper, console) == []
        link.type("fg\n")
        busy(keeper, console, "head -n 1")
        link.type("\n")
        assert letter(keeper, console)["title"] == "head -n 1"
        assert keeper.console(console)["foreground"]["command"] == "bash --norc"


def test_a_run_that_fails_says_so_with_its_last_lines_when_they_are_wanted(keeper):
    (keeper.agent.home / "train.py").write_text(
        "import sys, time\ninput()\nprint('\\033[31mloss 3\\033[0m')\nsys.exit(3)\n"
    )
    console = keeper.call("runs.start", path="train.py", mode="ask", cols=80, rows=24)["id"]
    keeper.call("bells.set", console=console, when="failed", excerpt=True)
    keeper.call("bells.set", console=console, when="died")
    with keeper.link() as link:
        link.hello(console)
        link.type("\n")
        told = letter(keeper, console)
    assert (told["title"], told["ok"]) == ("train.py", False)
    assert told["ending"].startswith("failed with status 3 after ")
    assert told["excerpt"].endswith("loss 3")
    assert bells(keeper, console) == ["died"]
    with pytest.raises(CallError, match="has ended"):
        keeper.call("bells.set", console=console, when="finished")


def test_printed_is_found_across_colours_and_only_from_the_moment_it_is_set(keeper):
    with typing(keeper, "echo 'epoch 9'; stty -echo; echo re''ady") as (console, link):
        link.read_until(b"\nready")
        keeper.call("bells.set", console=console, when="printed", text="epoch 9", once=False)
        link.type("echo 'epoch 8'; echo o''nce\n")
        link.read_until(b"once")
        assert letters(keeper, console) == []
        link.type(r"printf 'epo\e[1mch '; sleep 0.2; printf '\e[0m9\n'" + "\n")
        told = letter(keeper, console)
        assert told["ending"] == "printed “epoch 9”"
        assert bells(keeper, console) == ["printed"]


def test_silent_counts_only_while_something_runs(keeper):
    with typing(keeper) as (console, link):
        keeper.call("bells.set", console=console, when="silent", seconds=1, once=False)
        link.idle(1.7)
        assert letters(keeper, console) == []
        link.type("sleep 60\n")
        told = letter(keeper, console)
        assert told["title"] == "sleep 60"
        assert told["ending"].startswith("has printed nothing for ")
        link.idle(1.2)
        assert len(letters(keeper, console)) == 1  # again only after it printed something
        link.type("\x03")


def test_a_shell_that_is_killed_has_died_and_one_that_is_ended_by_hand_has_not(keeper):
    with typing(keeper) as (console, link):
        for when in ("died", "finished"):
            keeper.call("bells.set", console=console, when=when)
        link.type("kill -9 $$\n")
        told = letter(keeper, console)
        assert (told["when"], told["ok"]) == ("died", False)
        assert told["ending"] == "was ended by SIGKILL"
    with typing(keeper, "sleep 50") as (console, link):
        busy(keeper, console, "sleep")
        for when in ("died", "finished"):
            keeper.call("bells.set", console=console, when=when)
        link.call("consoles.end", console=console, how="kill")
        assert letters(keeper, console) == []
        assert bells(keeper, console) == ["died"]  # nothing is left that could finish
    keeper.call("consoles.remove", console=console)
    assert console not in {bell["console"] for bell in keeper.call("bells.list")["bells"]}


def test_a_program_that_ends_while_no_keeper_lives_rings_exactly_once():
    with contextlib.ExitStack() as after:
        run = after.enter_context(running_keeper())
        gate = made_gate(run)
        console, link = after.enter_context(typing(run, "cat gate"))
        busy(run, console, "cat gate")
        for when in ("finished", "died"):
            run.call("bells.set", console=console, when=when, once=False)
        run.kill()
        open_gate(gate)
        shell = int(run.agent.process.pid)
        wait_until(lambda: not _children(shell), 10, "the program's end")
        run.start()
        assert letter(run, console)["ending"].startswith("finished after ")
        run.kill()
        run.start()
        with run.link() as again:
            again.hello(console)
            again.idle(1.2)
            assert len(letters(run, console)) == 1
            run.kill()
            run.agent.kill()
            run.start()
        wait_until(lambda: len(letters(run, console)) == 2, 15, "the second letter")
        run.kill()
        run.start()
        taken = run.call("outbox.take", after=0)["letters"]
        assert [one["when"] for one in taken] == ["finished", "died"]
        run.call("outbox.done", ids=[one["id"] for one in taken])
        assert letters(run, console) == []
        assert link


def _children(agent: int) -> list[str]:
    """The programs in front of the shells of an agent."""
    import subprocess  # noqa: PLC0415

    shells = subprocess.run(
        ["pgrep", "-P", str(agent)], capture_output=True, text=True, check=False
    ).stdout.split()
    found = subprocess.run(
        ["pgrep", "-P", ",".join(shells), "cat"], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def test_a_console_that_is_never_recorded_has_no_command_in_its_letters(keeper):
    console = keeper.call("consoles.create", kind="bash", cols=80, rows=24, record=False)["id"]
    with keeper.link() as link:
        link.hello(console)
        link.type("sh -c 'echo be''gun; read line' # secret\n")
        link.read_until(b"begun\r\n")
        keeper.call("bells.set", console=console, when="finished", excerpt=True)
        link.type("\n")
        told = letter(keeper, console)
    assert (told["title"], told["excerpt"]) == (keeper.console(console)["title"], None)
    with pytest.raises(CallError, match="not known here"):
        keeper.call("bells.set", console=console, when="failed")
    assert b"secret" not in (keeper.folder / "journal.db").read_bytes()


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"when": "sometimes"}, "bad_request"),
        ({"when": "printed", "text": ""}, "bad_request"),
        ({"when": "printed", "text": "x" * 201}, "bad_request"),
        ({"when": "printed", "text": "a\nb"}, "bad_request"),
        ({"when": "silent"}, "bad_request"),
        ({"when": "silent", "seconds": 0}, "bad_request"),
        ({"when": "finished", "once": "no"}, "bad_request"),
        ({"when": "failed", "card": 10**9}, "conflict"),
        ({"when": "failed", "card": 10**9, "console": None}, "not_found"),
        ({"when": "failed", "card": "x", "console": None}, "bad_request"),
        ({"when": "finished", "console": "of-somebody-else"}, "not_found"),
    ],
)
def test_what_cannot_be_a_bell_is_refused_with_a_sentence(keeper, shell, wish, code):
    with pytest.raises(CallError) as refused:
        keeper.call("bells.set", **({"console": shell} | wish))
    assert refused.value.code == code


@pytest.fixture(scope="module")
def shell(keeper: KeeperRun) -> str:
    return keeper.new_bash()


def test_bells_are_bounded_and_the_same_is_set_once(keeper, shell):
    first = keeper.call("bells.set", console=shell, when="finished")
    assert keeper.call("bells.set", console=shell, when="finished") == first
    for seconds in range(1, 8):
        keeper.call("bells.set", console=shell, when="silent", seconds=seconds)
    with pytest.raises(CallError, match="enough bells"):
        keeper.call("bells.set", console=shell, when="died")
    other = keeper.call("bells.set", console=shell, when="finished", excerpt=True)
    assert (other["excerpt"], len(bells(keeper, shell))) == (True, 8)
    keeper.call("bells.remove", bell=other["id"])
    with pytest.raises(CallError) as refused:
        keeper.call("bells.remove", bell=first["id"])
    assert refused.value.code == "not_found"


def test_waiting_is_shown_and_rings_once_for_each_question(keeper):
    with typing(keeper, "python3 -c \"input('one? '); input('two? ')\"") as (console, link):
        link.read_until(b"one? ")
        link.until(lambda: link.channels[1].meta.get("waiting"), SECONDS)
        keeper.call("bells.set", console=console, when="waiting", once=False)
        assert letter(keeper, console)["ending"] == "waits for your answer"
        keeper.kill()
        keeper.start()
    with keeper.link() as link:
        link.hello(console)
        link.until(lambda: link.channels[1].meta.get("waiting"), SECONDS)
        link.idle(0.7)
        assert len(letters(keeper, console)) == 1
        link.type("x\n")
        link.until(lambda: link.channels[1].meta.get("waiting") is False, SECONDS)
        wait_until(lambda: len(letters(keeper, console)) == 2, SECONDS, "the second question")
        link.type("x\n")
        link.until(lambda: link.channels[1].meta.get("busy") is False, SECONDS)
        assert not link.channels[1].meta["waiting"]


def test_a_full_screen_program_waits_for_nobody(keeper):
    with typing(keeper) as (console, link):
        keeper.call("bells.set", console=console, when="waiting")
        link.type("printf '\\e[?1049h'; cat\n")
        link.read_until(b"\x1b[?1049h")
        link.idle(4)
        assert (letters(keeper, console), link.channels[1].meta["waiting"]) == ([], False)
