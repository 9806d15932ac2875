"""The supervisor holds every process of a workspace to its plan, and changes that meanwhile."""

import os
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ide.guard.grant import Grant, Right
from ide.guard.plan import MIB, Plan
from ide.placement.network_trial import STILL
from ide.sandbox.cgroups import KEEPER_PLAN, find_groups
from ide.workspaces.keepers import Keeper
from tests.control_groups import hierarchy, memory_limit
from tests.ordinary import open_folder
from tests.sandboxes import AgentClient
from tests.supervisors import WITHOUT_GROUPS, SupervisorRun, running_supervisor
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
WORKSPACE = "0123456789abcdef"
PLAN = Plan(memory_bytes=128 * MIB, processes=64)


@contextmanager
def agent_of(run, plan=PLAN):
    run.client.ensure(WORKSPACE)
    run.client.sandbox(WORKSPACE, plan)
    with AgentClient(run.settings.runtime / WORKSPACE / "agent.sock") as agent:
        yield agent


def sandbox_pid(run):
    (found,) = [one for one in run.client.list() if one["workspace"] == WORKSPACE]
    return found["sandbox_pid"]


@pytest.mark.groups
def test_every_process_of_a_workspace_is_in_its_group(tmp_path):
    with running_supervisor() as run, agent_of(run) as agent:
        agent.spawn("c", ["/bin/bash", "-c", "setsid sleep 1000 & echo rea''dy; wait"])
        agent.read_until("c", b"ready")
        groups = find_groups(run.settings.data)
        group = groups.workspace(WORKSPACE)
        # bwrap outside, PID 1, what makes the Python environment, and the programs.
        wait_until(lambda: len(group.pids()) >= 4, 20)
        assert sandbox_pid(run) in group.pids()
        limited = {"memory", "pids", "cpu", "freezer"} if groups.kind == "v1" else {""}
        for pid in group.pids():
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                for names, path in groups_of(pid).items():
                    if limited & set(names.split(",")):
                        assert path.endswith(f"/ws-{WORKSPACE}"), names
        assert "/sys/fs/cgroup" not in agent.shell("cat /proc/mounts").decode()
        assert agent.shell("ls /sys 2>&1; cat /proc/self/cgroup").count(b"ws-") == 0
        run.client.stop(WORKSPACE)
        assert group.pids() == []
        assert not any(one.exists() for one in group._folders)
    assert not any(place.exists() for place in groups._places.values())


@pytest.mark.groups
def test_another_plan_holds_at_once_and_the_next_supervisor_knows_it():
    with running_supervisor() as run, agent_of(run):
        group = find_groups(run.settings.data).workspace(WORKSPACE)
        assert memory_limit(group) == 128 * MIB
        assert run.client.limits(WORKSPACE, replace(PLAN, memory_bytes=256 * MIB)) == []
        assert memory_limit(group) == 256 * MIB
        run.process.kill()
        run.process.wait()
        run.start()
        assert run.client.usage(WORKSPACE)["memory"]["limit"] == 256 * MIB
        assert memory_limit(group) == 256 * MIB


def test_a_workspace_whose_sandbox_does_not_run_has_nothing_to_limit():
    with running_supervisor() as run:
        run.client.ensure(WORKSPACE)
        assert run.client.limits(WORKSPACE, PLAN) == []


def groups_of(pid):
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return {line.split(":")[1]: line.split(":", 2)[2] for line in lines}


@pytest.mark.groups
def test_a_keeper_has_a_limited_group_of_its_own_also_after_it_was_killed():
    with running_supervisor() as run:
        run.client.ensure(WORKSPACE)
        group = find_groups(run.settings.data).keeper(WORKSPACE)
        first = run.keeper_pid(WORKSPACE)
        assert group.pids() == [first]
        assert memory_limit(group) == KEEPER_PLAN.memory_bytes
        os.kill(first, signal.SIGKILL)
        second = wait_until(lambda: (now := run.keeper_pid(WORKSPACE)) != first and now, 30)
        assert group.pids() == [second]
        assert groups_of(second)[hierarchy(group)].endswith(f"/keeper-{WORKSPACE}")
        run.client.stop(WORKSPACE)
        assert not any(folder.exists() for folder in group._folders)


def grant(plan):
    now = time.time()
    return Grant("login", "alice", WORKSPACE, frozenset(Right), now + 600, plan=plan)


def test_a_renewed_grant_with_another_plan_changes_what_runs():
    with running_supervisor() as run:
        keeper = Keeper(run.settings.runtime, run.client, grant(PLAN))
        keeper.call("workspace.wake", {})
        assert run.client.usage(WORKSPACE)["memory"]["limit"] == PLAN.memory_bytes
        keeper.grant = grant(replace(PLAN, memory_bytes=256 * MIB))
        keeper.call("consoles.list", {})
        wait_until(
            lambda: run.client.usage(WORKSPACE)["memory"]["limit"] == 256 * MIB, 20, "the new limit"
        )


HOG = "kept = b'x' * (90 << 20); print('rea' + 'dy', flush=True); input()"


def test_without_groups_two_supervisors_in_turn_hold_memory_all_the_same():
    with open_folder() as folder:
        run = SupervisorRun(folder, prelude=WITHOUT_GROUPS)
        try:
            assert run.client.version()["limits"] == "none"
            with agent_of(run) as agent:
                for kills in (1, 2):
                    # Each is under the limit of one program, together they are over.
                    for name in ("a", "b"):
                        agent.spawn(name + str(kills), [agent.interpreter, "-I", "-c", HOG])
                    wait_until(lambda: exits(agent), 30, "one is ended")
                    wait_until(lambda: run.client.usage(WORKSPACE)["kills"], 20, "it is counted")
                    agent.forget_all()
                    run.prelude = WITHOUT_GROUPS if kills == 1 else ""
                    run.process.kill()
                    run.process.wait()
                    run.start()
            if run.client.version()["limits"] != "none":
                sentence = "It was started without limits; they hold from its next start on."
                wait_until(lambda: sentence in run.client.usage(WORKSPACE)["notes"], 20)
                assert sentence in run.client.limits(WORKSPACE, replace(PLAN, processes=70))
                wait_until(lambda: sentence in run.client.usage(WORKSPACE)["notes"], 20)
        finally:
            run.client.retire()
            run.process.wait(30)


def exits(agent):
    return [one for one in agent.hello()["consoles"] if one["exit"]]


HANGING_NETWORK = """
import time
from ide.placement import network_trial
network_trial.probe_network = lambda _settings: time.sleep(600)
"""


def test_a_network_helper_that_hangs_delays_no_start_and_no_console():
    with open_folder() as folder:
        run = SupervisorRun(folder, prelude=HANGING_NETWORK)
        try:
            found = run.client.version()
            assert (found["kind"], found["network"]) == ("bubblewrap", "none")
            assert STILL.reasons[0] in found["reasons"]
            with agent_of(run) as agent:
                assert agent.shell("echo $((6 * 7))") == b"42\n"
        finally:
            run.client.retire()
            run.process.wait(30)
