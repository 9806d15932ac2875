"""The supervisor is killed between any two steps of a start: its successor leaves nothing of it."""

import functools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ide.errors import UnavailableError
from ide.guard.plan import Plan
from ide.placement.processes import clean_environ
from ide.placement.strays import Homes
from tests.ordinary import IS_ROOT, ORDINARY_UID, as_account, open_folder
from tests.sandboxes import data_folder, running_sandbox
from tests.server import ROOT
from tests.supervisors import running_supervisor
from tests.waiting import wait_until
from tests.workspaces import Inside, Workspace

pytestmark = pytest.mark.pty

KILLED = """
import functools, importlib, os, signal

def killed(where, name, when):
    module = importlib.import_module(where)
    real = getattr(module, name)

    @functools.wraps(real)
    def instead(*arguments, **more):
        if when == "after":
            real(*arguments, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, instead)

killed({!r}, {!r}, {!r})
"""
STEPS = [
    ("ide.placement.workspace_sandbox", "start", "before"),
    ("ide.sandbox.launch", "_spawn", "after"),
    ("ide.sandbox.launch", "_inner_pid", "after"),
    ("ide.placement.workspace_sandbox", "start", "after"),
    ("ide.placement.workspace_sandbox", "write_sandbox", "before"),
    ("json", "dump", "after"),
]


@pytest.fixture
def machine():
    with running_supervisor() as run:
        yield run


def traces(workspace):
    """Return everything of the workspace's sandbox that can be seen from outside."""
    home = str(workspace.machine.settings.data / workspace.name / "home")
    runtime = workspace.machine.settings.runtime / workspace.name
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        words, mounts = read(folder / "cmdline"), read(folder / "mountinfo")
        if (home in words.split("\0") and "agent.zip" in words) or f" {home} /home/user" in mounts:
            found.add(f"process {folder.name}")
    found |= {str(path) for path in Path("/sys/fs/cgroup").glob(f"*/ide-*/ws-{workspace.name}")}
    found |= {path.name for path in runtime.glob("*") if not path.name.startswith("keeper")}
    found |= {line for line in read(Path("/proc/self/mountinfo")).splitlines() if home in line}
    return found


def read(path):
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def restarted(machine, prelude=""):
    """Have another supervisor, which runs `prelude` first."""
    if machine.process.poll() is None:
        machine.process.kill()
    machine.process.wait(30)
    machine.start(prelude)


def is_clean(workspace, before):
    """Whether nothing is there that was not before."""
    return traces(workspace) <= before


@pytest.mark.long
def test_a_start_that_was_killed_at_any_step_leaves_nothing(machine, full):
    for step in STEPS if full else STEPS[1::2]:
        workspace = Workspace(machine)
        keeper = machine.keeper_pid(workspace.name)
        before = traces(workspace)
        restarted(machine, KILLED.format(*step))
        with pytest.raises(UnavailableError):
            machine.client.sandbox(workspace.name)
        assert machine.process.wait(20) == -signal.SIGKILL, step
        restarted(machine)
        wait_until(functools.partial(is_clean, workspace, before), 20, f"after {step}")
        assert machine.keeper_pid(workspace.name) == keeper
        workspace.call("workspace.wake")
        assert workspace.sandbox_pid()
        assert len(traces(workspace)) >= 4, "else nothing would ever be found"
        machine.client.stop(workspace.name)
        assert traces(workspace) == set()


def test_what_runs_rightly_is_left_alone_and_what_nobody_knows_is_not(machine):
    rightful, forgotten = Workspace(machine), Workspace(machine)
    for workspace in (rightful, forgotten):
        workspace.call("workspace.wake")
    kept = rightful.sandbox_pid()
    lost = Inside(forgotten.sandbox_pid())
    keeper = machine.keeper_pid(forgotten.name)
    machine.process.kill()
    machine.process.wait(30)
    os.kill(keeper, signal.SIGSTOP)  # else it notices by itself that it cannot be reached
    runtime = machine.settings.runtime / forgotten.name
    for path in runtime.iterdir():  # as something that clears temporary folders
        path.unlink()
    runtime.rmdir()
    unfinished = machine.settings.data / "toolbox/.new-123"
    unfinished.mkdir()
    trial = machine.settings.data / ".quota-123"
    trial.mkdir()
    (trial / "trial").touch()
    os.utime(trial, (0, 0))
    half = machine.settings.runtime / rightful.name / "sandbox.json.new"
    half.touch()
    machine.start()
    wait_until(lambda: not lost.pids(), 20, "the forgotten one ended")
    wait_until(lambda: not traces(forgotten), 20, "all of it is gone")
    wait_until(lambda: not read(Path(f"/proc/{keeper}/cmdline")), 20, "its keeper ended")
    wait_until(lambda: not unfinished.exists(), 20, "what was never finished is gone")
    wait_until(lambda: not trial.exists(), 20, "the trial of a quota is gone")
    wait_until(lambda: not half.exists(), 20, "half a record is gone")
    assert rightful.sandbox_pid() == kept
    log = machine.settings.data / "server.log"
    for said in ("stray programs ended", "stray keeper ended", "a file was left behind"):
        wait_until(lambda said=said: said in log.read_text(), 20, said)


