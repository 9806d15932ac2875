"""Homes in memory: as large as the plan says, gone with the sandbox, and said to be so."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from ide.guard.plan import MIB, Plan
from tests.sandboxes import AgentClient
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WORKSPACE, OTHER = "0123456789abcdef", "fedcba9876543210"
PLAN = Plan(name="guest", home="memory", disk_bytes=32 * MIB, files=3000)


@contextmanager
def agent_of(machine, plan=PLAN, workspace=WORKSPACE):
    machine.client.ensure(workspace)
    machine.client.sandbox(workspace, plan)
    try:
        with AgentClient(machine.settings.runtime / workspace / "agent.sock") as agent:
            yield agent
    finally:
        machine.client.stop(workspace)


def state(machine):
    return machine.client.usage(WORKSPACE)["disk"] or {}


def test_it_has_the_plans_size_and_says_so(machine):
    with agent_of(machine) as agent:
        # One that has no room left while it is made is removed, and then it is not full any more.
        agent.shell("/opt/ide/ensure-env")
        assert b"No space left" in agent.shell("head -c 40M /dev/zero > big; ls -s big")
        full = wait_until(lambda: (found := state(machine)).get("full") and found, 30, "full")
        assert (full["limit"], full["files_limit"]) == (32 * MIB, 3000)
        assert full["used"] >= 31 * MIB
        assert agent.shell("rm big; echo x > small; cat small") == b"x\n"
        wait_until(lambda: state(machine).get("full") is False, 30, "no longer full")
        usage = machine.client.usage(WORKSPACE)
        assert usage["enforced"]["disk"] == "quota"
        assert any("kept in memory" in note for note in usage["notes"])


def test_it_ends_with_the_sandbox_and_nothing_of_it_is_on_the_disk(machine):
    with agent_of(machine) as agent:
        agent.shell("echo secret > ~/kept")
        home = machine.settings.data / WORKSPACE / "home"
        assert list(home.iterdir()) == []
        assert agent.shell("stat -c %a,%U ~") == b"700,user\n"
    with agent_of(machine) as agent:
        assert b"kept" not in agent.shell("ls -A ~")


def test_python_has_its_environment_there(machine):
    with agent_of(machine) as agent:
        said = agent.shell("/opt/ide/ensure-env && ~/.venv/bin/python -c 'print(6 * 7)'")
        assert said.endswith(b"42\n")


def test_a_home_too_small_for_the_environment_is_left_empty(machine):
    with agent_of(machine, replace(PLAN, disk_bytes=4 * MIB)) as agent:
        assert b"could not be made" in agent.shell("/opt/ide/ensure-env")
        assert b".venv" not in agent.shell("ls -A ~")
        assert agent.shell("echo x > small; cat small") == b"x\n"


def test_without_a_size_of_its_own_it_has_256_mib(machine):
    with agent_of(machine, replace(PLAN, disk_bytes=0)):
        found = wait_until(lambda: state(machine), 30, "it is measured")
        assert found["limit"] == 256 * MIB


def test_it_has_half_of_the_memory_at_most_and_all_folders_leave_some(machine):
    with agent_of(machine, replace(PLAN, memory_bytes=256 * MIB, disk_bytes=1 << 50)) as agent:
        found = wait_until(lambda: state(machine), 30, "it is measured")
        assert found["limit"] == 128 * MIB
        said = agent.shell("df -BM --output=size /tmp /dev/shm | tail -n 2").split()
        assert said == [b"64M", b"32M"]


def test_what_it_holds_is_not_the_disks(machine):
    with agent_of(machine, replace(PLAN, home="disk", disk_bytes=0), OTHER) as agent:
        agent.shell("echo x > ~/kept")
        assert (machine.settings.data / OTHER / "home" / "kept").read_text() == "x\n"
