"""The list of a workspace's processes: whose each is, what it uses, and that the right one ends."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.keepers import CallError, running_keeper
from tests.sandboxes import AgentError, running_sandbox
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper():
    with running_keeper(sandboxed=True) as run:
        yield run


@pytest.fixture
def link(keeper):
    with keeper.link() as link:
        yield link


def listed(run):
    return run.call("workspace.processes")["processes"]


def named(run, text):
    """Return the process whose command line has `text`, None when there is none, or two.

    A shell's child has the shell's words for a moment.
    """
    found = [one for one in listed(run) if text in one["command"]]
    return found[0] if len(found) == 1 else None


def leader_of(run, console):
    """Return the program of a console, once a list shows it."""

    def found():
        return next((one for one in listed(run) if one["console"] == console), None)

    return wait_until(found, 30)


def attached(run, link, channel=1):
    console = run.new_bash()
    link.hello(console, channel=channel)
    return console


def test_each_process_is_listed_with_its_console_and_what_left_it_too(keeper, link):
    console, other = attached(keeper, link), attached(keeper, link, 2)
    link.type("sleep 1001 & nohup sleep 1002 >/dev/null 2>&1 &\n")
    link.type("setsid sh -c 'exec sleep 1003' & (setsid env -i sleep 1004 &)\n")
    link.type("sleep 1005\n", channel=2)
    of = {
        1: (console, "child"),
        2: (console, "child"),
        3: (console, "detached"),
        4: (None, "detached"),
        5: (other, "child"),
    }

    def as_they_are():
        found = {n: named(keeper, f"sleep 100{n}") for n in of}
        told = {n: one and (one["console"], one["kind"]) for n, one in found.items()}
        return found if told == of else None

    found = wait_until(as_they_are, 30)
    leaders = {one["console"]: one for one in listed(keeper) if one["kind"] == "console"}
    assert set(leaders) == {console, other}
    assert found[5]["parent"] == leaders[other]["pid"]
    agent = next(one for one in listed(keeper) if one["pid"] == 1)
    assert (agent["kind"], agent["console"]) == ("ide", None)
    for one in found.values():
        assert 0 < one["memory"] < 20 << 20
        assert 0 <= one["started"] - keeper.console(console)["started"] < 60
    keeper.call("consoles.end", console=console, how="hangup")
    # It outlives its console, and is still said to be of it.
    assert (found[3]["console"], found[3]["kind"]) == of[3]
    assert named(keeper, "sleep 1003")["console"] == console
    for n in (2, 3, 4):
        if one := named(keeper, f"sleep 100{n}"):
            keeper.call("workspace.signal", pid=one["pid"], started=one["started"], how="kill")
            wait_until(lambda n=n: named(keeper, f"sleep 100{n}") is None, 20)
    keeper.call("consoles.end", console=other, how="kill")


def test_what_works_shows_its_share_of_the_processor(keeper, link):
    console = attached(keeper, link)
    link.type("sh -c 'while :; do :; done; marked'\n")
    wait_until(lambda: named(keeper, "; marked"), 30)
    wait_until(lambda: (named(keeper, "; marked")["cpu_percent"] or 0) > 5, 60)
    assert named(keeper, "; marked")["cpu_usec"] > 0
    keeper.call("consoles.end", console=console, how="kill")


def test_a_program_is_asked_to_end_or_killed(keeper, link):
    console = attached(keeper, link)
    program = 'import signal; signal.signal(15, signal.SIG_IGN); print("dea" + "f"); input()'
    link.type(f"python3 -c '{program}'; echo $?.\n")
    link.read_until(b"deaf\r\n")
    deaf = wait_until(lambda: named(keeper, "signal.SIG_IGN"), 30)
    keeper.call("workspace.signal", pid=deaf["pid"], how="end")
    keeper.call("workspace.signal", pid=deaf["pid"], started=deaf["started"], how="kill")
    link.read_until(b"137.")
    info = keeper.console(console)
    assert (info["state"], info["killed"]) == ("running", None)
    link.type("sleep 1000; echo $?.\n")
    sleeper = wait_until(lambda: named(keeper, "sleep 1000"), 30)
    keeper.call("workspace.signal", pid=sleeper["pid"], how="end")
    link.read_until(b"143.")
    with pytest.raises(CallError, match="not_found"):
        keeper.call("workspace.signal", pid=sleeper["pid"], started=sleeper["started"], how="kill")
    keeper.call("consoles.end", console=console, how="kill")


@pytest.mark.parametrize(("how", "cause"), [("end", "You ended it."), ("kill", "You killed it.")])
def test_ending_what_leads_a_console_ends_the_console(keeper, link, how, cause):
    console = attached(keeper, link)
    leader = leader_of(keeper, console)
    assert leader["kind"] == "console"
    keeper.call("workspace.signal", pid=leader["pid"], how=how)
    assert keeper.console(console)["exit"]["cause"] == cause


def test_what_a_list_showed_is_not_taken_for_what_was_started_since(keeper, link):
    console = attached(keeper, link)
    leader = leader_of(keeper, console)
    keeper.call("consoles.end", console=console, how="kill")
    keeper.call("consoles.restart", console=console, cols=80, rows=24)
    for started in ({"started": leader["started"]}, {}):
        with pytest.raises(CallError, match="not_found"):
            keeper.call("workspace.signal", pid=leader["pid"], how="kill", **started)
    assert keeper.console(console)["state"] == "running"
    keeper.call("consoles.end", console=console, how="kill")


def test_what_is_ours_is_not_ended_and_who_may_only_look_ends_nothing(keeper, link):
    console = attached(keeper, link)
    with pytest.raises(CallError, match="forbidden"):
        keeper.call("workspace.signal", pid=1, how="kill")
    leader = leader_of(keeper, console)
    with keeper.connect(rights=frozenset({"view"})) as guest:
        assert guest.call("workspace.processes")["processes"]
        assert guest.call("workspace.usage")["type"] == "usage"
        with pytest.raises(CallError, match="forbidden"):
            guest.call("workspace.signal", pid=leader["pid"], how="kill")
    wrong = [{"pid": "1"}, {"pid": True}, {"pid": 5, "how": "stop"}, {"pid": 5, "started": "now"}]
    for args in wrong:
        with pytest.raises(CallError, match="bad_request"):
            keeper.call("workspace.signal", **{"how": "kill", **args})
    assert keeper.console(console)["state"] == "running"
    keeper.call("consoles.end", console=console, how="kill")


def test_a_number_that_was_given_to_another_process_is_never_hit():
    with running_sandbox(environment=False) as sandbox, sandbox.agent() as agent:
        pid = agent.spawn("c", ["/bin/sleep", "1000"])
        processes = the_list(agent)["processes"]
        (one,) = [each for each in processes if each["pid"] == pid]
        assert one["console"] == "c"
        for start in (one["start"] - 1, one["start"] + 1):
            with pytest.raises(AgentError, match="not_found"):
                agent.call("signal_process", pid=pid, start=start, signal="KILL")
        own = {"pid": 1, "start": processes[0]["start"], "signal": "KILL"}
        for odd in (own, {**own, "pid": -1}, {**own, "pid": 2**70}, {**own, "signal": "STOP"}):
            with pytest.raises(AgentError, match=r"bad_request|not_found"):
                agent.call("signal_process", **odd)
        assert agent.hello()["consoles"][0]["exit"] is None
        agent.call("signal_process", pid=pid, start=one["start"], signal="KILL")
        assert agent.event("exit", "c")[0]["status"] == 9


def the_list(agent):
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            agent.call("processes", fd=theirs.fileno())
        ours.settimeout(20)
        data = b""
        while part := ours.recv(65536):
            data += part
    return json.loads(data)


def test_the_list_costs_the_agent_no_memory_and_a_list_that_nobody_reads_ends():
    with running_sandbox(environment=False) as sandbox, sandbox.agent() as agent:
        agent.spawn("c", ["/bin/sleep", "1000"])
        assert {one["kind"] for one in the_list(agent)["processes"]} == {"ide", "console"}
        before = own_kib(sandbox.pid)
        for _ in range(5):
            the_list(agent)
        assert own_kib(sandbox.pid) - before < 200
        with pytest.raises(AgentError, match="bad_request"):
            agent.call("processes")
        unread, theirs = socket.socketpair()
        with unread, theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            agent.call("processes", fd=theirs.fileno())
            assert the_list(agent)["processes"]


def own_kib(pid):
    """Its memory that is in no file: how much of the rest is shared is others' doing."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def test_without_a_sandbox_only_what_the_workspace_started_is_listed():
    with running_keeper() as run, run.link() as link:
        attached(run, link)
        link.type("sleep 1007 &\n")
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            wait_until(lambda: named(run, "sleep 1007"), 30)
            pids = {one["pid"] for one in listed(run)}
            assert not {os.getpid(), other.pid, run.process.pid} & pids
        finally:
            other.kill()
            other.communicate()


def test_nobody_asks_for_a_list_when_nothing_runs():
    with running_keeper() as run:
        assert run.call("workspace.processes") == {"processes": [], "more": False}
        assert run.supervisor.asked == 0
