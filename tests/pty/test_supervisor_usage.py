"""What the supervisor measures of a workspace: everything inside, nothing else, and seldom."""

import os
import secrets
import time

import pytest

from ide.errors import UnavailableError
from tests.sandboxes import AgentClient
from tests.waiting import wait_until
from tests.workspaces import Workspace

pytestmark = pytest.mark.pty

MIB = 1024 * 1024
OURS = 3
"""The agent with its thread, and bubblewrap, which waits for it: groups count them all."""
HOG = 'kept = b"x" * (100 << 20); print("rea" + "dy", flush=True); input()'
BUSY = "import sys\nprint('rea' + 'dy', flush=True)\nwhile True: pass"


@pytest.fixture(scope="module")
def workspace(machine):
    name = Workspace(machine).name
    machine.client.sandbox(name)
    # As many are there before what makes the environment for Python begins.
    wait_until((machine.settings.data / name / "home/.venv/.ready").exists, 120)
    wait_until(lambda: machine.client.usage(name)["processes"]["used"] <= OURS, 120)
    return name


@pytest.fixture
def agent(machine, workspace):
    with AgentClient(machine.settings.runtime / workspace / "agent.sock") as client:
        yield client
        client.forget_all()


def started(agent, name, *argv):
    agent.spawn(name, list(argv))
    agent.read_until(name, b"ready")


def fresh(machine, workspace):
    """The next measurement."""
    before = machine.client.usage(workspace)["clock"]
    return wait_until(
        lambda: (now := machine.client.usage(workspace))["clock"] > before and now, 20
    )


def test_memory_and_processes_of_everything_inside_are_counted(machine, workspace, agent):
    empty = fresh(machine, workspace)
    assert empty["running"]
    assert empty["processes"]["used"] <= OURS
    started(agent, "hog", agent.interpreter, "-c", HOG)
    # Left its session and its parent, as daemons do: PID 1 has it, and so have we.
    hog = f"{agent.interpreter} -c '{HOG}'"
    script = f"(setsid {hog} <>/dev/ptmx >/dev/null &); sleep 1000 & echo rea''dy; wait"
    started(agent, "shell", "/bin/bash", "-c", script)

    def grown():
        now = machine.client.usage(workspace)
        return now["memory"]["used"] - empty["memory"]["used"] > 195 * MIB and now

    now = wait_until(grown, 20, "200 MiB more")
    assert now["memory"]["used"] < empty["memory"]["used"] + 300 * MIB
    assert now["memory"]["peak"] >= now["memory"]["used"]
    assert now["processes"]["used"] >= empty["processes"]["used"] + 4
    agent.shell("pkill -KILL -f 'kept ='")
    less = wait_until(
        lambda: (one := machine.client.usage(workspace))["memory"]["used"] < 150 * MIB and one, 20
    )
    assert less["memory"]["peak"] >= now["memory"]["used"], "the peak stays"


def test_cpu_time_rises_with_work_and_stays_when_a_program_ends(machine, workspace, agent):
    before = fresh(machine, workspace)
    started(agent, "busy", agent.interpreter, "-c", BUSY)

    def has_worked():
        now = machine.client.usage(workspace)
        return now["cpu"]["usec"] - before["cpu"]["usec"] > 500_000 and now

    worked = wait_until(has_worked, 30, "half a second of CPU")
    agent.call("kill", console="busy")
    agent.event("exit", "busy")
    assert fresh(machine, workspace)["cpu"]["usec"] >= worked["cpu"]["usec"]


def test_however_often_somebody_asks_it_is_measured_at_most_twice_a_second(machine, workspace):
    began = time.monotonic()
    clocks = {machine.client.usage(workspace)["clock"] for _ in range(200)}
    assert len(clocks) <= 2 + (time.monotonic() - began) / 0.5


def test_a_workspace_that_does_not_run_is_not_started_by_asking(machine, workspace):
    with pytest.raises(UnavailableError, match="does not run"):
        machine.client.usage(secrets.token_hex(8))
    assert [one["workspace"] for one in machine.client.list()] == [workspace]


def test_without_a_sandbox_nothing_is_used_and_a_new_one_counts_anew(machine, workspace):
    (before,) = machine.client.list()
    os.kill(before["sandbox_pid"], 9)
    gone = wait_until(
        lambda: not (now := machine.client.usage(workspace))["running"] and now, 20, "it is gone"
    )
    assert gone["memory"]["used"] == gone["processes"]["used"] == gone["memory"]["peak"] == 0
    wait_until(lambda: machine.client.list()[0]["sandbox_pid"] is None, 20)
    machine.client.sandbox(workspace)
    again = wait_until(lambda: (now := machine.client.usage(workspace))["running"] and now, 20)
    assert 0 < again["memory"]["peak"] < 100 * MIB
