"""Each command and run is a card, with its slice of the log, whatever dies meanwhile."""

import contextlib
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from ide.keeper.cards import SAMPLE_SECONDS
from tests.keepers import CallError, running_keeper
from tests.pty.start_file import with_our_start_file
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture
def keeper():
    with running_keeper(before=with_our_start_file) as run:
        yield run


def cards(keeper, **args):
    return list(reversed(keeper.call("cards.list", **args)["cards"]))


def told(keeper, **args):
    return [(one["command"], one["how"], one["status"]) for one in cards(keeper, **args)]


@contextlib.contextmanager
def attached(keeper, console):
    with keeper.connect() as link:
        link.hello(console)
        if not link.channels[1].output.endswith(b"ready> "):
            wait_until(lambda: b"ready> " in keeper.read_log(console), 20)
        yield link


def run(keeper, link, line, count):
    """Type a line and wait until there are that many cards that have ended."""
    link.type(f"{line}\r")
    wait_until(lambda: len(cards(keeper, state="ended")) >= count, 20)


def test_a_command_is_a_card_while_it_runs_and_after_it(keeper):
    console = keeper.new_bash()
    (keeper.agent.home / "deep").mkdir()
    with attached(keeper, console) as link:
        run(keeper, link, "cd deep; printf '\\0\\377\\033]133;D;0\\007'; (exit 3)", 1)
        link.type("read x\r")
        (running,) = wait_until(lambda: cards(keeper, state="running"), 20)
        assert running["command"] == "read x"
        assert running["cwd"] == f"{keeper.agent.home}/deep"
        assert (running["ended"], running["status"], running["end"]) == (None, None, None)
        link.type("answer\r")
        link.until(
            lambda: any(
                e["type"] == "card" and e["card"]["id"] == running["id"] and e["card"]["ended"]
                for e in link.events
            )
        )
    first, second = cards(keeper)
    assert (first["status"], first["how"], first["interpreter"]) == (3, "exit", "/bin/bash")
    log = keeper.read_log(console)
    assert log[first["start"] : first["end"]] == b"\0\377\033]133;D;0\007"
    assert log[second["start"] : second["end"]] == b"answer\r\n"
    assert keeper.call("cards.get", card=second["id"]) == second
    with pytest.raises(CallError, match="no such command"):
        keeper.call("cards.get", card=10**9)
    assert told(keeper, text="READ") == [("read x", "exit", 0)]
    assert keeper.call("cards.previous", card=second["id"]) == {"card": second, "previous": None}
    with pytest.raises(CallError, match="no such command"):
        keeper.call("cards.previous", card=10**9)
    assert keeper.call("cards.list", limit=1)["more"]


def test_a_card_tells_processor_time_and_the_most_memory(keeper):
    work = (
        "import os, time; x = 'x' * 90_000_000; sum(range(3_000_000));"
        " open(f'works-{os.getpid()}', 'w').close()\n"
        "while not os.path.exists('seen'): time.sleep(0.05)"
    )
    (keeper.agent.home / "work.sh").write_text(f'{sys.executable} -c "{work}"\n')
    console = keeper.new_bash()
    with attached(keeper, console) as link:
        keeper.call("runs.start", path="work.sh", mode="ask", cols=80, rows=24)
        link.type("sh work.sh\r")
        wait_until(lambda: len(list(keeper.agent.home.glob("works-*"))) == 2, 30)
        wait_until(lambda: len(cards(keeper, state="running")) == 2, 20)
        link.idle(SAMPLE_SECONDS + 0.1)
        for _ in range(2):  # what is due by now comes before the second answer
            cards(keeper)
        (keeper.agent.home / "seen").touch()
        wait_until(lambda: len(cards(keeper, state="ended")) == 2, 30)
    for card in cards(keeper):
        assert card["peak_bytes"] > 90_000_000
        assert card["peak_how"] == "sampled"
        assert 0.02 < card["cpu_seconds"] < 20


def test_a_run_is_a_card_and_a_removed_console_has_none(keeper):
    (keeper.agent.home / "fails.sh").write_text("echo words; exit 4\n")
    console = keeper.call("runs.start", path="fails.sh", mode="ask", cols=80, rows=24)["id"]
    (card,) = wait_until(lambda: cards(keeper, state="ended"), 20)
    assert (card["kind"], card["command"], card["status"]) == ("run", "fails.sh", 4)
    assert card["interpreter"] == "/bin/bash"
    assert keeper.read_log(console)[card["start"] : card["end"]] == b"words\r\n"
    keeper.call("runs.start", path="fails.sh", mode="ask", cols=80, rows=24)
    wait_until(lambda: len(cards(keeper, state="ended")) == 2, 20)
    assert len({one["id"] for one in cards(keeper)}) == 2
    keeper.call("consoles.remove", console=console)
    assert cards(keeper) == []


