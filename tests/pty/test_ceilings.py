"""What a keeper asks of the supervisor is lowered to the machine's ceilings, or refused."""

import json
import os
from pathlib import Path

import pytest

from ide.errors import SandboxError
from ide.guard.plan import GIB, MIB, Plan
from tests.ordinary import IS_ROOT
from tests.supervisors import WITHOUT_QUOTAS, running_supervisor
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WORKSPACE, OTHER, THIRD = "0123456789abcdef", "fedcba9876543210", "00000000ffffffff"
GREEDY = Plan(
    name="greedy", memory_bytes=1 << 50, processes=0, disk_bytes=1 << 50, tmp_bytes=1 << 50,
    shm_bytes=4 * MIB,
)  # fmt: skip


@pytest.fixture(scope="module")
def machine():
    ceilings = {"ceiling_processes": 77, "ceiling_disk_bytes": GIB, "ceiling_tmp_bytes": 8 * MIB}
    with running_supervisor(prelude=WITHOUT_QUOTAS, **ceilings) as run:
        yield run


def sandbox_pid(machine, workspace):
    return next(
        one["sandbox_pid"] for one in machine.client.list() if one["workspace"] == workspace
    )


def recorded_plan(machine, workspace):
    path = machine.settings.runtime / workspace / "sandbox.json"
    return Plan.from_json(json.loads(path.read_text())["plan"])


def sizes(pid):
    """Return {folder: size in KiB} of what the sandbox has in memory."""
    mounts = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    options = {
        words[4]: dict(one.partition("=")[::2] for one in words[-1].split(",")) for words in mounts
    }
    return {folder: found["size"] for folder, found in options.items() if "size" in found}


def test_a_keeper_that_asks_for_more_gets_the_ceiling(machine):
    """The request comes over the supervisor's socket, as from a keeper that was taken over."""
    machine.client.ensure(WORKSPACE)
    machine.client.sandbox(WORKSPACE, GREEDY)
    plan = recorded_plan(machine, WORKSPACE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory * 0.8 - MIB < plan.memory_bytes <= memory * 0.8
    assert (plan.processes, plan.disk_bytes, plan.tmp_bytes) == (77, GIB, 8 * MIB)
    found = sizes(sandbox_pid(machine, WORKSPACE))
    machine.client.limits(WORKSPACE, Plan(name="small", processes=9))
    machine.client.limits(WORKSPACE, GREEDY)
    assert recorded_plan(machine, WORKSPACE) == plan
    assert (found["/tmp"], found["/dev/shm"]) == ("8192k", "4096k")  # noqa: S108 - inside
    machine.client.stop(WORKSPACE)


def test_the_plan_of_a_running_sandbox_outlives_its_supervisor(machine):
    """And no second request makes it laxer."""
    machine.client.ensure(OTHER)
    machine.client.sandbox(OTHER, Plan(name="small", tmp_bytes=MIB, processes=9))
    before = recorded_plan(machine, OTHER)
    machine.process.kill()
    machine.process.wait(30)
    machine.start()
    machine.client.sandbox(OTHER, GREEDY)
    assert recorded_plan(machine, OTHER) == before
    assert sizes(sandbox_pid(machine, OTHER))["/tmp"] == "1024k"  # noqa: S108 - inside
    machine.client.stop(OTHER)


def test_a_plan_that_asks_for_more_than_this_machine_holds_is_refused(machine):
    wait_until(machine.answers, 20, "the supervisor answers")
    level = machine.client.version()["level"]
    assert level < 3, "it has no quotas"
    machine.client.ensure(THIRD)
    with pytest.raises(SandboxError) as refused:
        machine.client.sandbox(THIRD, Plan(name="guest", level=3))
    said = refused.value.message
    assert said.startswith(f"This machine holds level {level}; the plan guest asks for level 3: ")
    assert said.endswith(" doctor` says what is missing.")
    assert sandbox_pid(machine, THIRD) is None
    machine.client.sandbox(THIRD, Plan(level=level))
    machine.client.stop(THIRD)


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
def test_the_keepers_account_cannot_write_the_record(machine):
    machine.client.ensure(WORKSPACE)
    machine.client.sandbox(WORKSPACE)
    record = (machine.settings.runtime / WORKSPACE / "sandbox.json").stat()
    assert (record.st_uid, record.st_mode & 0o022) == (0, 0)
    machine.client.stop(WORKSPACE)
