"""Whom a limit ended, as the keeper finds out from a supervisor's count: on any machine.

With real limits: tests/pty/test_limit_endings.py.
"""

import os
import secrets
import signal
from pathlib import Path

import pytest

from ide.keeper import endings
from ide.wire.frames import Ending
from tests.keepers import running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
MIB = 1 << 20
LIMITED = {"used": 100 * MIB, "limit": 100 * MIB, "peak": 100 * MIB}
NEAR = {"name": "memory", "used": 100 * MIB, "limit": 100 * MIB}


@pytest.fixture
def run():
    with running_keeper() as run:
        run.supervisor.usage["memory"] = dict(LIMITED)
        yield run


@pytest.fixture
def link(run):
    with run.link() as link:
        yield link


def attached(run, link, channel=1):
    console = run.new_bash()
    link.hello(console, channel=channel)
    link.read_until(b"$ ", channel=channel)
    link.until(lambda: [one for one in link.events if one["type"] == "usage"])
    return console


def pid_of(run, link, channel=1):
    link.type("echo pid=$$.e''nd\n", channel=channel)  # the echo of what is typed has no ".end"
    printed = link.read_until(b".end", channel=channel)
    return int(printed.rpartition(b"pid=")[2].split(b".")[0])


def the_limit_ends(run, *pids):
    """As the kernel does: counted first, then killed."""
    run.supervisor.usage["kills"] += len(pids)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_a_shell_that_the_limit_ended_says_the_limit(run, link):
    console = attached(run, link)
    the_limit_ends(run, pid_of(run, link))
    assert link.until(lambda: link.channels[1].exit).how == Ending.LIMIT
    assert run.console(console)["exit"] == {
        "how": "limit",
        "status": 9,
        "cause": "Ended by the memory limit: 100 of 100 MiB in use.",
        "limit": NEAR,
    }
    again = link.call("consoles.restart", console=console, cols=80, rows=24)
    assert (again["exit"], again["killed"]) == (None, None)


def test_one_kill_of_a_limit_explains_one_end_only(run, link):
    attached(run, link)
    attached(run, link, 2)
    pids = pid_of(run, link), pid_of(run, link, 2)
    the_limit_ends(run, pids[0])
    link.until(lambda: link.channels[1].exit)
    os.kill(pids[1], signal.SIGKILL)
    assert link.until(lambda: link.channels[2].exit).how == Ending.SIGNAL


def test_a_kill_by_hand_is_not_the_limits_that_ended_another_program_just_then(run, link):
    console, other = attached(run, link), attached(run, link, 2)
    program = f"sleep {100_000 + secrets.randbelow(10**9)}"
    link.type(f"sh -c '{program}; :'; echo sta''tus $?\n", channel=2)
    child = wait_until(lambda: child_named(program), 20)
    run.supervisor.usage["kills"] += 1
    os.kill(child, signal.SIGKILL)
    run.call("consoles.end", console=console, how="kill")
    assert run.console(console)["exit"]["cause"] == "You killed it."
    link.read_until(b"status 0", channel=2)
    link.until(lambda: link.channels[2].meta.get("killed"))
    assert run.console(other)["killed"]["used"] == 100 * MIB
    assert run.console(console)["killed"] is None


def child_named(text):
    wanted = text.encode().split()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().rstrip(b"\0").split(b"\0") == wanted:
                return int(path.parent.name)
        except OSError:
            continue
    return None


def test_its_command_is_told_though_nobody_asked_for_it_lately(run, link):
    console = attached(run, link)
    program = f"sleep {100_000 + secrets.randbelow(10**9)}"
    link.type(f"sh -c '{program}; :'\n")
    child = wait_until(lambda: child_named(program), 20)
    wait_until(lambda: (run.console(console)["foreground"] or {}).get("command"), 20)
    seen = len(usages(link))
    for _ in range(2):  # with two measurements since
        run.supervisor.usage["processes"]["used"] += 1
        link.until(lambda seen=seen: len(usages(link)) > seen)
        seen = len(usages(link))
    run.supervisor.usage["kills"] += 1
    os.kill(child, signal.SIGKILL)
    killed = link.until(lambda: link.channels[1].meta.get("killed"))
    assert killed["command"] == f"sh -c {program}; :"


def test_a_program_of_nobodys_console_is_said_of_the_workspace(run, link):
    console = attached(run, link)
    run.supervisor.usage["kills"] += 1
    notice = link.until(lambda: [one for one in link.events if one["type"] == "notice"])[0]
    text = "A program of this workspace: ended by the memory limit: 100 of 100 MiB in use."
    assert (notice["level"], notice["text"]) == ("warning", text)
    assert run.console(console)["killed"] is None


def test_one_that_is_ended_again_and_again_is_said_once(run, link):
    attached(run, link)
    for kills in (1, 2):
        seen = len(usages(link))
        run.supervisor.usage["kills"] = kills
        run.supervisor.usage["processes"]["used"] += 1  # so that the next look is told of
        link.until(lambda seen=seen: len(usages(link)) > seen)
        link.until(lambda: notices(link))
    link.idle(endings.SETTLE_SECONDS + 1)
    assert len(notices(link)) == 1


def usages(link):
    return [one for one in link.events if one["type"] == "usage"]


def notices(link):
    return [one for one in link.events if one["type"] == "notice"]


def test_what_was_killed_while_no_keeper_looked_is_said_to_be_unknown(run, link):
    console = attached(run, link)
    pid = pid_of(run, link)
    run.kill()
    the_limit_ends(run, pid)
    wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists(), 20, "the agent has seen it")
    run.start()
    ended = wait_until(lambda: run.console(console)["exit"], 20)
    assert ended["how"] == "signal"
    assert "could not be found out" in ended["cause"]


def test_without_a_word_of_the_supervisor_the_cause_is_said_to_be_unknown(run, link):
    console = attached(run, link)
    pid = pid_of(run, link)
    run.supervisor.usage = {}
    os.kill(pid, signal.SIGKILL)
    assert link.until(lambda: link.channels[1].exit).how == Ending.SIGNAL
    assert "could not be found out" in run.console(console)["exit"]["cause"]


def test_a_sandbox_that_is_gone_says_whether_the_limit_ended_it(run, link):
    consoles = [attached(run, link), attached(run, link, 2)]
    run.supervisor.usage["kills"] += 1
    run.agent.kill()
    link.until(lambda: link.channels[1].exit and link.channels[2].exit)
    for console in consoles:
        told = run.console(console)["exit"]
        assert (told["how"], told["limit"]) == ("limit", NEAR)
    console = run.new_bash()
    run.agent.kill()
    wait_until(lambda: run.console(console)["state"] == "ended", 20)
    told = run.console(console)["exit"]
    assert told["how"] == "lost"
    assert told["cause"].endswith("not by a limit.")
