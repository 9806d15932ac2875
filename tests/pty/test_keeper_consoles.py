"""Consoles through a real keeper and the real agent: create, type, end, start again, list."""

import contextlib
import signal
import time
from collections.abc import Iterator
from functools import partial

import pytest

from ide.placement.processes import Process
from ide.wire.frames import Ending
from tests.keepers import SECONDS, CallError, KeeperRun, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


def test_what_is_typed_reaches_the_shell_and_its_output_comes_back(keeper):
    with keeper.link() as link:
        welcome = link.hello(keeper.new_bash())
        assert welcome["mode"] == "fresh"
        assert welcome["owner"]
        seq = link.type("echo he''llo; tty\n")
        assert b"/dev/pts/" in link.read_until(b"hello\r\n/dev/pts/")
        link.until(lambda: seq in link.inacks)


def test_the_exit_status_comes_after_the_last_line(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type("exec seq 1 30000\n")
        exit_ = link.until(lambda: link.channels[1].exit)
        assert (exit_.how, exit_.status) == (Ending.EXIT, 0)
        assert link.channels[1].output.endswith(b"\r\n30000\r\n")
    info = keeper.console(console)
    assert info["state"] == "ended"
    assert info["exit"] == {"how": "exit", "status": 0}
    assert info["ended"] >= info["started"]


def test_a_signal_is_told_apart_from_an_exit_status(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type("kill -9 $$\n")
        assert link.until(lambda: link.channels[1].exit).how == Ending.SIGNAL
    assert keeper.console(console)["exit"] == {
        "how": "signal",
        "status": 9,
        "cause": "Killed by a signal (SIGKILL). A program sent it, not a limit.",
    }


def test_an_ended_console_starts_again_with_its_history_and_the_same_epoch(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        epoch = link.hello(console)["epoch"]
        link.type("echo be''fore; exit\n")
        link.until(lambda: link.channels[1].exit)
        info = link.call("consoles.restart", console=console, cols=80, rows=24)
        assert (info["state"], info["epoch"], info["exit"]) == ("running", epoch, None)
        link.type("echo af''ter\n")
        output = link.read_until(b"after\r\n")
        assert output.index(b"before") < output.index(b"started again")


@pytest.mark.parametrize("how", ["hangup", "kill"])
def test_ending_a_console_answers_when_it_has_ended(keeper, how):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type("trap '' HUP; echo dea''f; sleep 1000\n")
        link.read_until(b"deaf")  # its start files, too, make a shell look busy
        link.until(lambda: link.channels[1].meta["busy"])
    info = keeper.call("consoles.end", console=console, how=how)
    assert info["state"] == "ended"
    assert info["exit"]["how"] == "signal"
    assert info["exit"]["cause"] == {"hangup": "You ended it.", "kill": "You killed it."}[how]


def test_ending_a_console_ends_a_program_that_ignores_the_hangup_after_its_shell(keeper):
    console = keeper.new_bash()
    told = keeper.agent.home / f"pid-{console}"
    with keeper.link() as link:
        link.hello(console)
        say = f"echo $$ > {told}.new; mv {told}.new {told}"
        link.type(f"bash -c 'trap \"\" HUP; {say}; exec sleep 1000'\n")
        link.until(lambda: link.channels[1].meta["busy"])
        pid = int(wait_until(lambda: told.exists() and told.read_text(), SECONDS))
    with contextlib.closing(Process(pid)) as program:
        try:
            assert keeper.call("consoles.end", console=console, how="hangup")["state"] == "ended"
            assert program.wait(SECONDS)
        finally:
            program.send(signal.SIGKILL)


def test_closing_every_window_ends_nothing(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type("sleep 0.2; echo still he''re\n")
        link.until(lambda: link.inacks)
    with keeper.link() as link:
        link.hello(console)
        link.read_until(b"still here")
    assert keeper.console(console)["state"] == "running"


def test_a_command_in_the_foreground_makes_a_console_busy(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.read_until(b"$ ")
        info = keeper.console(console)
        assert (info["busy"], info["at_prompt"]) == (False, True)
        link.type("cat\n")
        link.until(lambda: link.channels[1].meta["busy"])
        assert not link.channels[1].meta["at_prompt"]
        link.type(b"\x04")
        # The shell has the foreground back a moment before it edits a line.
        link.until(lambda: link.channels[1].meta["at_prompt"])
        assert not link.channels[1].meta["busy"]


def test_what_a_shell_runs_is_named_with_its_start(keeper):
    console = keeper.new_bash()
    before = time.time()
    with keeper.link() as link:
        link.hello(console)
        link.read_until(b"$ ")
        assert keeper.console(console)["foreground"] is None

        def running() -> str | None:
            found = keeper.console(console)["foreground"]
            return found and found["command"]

        link.type("sleep  '1000'\n")
        wait_until(lambda: running() == "sleep 1000", SECONDS, "the command line")
        assert abs(keeper.console(console)["foreground"]["started"] - before) < SECONDS
        link.type(b"\x03")
        wait_until(lambda: running() is None, SECONDS, "the prompt")
        link.type("(read line)\n")
        wait_until(lambda: running() == "", SECONDS, "a part of the shell itself")
        link.type("\n(exec -a $'a\\e[31m\\n\\u202eb' sleep 1000)\n")
        wait_until(lambda: running() == "a [31m b 1000", SECONDS, "what a program calls itself")
        link.type(b"\x03")
        link.type("exit\n")
        link.until(lambda: link.channels[1].exit)
    assert keeper.console(console)["foreground"] is None


def test_a_page_hears_of_programs_that_follow_each_other_without_a_prompt(keeper):
    commands = ["cat", "tac", "rev", "nl"]
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.read_until(b"$ ")
        told = link.channels[1]

        def runs(command: str) -> bool:
            return (told.meta["foreground"] or {}).get("command") == command

        link.type("; ".join(commands) + "\n")
        for command in commands:
            link.until(partial(runs, command))
            link.type(b"\x04")
        link.until(lambda: told.meta["foreground"] is None)


def test_a_python_that_computes_is_told_apart_from_one_that_waits_for_a_command(keeper):
    size = {"cols": 80, "rows": 24}
    made = keeper.call("consoles.create", kind="python", **size)
    assert not made["at_prompt"]
    with keeper.link() as link:
        link.hello(made["id"])
        told = link.channels[1]
        link.until(lambda: told.meta["at_prompt"])
        link.type("import sys; sys.stdin.readline()\n")
        link.until(lambda: not told.meta["at_prompt"])
        assert told.meta["busy"]
        link.type("\n")
        link.until(lambda: told.meta["at_prompt"])
        assert told.meta["busy"], "what it knows would be lost"
        link.type("exit()\n")
        link.until(lambda: told.meta["state"] == "ended")
        assert not told.meta["at_prompt"]


def test_a_console_is_renamed_listed_and_removed_once_it_has_ended(keeper):
    console = keeper.new_bash()
    assert keeper.call("consoles.rename", console=console, title="Wörk")["title"] == "Wörk"
    with pytest.raises(CallError, match="conflict"):
        keeper.call("consoles.remove", console=console)
    keeper.call("consoles.end", console=console, how="kill")
    keeper.call("consoles.remove", console=console)
    assert console not in [one["id"] for one in keeper.call("consoles.list")["consoles"]]
    assert not (keeper.folder / "consoles" / console).exists()


def test_a_python_file_runs_in_its_folder_and_again_in_the_same_console(keeper):
    folder = keeper.agent.home / "a b"
    folder.mkdir()
    (folder / "count.py").write_text("import os; print('in', os.getcwd()); raise SystemExit(7)")
    info = keeper.call("runs.start", path="a%20b/count.py", mode="ask", cols=80, rows=24)
    assert (info["kind"], info["title"], info["busy"]) == ("run", "count.py", True)
    with keeper.link() as link:
        link.hello(info["id"])
        assert link.until(lambda: link.channels[1].exit).status == 7
        assert str(folder).encode() in link.channels[1].output
        again = link.call("runs.start", path="a%20b/count.py", mode="ask", cols=80, rows=24)
        assert again["id"] == info["id"]


def test_running_what_runs_asks_stops_or_runs_beside(keeper):
    (keeper.agent.home / "long.py").write_text("import time; print('go'); time.sleep(1000)")
    args = {"path": "long.py", "cols": 80, "rows": 24}
    first = keeper.call("runs.start", mode="ask", **args)["id"]
    with pytest.raises(CallError) as refused:
        keeper.call("runs.start", mode="ask", **args)
    assert refused.value.code == "conflict"
    assert refused.value.detail == {"console": first}
    beside = keeper.call("runs.start", mode="beside", **args)
    assert beside["id"] != first
    with keeper.link() as link:
        link.hello(first)
        link.read_until(b"go\r\n")
    assert keeper.call("runs.stop", console=first)["exit"] is not None
    assert keeper.console(beside["id"])["state"] == "running"
    keeper.call("consoles.end", console=beside["id"], how="kill")


def test_files_come_over_a_stream_that_the_keeper_hands_over(keeper):
    (keeper.agent.home / "seen.txt").write_text("x")
    stream = keeper.open_files()
    with stream:
        header = b'{"op":"list","ref":""}'
        stream.sendall(len(header).to_bytes(4, "big") + header)
        assert b"seen.txt" in stream.recv(65536)


def test_the_sandbox_starts_with_the_first_need_only(keeper):
    asked = keeper.supervisor.asked
    assert keeper.call("workspace.wake") == {"sandbox": "none", "network": "web"}
    assert keeper.supervisor.asked <= max(asked, 1)