def test_a_killed_keeper_costs_no_card_and_doubles_none(keeper):
    console = keeper.new_bash()
    with attached(keeper, console) as link:
        run(keeper, link, "echo before", 1)
        link.type("for i in $(seq 40); do echo $i; sleep 0.02; done; (exit 5)\r")
        wait_until(lambda: cards(keeper, state="running"), 20)
    keeper.kill()
    wait_until(lambda: not busy(keeper), 20)
    keeper.start()
    wait_until(lambda: len(cards(keeper, state="ended")) == 2, 20)
    assert [one["status"] for one in cards(keeper)] == [0, 5]
    slow = cards(keeper)[1]
    assert 0.5 < slow["ended"] - slow["started"] < 20
    assert keeper.read_log(console)[slow["start"] : slow["end"]].count(b"\r\n") == 40
    done = 2
    for _ in range(3):
        with attached(keeper, console) as link:
            for _ in range(5):
                link.type(f"echo number {done}\r")
                done += 1
            link.until(lambda: link.inacks and link.inacks[-1] == 5)
        keeper.kill()
        keeper.start()
    wait_until(lambda: len(cards(keeper, state="ended", limit=100)) >= done, 20)
    assert [one["command"] for one in cards(keeper, limit=100)][2:] == [
        f"echo number {number}" for number in range(2, done)
    ]


def busy(keeper):
    """Whether the shell of the only console has something in its foreground."""
    children = Path(f"/proc/{keeper.agent.process.pid}/task/{keeper.agent.process.pid}/children")
    shell = children.read_text().split()[0]
    return bool(Path(f"/proc/{shell}/task/{shell}/children").read_text())


@pytest.mark.parametrize("way", ["killed", "exit", "exec", "sandbox", "stopped", "reboot"])
def test_what_ends_a_session_ends_its_card(keeper, way):
    console = keeper.new_bash()
    line = {"exit": "exit 6", "exec": "exec sh -c 'read x; exit 8'"}.get(way, "read x")
    with attached(keeper, console) as link:
        link.type(f"{line}\r")
        wait_until(lambda: cards(keeper), 20)
        if way == "killed":
            keeper.call("consoles.end", console=console, how="kill")
        elif way == "exec":
            link.type("\r")
        elif way == "sandbox":
            keeper.agent.kill()
        elif way == "stopped":
            keeper.call("workspace.stop")
        elif way == "reboot":
            keeper.kill()
            keeper.agent.kill()
            keeper.change_journal("UPDATE consoles SET boot = 'another'")
            keeper.start()
        wait_until(lambda: cards(keeper, state="ended"), 20)
    how, status = {
        "killed": ("signal", int(signal.SIGKILL)), "exit": ("exit", 6), "exec": ("exit", 8),
        "sandbox": ("lost", None), "stopped": ("stopped", None), "reboot": ("reboot", None),
    }[way]  # fmt: skip
    assert told(keeper) == [(line, how, status)]


def test_nothing_is_written_of_a_console_that_is_never_recorded(keeper):
    made = keeper.call("consoles.create", kind="bash", cols=80, rows=24, record=False)
    with keeper.connect() as link:
        link.hello(made["id"])
        link.read_until(b"ready> ")
        link.type("echo secret''word\r")
        link.read_until(b"secretword")
    recorded = keeper.new_bash()
    with attached(keeper, recorded) as link:
        run(keeper, link, "echo open", 1)
        keeper.call("consoles.record", console=recorded, record=False)
        link.type("echo secret''word\r")
        link.read_until(b"secretword\r\n")
        link.type("exit\r")
        link.until(lambda: link.channels[1].exit)
    assert [one["command"] for one in cards(keeper)] == ["echo open"]
    keeper.stop()
    for path in keeper.folder.glob("cards.db*"):
        assert b"secret" not in path.read_bytes()


def test_consoles_go_on_when_the_list_of_commands_is_locked(keeper):
    console = keeper.new_bash()
    with attached(keeper, console) as link:
        run(keeper, link, "echo one", 1)
        lock = sqlite3.connect(keeper.folder / "cards.db", isolation_level=None)
        with contextlib.closing(lock):
            lock.execute("BEGIN IMMEDIATE")
            link.type("echo t''wo; false\r")
            link.read_until(b"two\r\n")
            link.until(lambda: any("cannot be listed" in e.get("text", "") for e in link.events))
            lock.execute("ROLLBACK")
        wait_until(lambda: len(cards(keeper, state="ended")) == 2, 20)
    assert told(keeper)[1] == ("echo t''wo; false", "exit", 1)
