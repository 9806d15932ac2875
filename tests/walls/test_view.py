"""What a program in a workspace sees of files, processes and ports, and what it may do there."""

import os
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


def test_only_its_own_processes_are_visible(agent):
    pids = [int(one) for one in agent.shell("ls /proc | grep '^[0-9]'").split()]
    assert 1 in pids
    assert len(pids) < 12


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


def test_what_programs_need_is_there(agent):
    """The filters look at arguments: the same calls with others go through."""
    code = """if True:
        import os, socket, stat
        for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                socket.socket(family, kind).close()
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
        os.close(os.open("made", os.O_CREAT | os.O_WRONLY, 0o1777))
        os.close(os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600))
        os.close(os.open("made", os.O_RDONLY, 0o4755))
        os.chmod("made", 0o1755), os.mkfifo("pipe"), os.mknod("node", stat.S_IFREG | 0o644)
        print("all done")
    """
    assert agent.python(code) == b"all done\n"
