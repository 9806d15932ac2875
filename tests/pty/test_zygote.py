"""The zygote: what it forks looks and counts as a keeper, and neither's death is the other's."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ide.build import build_id
from ide.screen.engine import CHECKPOINTS
from tests.ordinary import IS_ROOT
from tests.server import ROOT
from tests.supervisors import running_supervisor
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WORKSPACE, OTHER = "00000000000000aa", "00000000000000bb"
SECONDS = 30.0


@pytest.fixture
def machine():
    """A supervisor on a data folder of its own: its settings, process and client."""
    with running_supervisor() as run:
        yield run.settings, run.process, run.client


def status(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return line.partition(":")[2].split()
    raise KeyError(name)


def words(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def sockets(pid):
    """The sockets a process holds, by their inodes."""
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(fd.readlink()))
        except FileNotFoundError:
            continue
    return {link for link in links if link.startswith("socket:")}


def zygote_of(supervisor):
    """The supervisor's zygote; waits for it."""

    def look():
        for path in Path(f"/proc/{supervisor.pid}/task").glob("*/children"):
            for pid in path.read_text().split():
                if "ide.keeper.zygote" in words(pid):
                    return int(pid)
        return 0

    return wait_until(look, SECONDS, "a zygote")


def keeper(client, workspace):
    client.ensure(workspace)
    return next(one["keeper_pid"] for one in client.list() if one["workspace"] == workspace)


def has_ended(pid):
    return words(pid) in ([], [""])  # "" is one that nobody collected yet


def test_a_keeper_is_forked_from_a_zygote_that_is_not_the_supervisor(machine):
    settings, supervisor, client = machine
    pid, other = keeper(client, WORKSPACE), keeper(client, OTHER)
    zygote = zygote_of(supervisor)
    assert status(pid, "PPid") == status(other, "PPid") == [str(zygote)]
    assert status(zygote, "Threads") == ["1"]
    folders = ["--data", str(settings.data), "--runtime", str(settings.runtime)]
    shown = ["-m", "ide.keeper", "--workspace", WORKSPACE, *folders, "--build", build_id()]
    assert words(pid)[1:] == [*shown, "--checkpoints", CHECKPOINTS]
    assert os.getsid(pid) == pid
    assert not sockets(pid) & (sockets(zygote) | sockets(supervisor.pid))


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
def test_a_keeper_keeps_nothing_of_root(machine):
    _, _, client = machine
    pid, other = keeper(client, WORKSPACE), keeper(client, OTHER)
    assert "0" not in status(pid, "Uid") + status(pid, "Gid") + status(pid, "Groups")
    assert int(status(pid, "CapPrm")[0], 16) == int(status(pid, "CapEff")[0], 16) == 0
    assert status(pid, "Uid") != status(other, "Uid")


def test_a_killed_zygote_takes_no_keeper_with_it_and_is_replaced(machine):
    _, supervisor, client = machine
    pid, zygote = keeper(client, WORKSPACE), zygote_of(supervisor)
    os.kill(zygote, signal.SIGKILL)
    wait_until(lambda: has_ended(zygote), SECONDS, "the zygote ended")
    other = keeper(client, OTHER)
    assert status(other, "PPid") == [str(zygote_of(supervisor))]
    assert keeper(client, WORKSPACE) == pid
    os.kill(pid, signal.SIGKILL)  # adopted by init by now, its end is seen all the same
    wait_until(lambda: keeper(client, WORKSPACE) != pid, SECONDS, "a new keeper")


def test_a_zygote_that_hangs_is_replaced(machine, monkeypatch):
    _, supervisor, client = machine
    zygote = zygote_of(supervisor)
    keeper(client, WORKSPACE)
    os.kill(zygote, signal.SIGSTOP)
    other = keeper(client, OTHER)
    assert status(other, "PPid") != [str(zygote)]
    assert has_ended(zygote)


def test_the_zygote_ends_with_its_supervisor_and_the_keepers_go_on(machine):
    _, supervisor, client = machine
    pid, zygote = keeper(client, WORKSPACE), zygote_of(supervisor)
    supervisor.kill()
    supervisor.wait(SECONDS)
    wait_until(lambda: has_ended(zygote), SECONDS, "the zygote ended")
    assert words(pid)
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: has_ended(pid), SECONDS, "the keeper ended")


def test_a_supervisor_that_retires_has_ended_its_zygote_before_itself(machine):
    _, supervisor, client = machine
    pid, zygote = keeper(client, WORKSPACE), zygote_of(supervisor)
    os.kill(zygote, signal.SIGSTOP)
    client.retire()
    supervisor.wait(SECONDS)
    assert has_ended(zygote)
    assert has_ended(pid)


@pytest.mark.parametrize("when", ["before its word was heard", "while it answers"])
def test_a_zygote_whose_supervisor_was_killed_ends_without_a_traceback(when, capfd):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = ["-m", "ide.keeper.zygote", str(theirs.fileno()), "/nowhere", "." * 200]
    process = subprocess.Popen([sys.executable, *words], pass_fds=[theirs.fileno()], cwd=ROOT)
    theirs.close()
    assert select.select([ours], [], [], SECONDS)[0]
    if when == "while it answers":
        ours.recv(4096)
        process.send_signal(signal.SIGSTOP)
        # Forked, this one refuses its workspace; nobody takes the answer.
        request = {"workspace": "none", "data": "/nowhere", "runtime": "/nowhere", "uid": None}
        request["enter"] = []
        ours.send(json.dumps(request).encode())
    ours.close()
    process.send_signal(signal.SIGCONT)
    assert process.wait(SECONDS) == 0
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("shown", [["short"], ["a name\twith ", "übrigens"]])
def test_a_command_line_is_shown_in_place_of_the_own_one(shown):
    code = """
import sys
from pathlib import Path
from ide.keeper.title import show_command_line
show_command_line(sys.argv[1:])
print(Path("/proc/self/cmdline").read_text("utf-8").rstrip("\\0").split("\\0"))
try:
    show_command_line(["x" * 100_000])
except ValueError as error:
    print(error)
"""
    said = subprocess.run(
        [sys.executable, "-c", code, *shown], capture_output=True, text=True, check=True, timeout=20
    ).stdout.splitlines()
    assert said[0] == repr(shown)
    assert "100001 bytes of title" in said[1]
