"""Bells of a shell's commands: how they ended where marks say it, and what else can be known."""

import contextlib
import shutil
from pathlib import Path

import pytest

from tests.keepers import CallError, running_keeper
from tests.pty.start_file import with_our_start_file
from tests.pty.test_bells import bells, busy, letter, letters, made_gate, open_gate
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper():
    with running_keeper(before=with_our_start_file) as run:
        yield run


@contextlib.contextmanager
def typing(run, line):
    """A new Bash in which a line was typed that is a running card by now."""
    console = run.new_bash()
    with run.link() as link:
        link.hello(console)
        link.read_until(b"ready> ")
        link.type(line + "\r")
        listed = {"console": console, "state": "running"}
        (card,) = wait_until(lambda: run.call("cards.list", **listed)["cards"], 20)
        yield console, link, card


def test_a_command_that_fails_is_told_with_its_status_and_leads_to_its_lines(keeper):
    with typing(keeper, "read x; echo no such file; (exit 2)") as (console, link, card):
        bell = keeper.call("bells.set", card=card["id"], when="failed", excerpt=True)
        assert (bell["console"], bell["card"]) == (console, card["id"])
        assert bell["command"] == card["command"]
        keeper.call("bells.set", console=console, when="finished")
        link.type("\r")
        told = wait_until(lambda: len(letters(keeper, console)) == 2 and letters(keeper, console))
        link.type("echo la''ter\r")
        link.read_until(b"later")
        log = keeper.read_log(console)
        for one in told:
            assert (one["title"], one["ok"], one["card"]) == (card["command"], False, card["id"])
            assert one["ending"].startswith("failed with status 2 after ")
            assert log[: one["offset"] + 1].endswith(b"no such file\r\n")
        assert sorted(one["excerpt"] or "" for one in told) == ["", "no such file"]
        link.idle(2.2)
        assert len(letters(keeper, console)) == 2, "the foreground sees the same end"
        assert bells(keeper, console) == []
        with pytest.raises(CallError, match="has ended"):
            keeper.call("bells.set", card=card["id"], when="finished")


def test_what_is_interrupted_at_the_keyboard_has_finished_and_not_failed(keeper):
    with typing(keeper, "sleep 60") as (console, link, card):
        keeper.call("bells.set", console=console, when="failed")
        keeper.call("bells.set", card=card["id"], when="finished")
        link.type(b"\x03")
        told = letter(keeper, console)
        assert told["ending"].startswith("was interrupted after ")
        assert bells(keeper, console) == ["failed"]


WITHIN = {
    "a shell in the shell": "PS1=in'> ' bash --norc --noprofile",
    "a shell in its place": "PS1=in'> ' exec bash --norc --noprofile",
    "zsh": "PS1=in'> ' zsh -f",
    "zsh in its place": "PS1=in'> ' exec zsh -f",
}


@pytest.mark.parametrize("where", WITHIN)
def test_without_marks_it_rings_too_and_says_what_cannot_be_known(keeper, where):
    if "zsh" in where and not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    with typing(keeper, WITHIN[where]) as (console, link, card):
        link.read_until(b"in> ")
        if "in its place" in where:
            link.until(lambda: link.channels[1].meta["at_prompt"])
        link.type("head -n 1\r")
        busy(keeper, console, "head")
        keeper.call("bells.set", console=console, when="failed")
        keeper.call("bells.set", console=console, when="finished")
        link.type("\r")
        told = wait_until(lambda: len(letters(keeper, console)) == 2 and letters(keeper, console))
        endings = {one["when"]: one["ending"] for one in told}
        assert endings["failed"] == f"{endings['finished']}; whether it failed is not known here"
        assert {(one["title"], one["ok"]) for one in told} == {("head -n 1", None)}
        cards = keeper.call("cards.list", console=console)["cards"]
        assert [one["id"] for one in cards] == [card["id"]], "no card of what ran within"


def test_a_program_is_told_that_began_in_the_same_moment_as_the_shell_around_it(keeper):
    line = "bash --norc --noprofile -ic 'head -n 1; read -e x'"
    with typing(keeper, line) as (console, link, _card):
        # Not `busy`: the command line of the shell around it has these words too.
        wait_until(
            lambda: (keeper.console(console)["foreground"] or {}).get("command") == "head -n 1",
            15, "head",
        )  # fmt: skip
        keeper.call("bells.set", console=console, when="finished")
        link.type("\r")
        assert letter(keeper, console)["title"] == "head -n 1"


def test_a_strict_shell_that_a_failure_ends_rings_for_the_command(keeper):
    with typing(keeper, "set -e; read x; false") as (console, link, card):
        keeper.call("bells.set", card=card["id"], when="failed")
        keeper.call("bells.set", card=card["id"], when="finished_after", seconds=900)
        link.type("\r")
        told = letter(keeper, console)
        assert (told["title"], told["ending"]) == (card["command"], "failed with status 1")
        link.until(lambda: link.channels[1].meta["bells"] == [])


def test_a_command_that_ends_while_no_keeper_lives_is_told_with_its_status():
    with running_keeper(before=with_our_start_file) as run:
        gate, over = made_gate(run), run.agent.home / "over"
        with typing(run, "cat gate; (touch over; exit 5)") as (console, _link, _card):
            run.call("bells.set", console=console, when="failed", once=False)
            run.kill()
        open_gate(gate)
        wait_until(over.exists, 20)
        shell = f"/proc/{run.agent.process.pid}/task/{run.agent.process.pid}/children"
        pid = Path(shell).read_text().split()[0]
        wait_until(lambda: not Path(f"/proc/{pid}/task/{pid}/children").read_text(), 20)
        for _ in range(2):
            run.start()
            assert letter(run, console)["ending"].startswith("failed with status 5 after ")
            with run.link() as link:
                link.hello(console)
                link.idle(0.8)
            run.kill()
        assert len(letters(run, console)) == 1
        run.start()
