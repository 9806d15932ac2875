"""What the agent starts for us, file worker and all, lies behind the same walls as programs do."""

import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import RESERVE
from ide.sandbox.rlimits import FILES_RESERVE
from ide.wire.files import pack_header
from tests.sandboxes import AgentClient
from tests.supervisors import running_supervisor
from tests.waiting import wait_until
from tests.workspaces import Inside, Workspace

pytestmark = pytest.mark.pty

PLAN = Plan(processes=100, open_files=500, file_bytes=64 * MIB)
NAMESPACES = ("user", "pid", "mnt", "net", "ipc", "uts", "cgroup")
STATUS = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs",
          "Seccomp", "Seccomp_filters")  # fmt: skip


@pytest.fixture(scope="module")
def workspace():
    with running_supervisor() as machine:
        workspace = Workspace(machine)
        machine.client.sandbox(workspace.name, PLAN)
        yield workspace


@pytest.fixture
def agent(workspace):
    path = workspace.machine.settings.runtime / workspace.name / "agent.sock"
    with AgentClient(path) as client:
        yield client
        client.forget_all()


def held_by(pid):
    """Return what the kernel says holds a process: walls, then limits. Raises OSError."""
    folder = Path("/proc", str(pid))
    lines = (folder / "status").read_text().splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    walls = {
        "namespaces": [(folder / "ns" / name).readlink() for name in NAMESPACES],
        "root": (folder / "root").stat().st_ino,
        "groups": (folder / "cgroup").read_text(),
        **{name: status.get(name) for name in STATUS},
    }
    hard = re.findall(
        r"^Max ([a-z ]+?)  +\S+ +(\S+)", (folder / "limits").read_text(), re.MULTILINE
    )
    return walls, dict(hard)


def file_worker(agent, inside, known):
    """Start the one, by a request; return its process id."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            agent.call("files", fd=theirs.fileno())
        ours.settimeout(20)
        ours.sendall(pack_header({"op": "stat", "ref": ""}))
        assert ours.recv(4096)
        (pid,) = set(inside.pids()) - known
        return pid


def hold_of_lister(agent, inside, known):
    """Ask for a list that nobody reads; return what holds who makes it, None when it has ended."""
    unread, theirs = socket.socketpair()
    with unread, theirs:
        theirs.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                theirs.send(b"x" * 4096)
        theirs.setblocking(True)
        agent.call("processes", fd=theirs.fileno())
        with suppress(OSError, ValueError):
            (pid,) = set(inside.pids()) - known
            return held_by(pid)
    return None


def test_all_that_the_agent_starts_is_behind_the_walls_of_programs(workspace, agent):
    first = workspace.sandbox_pid()
    inside = Inside(first)
    wait_until(lambda: inside.pids() == [first], 120, "the environment is there")
    agent.spawn("c", ["/bin/bash", "-c", "setsid sleep 1000 & echo rea''dy; wait"])
    agent.read_until("c", b"ready")
    programs = set(inside.pids()) - {first}
    assert len(programs) >= 2
    walls, _ = held_by(first)
    assert (walls["NoNewPrivs"], walls["Seccomp_filters"]) == (["1"], ["2"])
    assert {int(walls[name][0], 16) for name in STATUS if name.startswith("Cap")} == {0}
    ours, _ = held_by(os.getpid())
    assert not set(walls["namespaces"]) & set(ours["namespaces"])
    for pid in programs:
        assert held_by(pid)[0] == walls
    worker = file_worker(agent, inside, {first, *programs})
    everybody = {first, worker, *programs}
    lister = wait_until(lambda: hold_of_lister(agent, inside, everybody), 60, "a list")
    for found, limits in (held_by(worker), lister):
        assert found == walls
        assert int(limits["processes"]) <= PLAN.processes + RESERVE
        assert int(limits["open files"]) <= PLAN.open_files + FILES_RESERVE
        assert (limits["file size"], limits["core file size"]) == (str(PLAN.file_bytes), "0")
