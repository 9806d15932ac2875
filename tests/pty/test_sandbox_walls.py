"""What a program in a workspace cannot reach: files, processes, memory and networks outside."""

import os
import socket
from pathlib import Path

import pytest

from tests.sandboxes import ACCOUNT, ORDINARY_ACCOUNT, running_sandbox

pytestmark = pytest.mark.pty

CANARY = "canary-7f3a"
SERVER = """
import socket
server = socket.create_server(('localhost', 7000))
print('listening', flush=True)
server.accept()[0].sendall(b'hello over there')
"""


@pytest.fixture(scope="module", params=["root", "ordinary user", "bundled bwrap"])
def sandbox(request):
    if os.geteuid() != 0 and request.param != "bundled bwrap":
        pytest.skip("needs root")
    account = ORDINARY_ACCOUNT if request.param == "ordinary user" else None
    bwrap = "bundled" if request.param == "bundled bwrap" else ""
    os.environ["CANARY"] = CANARY
    try:
        with running_sandbox(account=account, bwrap=bwrap) as running:
            (running.folder / "outside.txt").write_text(CANARY)
            yield running
    finally:
        del os.environ["CANARY"]


@pytest.fixture
def agent(sandbox):
    with sandbox.agent() as client:
        yield client
    with sandbox.agent() as client:
        client.forget_all()


def test_it_has_an_account_of_its_own(agent, sandbox):
    assert (
        agent.shell("touch ~/mine; id -u; stat -c %u /usr; stat -c %u ~") == b"1000\n65534\n1000\n"
    )
    owner = (sandbox.home / "mine").stat().st_uid
    assert owner == sandbox.home.stat().st_uid
    assert owner in {ACCOUNT, ORDINARY_ACCOUNT} or os.geteuid() != 0
    lines = Path(f"/proc/{sandbox.pid}/status").read_text().splitlines()
    status = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert status["Uid"].split() == [str(owner)] * 4
    assert status["Groups"] in {"", str(owner)}
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0
    assert (status["NoNewPrivs"], status["Seccomp_filters"]) == ("1", "2")


def test_no_descriptor_of_ours_is_inside(agent):
    assert agent.shell("ls -1 /proc/self/fd") == b"0\n1\n2\n3\n"
    targets = agent.shell("readlink /proc/1/fd/*").decode().split()
    kinds = {one.split(":")[0] for one in targets}
    assert kinds <= {"/dev/null", "socket", "pipe", "anon_inode", "/dev/pts/ptmx", "/dev/ptmx"}


def test_no_secret_of_ours_is_inside(agent):
    names = agent.shell("tr '\\0' '\\n' </proc/1/environ | cut -d= -f1 | sort").split()
    assert names == [b"HOME", b"LANG", b"PATH", b"PWD"]
    found = agent.shell("cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
    assert CANARY.encode() not in found


def test_only_what_was_bound_is_visible(agent, sandbox):
    visible = agent.shell(f"ls -d {sandbox.folder}/outside.txt {sandbox.socket} /root/.ssh /home/*")
    assert visible.splitlines()[-1] == b"/home/user"
    assert visible.count(b"No such file") == 3
    listed = set(agent.shell("ls /etc").split())
    assert b"shadow" not in listed
    assert {b"passwd", b"group", b"hosts", b"nsswitch.conf"} <= listed
    assert agent.shell("whoami; hostname; getent hosts workspace").split() == [
        b"user", b"workspace", b"127.0.0.1", b"localhost", b"workspace",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "folder", ["/", "/usr", "/etc", "/dev", "/run", "/opt/ide", "/home", "/sys"]
)
def test_nothing_but_home_and_memory_is_writable(agent, folder):
    assert b"written" not in agent.shell(f"echo > {folder}/.probe && echo written")


def test_memory_folders_have_a_size(agent):
    sizes = agent.shell("df --output=size -B1 /tmp /dev/shm | tail -n +2").split()
    assert sizes == [b"536870912", b"67108864"]


@pytest.mark.parametrize(
    "file",
    ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname",
     "/proc/sys/user/max_user_namespaces"],
)  # fmt: skip
def test_the_kernel_is_not_set_from_inside(agent, file):
    assert b"written" not in agent.shell(f"echo 0 > {file} && echo written")


def test_no_further_namespaces(agent):
    output = agent.shell("for one in U m n p u i C; do unshare -$one true && echo made $one; done")
    assert b"made" not in output


def test_processes_outside_are_invisible(agent, sandbox):
    pids = [int(one) for one in agent.shell("ls /proc | grep '^[0-9]'").split()]
    assert 1 in pids
    assert len(pids) < 12
    assert b"No such process" in agent.shell(f"kill -0 {max(sandbox.pid, os.getpid())}")


def test_loopback_outside_is_another_one(agent):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        port = canary.getsockname()[1]
        assert b"refused" in agent.shell(f": </dev/tcp/127.0.0.1/{port}")
    assert agent.shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1").split() == [b"lo"]
    assert b"unreachable" in agent.shell(": </dev/tcp/169.254.169.254/80")


def test_abstract_sockets_outside_are_unreachable(agent):
    with socket.socket(socket.AF_UNIX) as canary:
        canary.bind("\0" + CANARY)
        canary.listen()
        code = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{CANARY}')"
        assert b"ConnectionRefusedError" in agent.python(code)


@pytest.mark.parametrize("port", [80, 1023, 1024, 8000, 65535])
def test_any_port_can_be_bound(agent, port):
    code = f"import socket; socket.create_server(('127.0.0.1', {port})); print('bound')"
    assert agent.python(code) == b"bound\n"


def test_consoles_share_processes_files_and_loopback(agent):
    agent.spawn("server", [agent.interpreter, "-c", SERVER])
    agent.read_until("server", b"listening")
    assert agent.shell("exec 3</dev/tcp/localhost/7000; cat <&3") == b"hello over there"
    agent.event("exit", "server")
    agent.spawn("sleeper", ["/bin/bash", "-c", "echo shared >/tmp/file; echo up; exec sleep 987"])
    agent.read_until("sleeper", b"up")
    assert b"sleep 987" in agent.shell("cat /tmp/file; ps -eo args; pkill -f '^sleep 987'")
    assert agent.event("exit", "sleeper")[0]["how"] == "signal"
