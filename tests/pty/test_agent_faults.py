"""What must not end or confuse the agent: bad packets, lost keepers, signals from inside."""

import array
import contextlib
import json
import os
import signal
import socket
from pathlib import Path

import pyseccomp
import pytest

from ide.agent.channel import MAX_WAITING_PACKETS
from tests.sandboxes import AgentError, running_sandbox
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture
def sandbox():
    with running_sandbox(environment=False) as running:
        yield running


@pytest.fixture
def agent(sandbox):
    with sandbox.agent() as client:
        yield client


def descriptors(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


GARBAGE = [
    b"\0" * 100, b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 60000, b"{}",
    b'{"id":1}', b'{"id":[],"op":{}}', b'{"id":1e999,"op":"hello","op":3}',
    b'{"op":"spawn","console":"c"}',
    b'{"op":"spawn","console":"c","argv":[]}',
    b'{"op":"spawn","console":"c","argv":["/bin/true"],"env":{"A=B":"c"},"cols":80,"rows":24}',
    b'{"op":"spawn","console":"c","argv":["/bin/true"],"env":{},"cols":true,"rows":24}',
    b'{"op":"spawn","console":"c","argv":["/bin/true"],"env":{},"cols":1000000,"rows":24}',
    b'{"op":"spawn","console":"c","argv":["/bin/true\\u0000"],"env":{},"cols":80,"rows":24}',
    b'{"op":"spawn","console":"c","argv":["\\ud800"],"env":{},"cols":80,"rows":24}',
    b'{"op":"spawn","console":"c","argv":["/nowhere"],"env":{},"cols":80,"rows":24}',
    b'{"op":"spawn","console":"c","argv":["/etc/passwd"],"env":{},"cols":80,"rows":24}',
    b'{"op":"take","console":"none","what":"master"}', b'{"op":"take","console":"c","what":[]}',
    b'{"op":"signal","console":"none","signal":"STOP"}', b'{"op":"forget","console":"none"}',
    b'{"op":"files"}', b'{"op":"format disk","console":"c"}', b"9" * 65536,
]  # fmt: skip


# A signal with another sender's words: it claims to come from outside.
SPOOF = """
import ctypes
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in "number error code gap pid uid".split()]
    _fields_ += [("rest", ctypes.c_byte * 104)]
info = Info(15, 0, -1, 0, 0, 0)
print(ctypes.CDLL(None).syscall(NUMBER, 1, 15, ctypes.byref(info)))
"""


def test_garbage_is_answered_and_survived(agent, sandbox):
    agent.hello()
    before = descriptors(sandbox.pid)
    for packet in GARBAGE:
        agent.socket.sendmsg([packet])
        answer, fd = agent.receive()
        assert (answer["ok"], fd) == (False, None), packet
        assert answer["code"] != "internal", packet
    assert agent.hello()["consoles"] == []
    assert descriptors(sandbox.pid) == before


def test_descriptors_nobody_asked_for_are_closed(agent, sandbox):
    agent.hello()
    before = descriptors(sandbox.pid)
    null = os.open("/dev/null", os.O_RDONLY)
    for count, packet in ((1, b'{"op":"hello"}'), (2, b'{"op":"files"}'), (64, b"{}"), (3, b"[")):
        rights = array.array("i", [null] * count)
        agent.socket.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        agent.receive()
    os.close(null)
    assert descriptors(sandbox.pid) == before


def test_an_empty_packet_ends_the_connection_alone(agent, sandbox):
    agent.hello()
    agent.socket.sendmsg([b""])
    with contextlib.suppress(ConnectionError):
        assert agent.socket.recv(10) == b""
    with sandbox.agent() as successor:
        assert successor.hello()["version"] == 1


def test_a_keeper_that_takes_nothing_is_dropped(agent, sandbox):
    """Packets for it are bounded, and nobody waits for it."""
    agent.spawn("c", ["/bin/sh", "-c", "exec sleep 1000"])
    agent.socket.setblocking(False)
    request = json.dumps({"id": 1, "op": "take", "console": "c", "what": "master"}).encode()
    with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
        for _ in range(20 * MAX_WAITING_PACKETS):
            agent.socket.send(request)
    with sandbox.agent() as successor:
        assert [one["console"] for one in successor.hello()["consoles"]] == ["c"]
    assert descriptors(sandbox.pid) < 3 * MAX_WAITING_PACKETS


def test_programs_cannot_end_the_agent(agent, sandbox):
    agent.shell("for one in $(seq 1 64); do kill -$one 1; done; kill -9 -1")
    code = SPOOF.replace(
        "NUMBER", str(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "rt_sigqueueinfo"))
    )
    assert agent.python(code).strip() in {b"0", b"-1"}
    assert agent.hello()["version"] == 1
    assert agent.shell("echo still here") == b"still here\n"


