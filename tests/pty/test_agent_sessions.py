"""Consoles through a real agent in a real sandbox: start, hand over, end, forget."""

import json
import os
import signal
import socket

import pytest

from tests.sandboxes import AgentError

pytestmark = pytest.mark.pty


def test_a_shell_has_its_terminal(agent):
    output = agent.shell("tty; stty size; echo $TERM $LANG; id -un; pwd", rows=30, cols=101)
    assert output.splitlines() == [
        b"/dev/pts/0", b"30 101", b"xterm-256color C.UTF-8", b"user", b"/home/user",
    ]  # fmt: skip


def test_job_control_and_interrupt(agent):
    agent.spawn("c", ["/bin/bash", "--norc", "-i"], env={"PS1": "ready> "})
    master = agent.take("c")
    os.write(master, b"sh -c 'echo fir''st; read line'\n")
    agent.read_until("c", b"first", master)
    os.write(master, b"\x03")
    agent.read_until("c", b"ready> ", master)
    os.write(master, b"echo sta''tus=$?\n")
    agent.read_until("c", b"status=130", master)
    os.write(master, b"sh -c 'echo sec''ond; read line'\n")
    agent.read_until("c", b"second", master)
    os.write(master, b"\x1a")
    agent.read_until("c", b"Stopped", master)
    os.close(master)


def test_exit_status_is_kept_until_forgotten(agent, sandbox):
    agent.spawn("c", ["/bin/sh", "-c", "exit 7"])
    event, _ = agent.event("exit", "c")
    assert (event["how"], event["status"]) == ("exit", 7)
    with sandbox.agent() as successor:
        (one,) = successor.hello()["consoles"]
        assert (one["exit"]["how"], one["exit"]["status"]) == ("exit", 7)
        successor.call("forget", console="c")
        assert successor.hello()["consoles"] == []


def test_terminal_and_pipe_come_with_the_answer_to_who_asks_for_them(agent):
    agent.hello()
    asked = {"id": 99, "op": "spawn", "console": "c", "take": True, "cols": 80, "rows": 24}
    asked |= {"argv": ["/bin/sh", "-c", "echo here; read line"], "env": {}}
    agent.socket.sendmsg([json.dumps(asked).encode()])
    data, fds, _, _ = socket.recv_fds(agent.socket, 4096, 4)
    master, read, write = fds
    assert json.loads(data)["ok"] is True
    os.write(write, b"in flight")
    assert os.read(read, 100) == b"in flight"
    assert agent.read_until("c", b"here", master)
    for fd in fds:
        os.close(fd)


def test_a_program_inherits_no_signal_ignored_but_that_of_a_full_disk(agent):
    status, _ = agent.run("/bin/grep", "-E", "Sig(Blk|Ign)", "/proc/self/status")
    ignored = 1 << signal.SIGXFSZ - 1
    assert [int(line.split()[1], 16) for line in status.splitlines()] == [0, ignored]


def test_death_by_signal_is_told(agent):
    agent.spawn("c", ["/bin/sh", "-c", "kill -TERM $$"])
    event, _ = agent.event("exit", "c")
    assert (event["how"], event["status"]) == ("signal", signal.SIGTERM)


def test_a_new_keeper_gets_the_same_master_and_pipe(agent, sandbox):
    agent.spawn("c", ["/bin/bash", "--norc", "-i"])
    master = agent.take("c")
    os.write(master, b"remember=me\n")
    pipe = agent.take("c", "pipe_write")
    os.write(pipe, b"in flight")
    os.close(pipe)
    os.close(master)
    agent.close()
    with sandbox.agent() as successor:
        pipe = successor.take("c", "pipe_read")
        assert os.read(pipe, 100) == b"in flight"
        os.close(pipe)
        master = successor.take("c")
        os.write(master, b"echo it is $remember\n")
        successor.read_until("c", b"it is me", master)
        os.close(master)


def test_the_newest_keeper_wins(agent, sandbox):
    with sandbox.agent() as newest:
        newest.hello()
        with pytest.raises((AssertionError, ConnectionError, BrokenPipeError)):
            agent.hello()


def test_a_missing_folder_falls_back_to_home(agent):
    assert agent.shell("pwd", cwd="/home/user/gone") == b"/home/user\n"


@pytest.mark.parametrize("console", ["", 3, None, "x" * 65])
def test_a_bad_console_is_refused(agent, console):
    with pytest.raises(AgentError) as refused:
        agent.call("hangup", console=console)
    assert refused.value.code == "bad_request"