def test_another_servers_sandbox_of_the_same_name_and_account_is_left_alone(machine):
    workspace = Workspace(machine)
    workspace.call("workspace.wake")
    with running_supervisor() as other:
        theirs = Workspace(other)
        theirs.name = workspace.name
        other.client.ensure(theirs.name)
        theirs.call("workspace.wake")
        restarted(machine)
        assert theirs.sandbox_pid()
        assert Inside(theirs.sandbox_pid()).pids()
        restarted(other)
        assert Inside(workspace.sandbox_pid()).pids()


WITHOUT = """
import ide.placement.machine, ide.sandbox.probing
from ide.sandbox.cgroups import Groups

ide.sandbox.probing._candidates = lambda _origins: []
ide.placement.machine.find_groups = lambda _data: Groups("none", {}, {})
"""
"""A machine on which neither sandbox nor group can be made."""


def test_without_sandbox_and_groups_programs_that_outlive_their_agent_end_too():
    with running_supervisor(unsafe_no_sandbox=True) as machine:
        restarted(machine, WITHOUT)
        workspace = Workspace(machine)
        for end in (stop, kill_agent, kill_agent_and_supervisor):
            with workspace.link() as link:
                console = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
                link.hello(console)
                link.type("nohup setsid sleep 98765 >/dev/null 2>&1 & echo st''arted\n")
                link.read_until(b"started")
                wait_until(lambda: "sleep" in running(workspace), 20)
                end(workspace)
                wait_until(lambda: not running(workspace), 20, "all has ended")


def stop(workspace):
    workspace.call("workspace.stop")


def kill_agent(workspace):
    os.kill(workspace.sandbox_pid(), signal.SIGKILL)


def kill_agent_and_supervisor(workspace):
    agent = workspace.sandbox_pid()
    workspace.machine.process.kill()
    os.kill(agent, signal.SIGKILL)
    restarted(workspace.machine, WITHOUT)


def running(workspace):
    """Return the names of programs that have the workspace's home as theirs."""
    home = f"HOME={workspace.machine.settings.data / workspace.name / 'home'}"
    folders = list(Path("/proc").glob("[0-9]*"))
    ours = [one for one in folders if home in read(one / "environ").split("\0")]
    return {read(one / "comm").strip() for one in ours}


SWEEP = """
import sys
from pathlib import Path
from ide.placement.strays import Homes, end_strays
known = {sys.argv[2]: list(map(int, sys.argv[3:]))}
print(sum(end_strays(Homes(Path(sys.argv[1]), None), known).values()))
"""


@pytest.fixture
def open_to_all():
    with open_folder() as folder:
        yield folder


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
def test_an_ordinary_users_strays_are_found_by_their_home(open_to_all):
    folder = open_to_all
    home = folder / "0123456789abcdef" / "home"
    home.mkdir(parents=True)
    os.chown(home, ORDINARY_UID, ORDINARY_UID)
    with running_sandbox(account=ORDINARY_UID, home=home) as sandbox, sandbox.agent() as agent:
        agent.spawn("c1", ["/bin/sleep", "9876"])
        programs = Inside(sandbox.pid)
        assert swept(folder, sandbox.pid, sandbox.outer_pid) == 0
        assert len(programs.pids()) >= 2
        assert swept(folder) >= 2
        assert not programs.pids()


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
def test_strays_whose_home_is_in_memory_are_found_by_our_tools():
    data_folder().chmod(0o755)  # as its owner, which the supervisor is, it could list it
    with running_sandbox(account=ORDINARY_UID, plan=Plan(home="memory")) as sandbox:
        with sandbox.agent() as agent:
            agent.spawn("c1", ["/bin/sleep", "9876"])
        programs = Inside(sandbox.pid)
        assert swept(data_folder(), sandbox.pid, sandbox.outer_pid) == 0
        assert len(programs.pids()) >= 2
        some = Homes(data_folder(), None, ["0123456789abcdef"])
        assert some.owner_of(sandbox.pid) == "", "tools do not tell workspaces apart"
        assert swept(sandbox.folder) == 0, "another server's"
        assert swept(data_folder()) >= 1
        assert not programs.pids()


def swept(folder, *known):
    """Return how many strays an ordinary user's sweep of a data folder ended."""
    words = [sys.executable, "-c", SWEEP, str(folder), "0123456789abcdef", *map(str, known)]
    done = subprocess.run(
        as_account(ORDINARY_UID, *words),
        cwd=ROOT, env=clean_environ({}), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)
