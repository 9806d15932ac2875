"""Stop and restart of a workspace by its owner: all ends, nothing is lost, and it goes on."""

import os
import signal
import socket
import statistics
import time

import pytest

from ide.wire.files import pack_header
from ide.wire.frames import Kind, pack_json
from tests.keepers import CallError
from tests.waiting import wait_until
from tests.workspaces import Inside, limited, new_bash

pytestmark = pytest.mark.pty

STOPPED = {"how": "stopped", "status": 0, "cause": "You stopped this workspace."}
BOMB = (
    "trap '' HUP TERM; busy() { while :; do /bin/true; done; };"
    " for i in {1..40}; do busy & done; wait"
)
"""Forks all the time, from a bounded number of processes."""


@pytest.fixture
def workspace(machine):
    with limited(machine) as made:
        yield made


def ended(link, channel=1):
    return link.until(lambda: link.channels[channel].exit)


def test_stop_ends_nohuped_and_deaf_programs_and_keeps_their_last_words(workspace):
    with workspace.link() as link:
        deaf, other = new_bash(link), new_bash(link, 2)
        link.type("echo 'kept' > file; nohup setsid sleep 3000 >/dev/null 2>&1 &\n", 2)
        link.type("mkdir -p a; cd a\n", 2)
        wait_until(lambda: workspace.console(other)["cwd"].endswith("/a"), 20)
        link.type("trap '' HUP TERM; echo la''st; exec sleep 3000\n")
        link.read_until(b"last\r\n")
        sandbox = workspace.sandbox_pid()
        keeper = workspace.machine.keeper_pid(workspace.name)
        programs = Inside(sandbox)
        assert len(programs.pids()) >= 4
        link.call("workspace.stop")
        assert not programs.pids()
        assert ended(link).how == 4
        assert workspace.sandbox_pid() is None
        assert workspace.console(deaf)["exit"] == workspace.console(other)["exit"] == STOPPED
        assert workspace.machine.keeper_pid(workspace.name) == keeper
        # What the page asks by itself starts nothing; a need does, in the same folder.
        link.idle(1.5)
        assert not [event for event in link.events[-3:] if event["type"] == "files"]
        assert workspace.sandbox_pid() is None
        link.call("consoles.restart", console=other, cols=80, rows=24)
        assert workspace.sandbox_pid() not in {None, sandbox}
        link.type("pwd; cat ~/file\n", 2)
        link.read_until(b"kept\r\n", 2)
        assert b"/home/user/a\r\n" in bytes(link.channels[2].output)


def test_a_stop_of_what_does_not_run_is_no_error(workspace):
    workspace.call("workspace.stop")
    workspace.call("workspace.wake")
    workspace.call("workspace.stop")
    assert workspace.sandbox_pid() is None


def test_a_need_at_the_same_moment_has_a_new_sandbox(workspace):
    with workspace.link() as link, workspace.link() as other:
        console = new_bash(link)
        other.send(Kind.CALL, 0, pack_json({"id": 1, "op": "workspace.stop", "args": {}}))
        try:
            again = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
        except CallError:  # it came while the old one ended; said so, and nothing is left of it
            again = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
        wait_until(lambda: workspace.console(console)["state"] == "ended", 20)
        assert workspace.console(again)["state"] in {"running", "ended"}


@pytest.mark.alone
def test_a_fork_bomb_ends_within_a_second(workspace):
    taken = []
    for _ in range(3):
        with workspace.link() as link:
            console = new_bash(link)
            link.type(BOMB + "\n")
            programs = Inside(workspace.sandbox_pid())
            wait_until(lambda those=programs: len(those.pids()) > 40, 20, "the bomb")
            began = time.monotonic()
            link.call("workspace.stop")
            taken.append(time.monotonic() - began)
            assert not programs.pids()
            assert workspace.console(console)["exit"] == STOPPED
    assert statistics.median(taken) < 1.0, taken


def test_restart_starts_shells_again_in_their_folders_and_runs_nothing_again(workspace):
    with workspace.link() as link:
        bash = new_bash(link)
        link.type("mkdir -p a; printf 'sleep 3000\\n' > run.sh; cd a; export HERE=1\n")
        link.read_until(b"a")
        wait_until(lambda: workspace.console(bash)["cwd"].endswith("/a"), 20)
        run = link.call("runs.start", path="run.sh", mode="ask", cols=80, rows=24)["id"]
        sandbox = workspace.sandbox_pid()
        assert link.call("workspace.restart") == {"started": 1}
        assert workspace.sandbox_pid() not in {None, sandbox}
        assert workspace.console(bash)["state"] == "running"
        cause = {"cause": "You restarted this workspace."}
        assert workspace.console(run)["exit"] == STOPPED | cause
        link.type("echo =${HERE}=$PWD=\n")
        link.read_until(b"==/home/user/a=")


def test_a_supervisor_that_is_away_leaves_everything_running(workspace):
    with workspace.link() as link:
        console = new_bash(link)
        os.kill(workspace.machine.process.pid, signal.SIGKILL)
        workspace.machine.process.wait(30)
        with pytest.raises(CallError) as refused:
            link.call("workspace.stop")
        assert refused.value.code == "unavailable"
        workspace.machine.start()
        assert workspace.console(console)["state"] == "running"
        link.type("echo still''here\n")
        link.read_until(b"stillhere")


def test_free_gives_back_what_it_says_and_ends_nothing(workspace):
    with workspace.link() as link:
        bash = new_bash(link)
        link.type('for i in {1..6000}; do echo "$i words that fill a line of output"; done\n')
        link.read_until(b"\n6000 words")
        link.type("head -c 60000000 /dev/zero > file; cat file > /dev/null; echo do''ne\n")
        link.read_until(b"done\r\n")
        start_file_worker(workspace)
        before = names_inside(workspace)
        freed = workspace.call("workspace.free")["freed"]
        assert freed > 1_000_000
        wait_until(lambda: names_inside(workspace) < before, 20, "the idle file worker ended")
        assert 0 <= workspace.call("workspace.free")["freed"] < freed
        assert workspace.console(bash)["state"] == "running"
        link.type("echo still''here; tail -c 3 file | wc -c\n")
        link.read_until(b"stillhere\r\n3\r\n")
    workspace.call("workspace.stop")
    assert workspace.call("workspace.free")["freed"] >= 0
    assert workspace.sandbox_pid() is None, "nothing was started for it"


def start_file_worker(workspace):
    with workspace.link() as link:
        call = {"id": 1, "op": "files.open", "args": {}}
        link.send(Kind.CALL, 0, pack_json(call))
        _, fds, _, _ = socket.recv_fds(link.socket, 65536, 4)
        with socket.socket(fileno=fds[0]) as stream:
            stream.sendall(pack_header({"op": "stat", "ref": ""}))
            assert stream.recv(4096)


def names_inside(workspace):
    return len(Inside(workspace.sandbox_pid()).pids())