def test_sigterm_from_outside_hangs_up_and_ends(agent, sandbox):
    script = "trap 'echo bye >~/farewell; exit' HUP; echo ready; while :; do sleep 0.05; done"
    agent.spawn("c", ["/bin/bash", "-c", script])
    agent.read_until("c", b"ready")
    os.kill(sandbox.pid, signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{sandbox.pid}").exists())
    assert (sandbox.home / "farewell").read_text() == "bye\n"


def test_killing_pid_1_ends_everything(agent, sandbox):
    agent.spawn("c", ["/bin/bash", "-c", "setsid sleep 12321 & nohup sleep 12321 & echo up; wait"])
    agent.read_until("c", b"up")
    sandbox.kill()
    wait_until(lambda: not Path(f"/proc/{sandbox.pid}").exists())
    wait_until(lambda: not _outside_sees(b"sleep\x0012321"))


def test_killing_the_outer_process_ends_nothing(agent, sandbox):
    os.kill(sandbox.outer_pid, signal.SIGKILL)
    assert agent.shell("echo still here") == b"still here\n"


def test_hangup_ends_what_ignores_it_and_spares_the_detached(agent):
    script = "trap '' HUP; setsid sleep 777 & echo up; while :; do sleep 0.1; done"
    agent.spawn("c", ["/bin/bash", "-c", script])
    agent.read_until("c", b"up")
    wait_until(lambda: b"\nsleep 777" in agent.shell("ps -eo args"), what="it is detached")
    agent.call("hangup", console="c")
    event, _ = agent.event("exit", "c")
    assert (event["how"], event["status"]) == ("signal", signal.SIGKILL)
    with pytest.raises(AgentError) as refused:
        agent.take("c")
    assert refused.value.code == "not_found"
    assert b"sleep 777" in agent.shell("ps -eo args")


def test_a_refused_fork_is_said_and_leaves_nothing_open(agent, sandbox):
    agent.spawn("limiter", ["/bin/bash", "--norc", "-i"])
    limiter = agent.take("limiter")
    os.write(limiter, b"prlimit --pid 1 --nproc=1:; echo limi''ted\n")
    agent.read_until("limiter", b"limited", limiter)
    before = descriptors(sandbox.pid)
    for _ in range(5):
        with pytest.raises(AgentError) as refused:
            agent.spawn("c", ["/bin/true"])
        assert refused.value.code == "unavailable"
    assert descriptors(sandbox.pid) == before
    os.write(limiter, b"prlimit --pid 1 --nproc=500:; echo fre''ed\n")
    agent.read_until("limiter", b"freed", limiter)
    os.close(limiter)
    assert agent.shell("echo well again") == b"well again\n"


def test_signals_go_to_the_foreground(agent):
    agent.spawn("c", ["/bin/bash", "--norc", "-i"], env={"PS1": "ready> "})
    master = agent.take("c")
    os.write(master, b"sh -c 'echo st''arted; read line'\n")
    agent.read_until("c", b"started", master)
    agent.call("signal", console="c", signal="TERM")
    agent.read_until("c", b"Terminated", master)
    agent.call("kill", console="c")
    assert agent.event("exit", "c")[0]["status"] == signal.SIGKILL
    os.close(master)


def test_programs_start_with_plain_signals(agent):
    masks = agent.shell("grep -E '^Sig(Blk|Ign)' /proc/self/status").split()[1::2]
    # A full disk is an error for programs, see tests/pty/test_agent_sessions.py.
    assert [int(mask, 16) for mask in masks] == [0, 1 << signal.SIGXFSZ - 1]


def test_orphans_are_reaped(agent):
    agent.shell("for one in 1 2 3; do setsid sh -c 'sleep 0.01 &' & done; wait")
    wait_until(lambda: b"sleep 0.01" not in agent.shell("ps -eo args"))
    wait_until(lambda: b"defunct" not in agent.shell("ps -eo stat,args"))


def test_a_running_console_is_not_replaced_or_forgotten(agent):
    agent.spawn("c", ["/bin/sleep", "1000"])
    with pytest.raises(AgentError) as refused:
        agent.spawn("c", ["/bin/true"])
    assert refused.value.code == "conflict"
    with pytest.raises(AgentError) as refused:
        agent.call("forget", console="c")
    assert refused.value.code == "conflict"


def test_an_ended_console_may_start_again(agent):
    first = agent.spawn("c", ["/bin/true"])
    agent.event("exit", "c")
    assert agent.spawn("c", ["/bin/sh", "-c", "echo again"]) != first
    assert agent.read_all("c") == b"again\r\n"


def test_requests_for_files_are_served_again_after_the_worker_was_killed(agent):
    for _ in range(2):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            agent.call("files", fd=theirs.fileno())
            theirs.close()
            ours.settimeout(10)
            header = json.dumps({"op": "list", "ref": ""}).encode()
            ours.sendall(len(header).to_bytes(4, "big") + header)
            length = int.from_bytes(ours.recv(4, socket.MSG_WAITALL), "big")
            assert json.loads(ours.recv(length, socket.MSG_WAITALL))["ok"] is True
        # A request that reaches a dying worker dies with it: wait until the agent has buried it.
        worker = "-x python3.11 -P 1"
        agent.shell(f"pkill -9 -o {worker}; while pgrep {worker} >/dev/null; do :; done")


def test_proxy_connections_go_to_the_keeper(agent, sandbox):
    code = "import socket; s = socket.create_connection(('127.0.0.1', 3128)); s.send(b'GET');"
    code += "print(s.recv(100).decode())"
    agent.spawn("c", [agent.interpreter, "-c", code])
    event, fd = agent.event("connect")
    assert event == {"event": "connect", "to": "proxy"}
    with socket.socket(fileno=fd) as connection:
        assert connection.recv(100) == b"GET"
        connection.sendall(b"answered outside")
    assert b"answered outside" in agent.read_all("c")
    agent.close()
    with sandbox.agent() as successor:
        successor.spawn("d", ["/bin/sh", "-c", "sleep 1000"])


def test_proxy_connections_without_a_keeper_are_closed(agent, sandbox):
    waiting = "import sys, socket; sys.stdin.readline(); print('got', socket.create_connection("
    waiting += "('127.0.0.1', 3128)).recv(10), flush=True); sys.stdin.readline()"
    agent.spawn("c", [agent.interpreter, "-c", waiting])
    master = agent.take("c")
    agent.close()
    os.write(master, b"\n")
    with sandbox.agent() as reader:
        pass
    assert b"got b''" in reader.read_until("c", b"got b''", master)
    os.close(master)


def _outside_sees(argv):
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if argv in file.read_bytes():
                return True
    return False
