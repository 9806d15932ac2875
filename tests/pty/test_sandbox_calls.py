"""System calls that both filters refuse, each made by a real program inside."""

import errno
import json
import os
import platform
import signal

import pyseccomp
import pytest

from ide.sandbox.syscalls import REFUSED
from tests.sandboxes import running_sandbox

pytestmark = pytest.mark.pty

HIGH = 1 << 32
CLONE_NEW = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
PROBE = """
import ctypes, json, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
answers = {}
for name, number, arguments in json.loads(sys.argv[1]):
    ctypes.set_errno(0)
    words = [ctypes.c_ulong(one) for one in arguments]
    result = libc.syscall(ctypes.c_long(number), *words)
    if result == 0 and number == CLONE:
        import os
        os._exit(0)
    answers[name] = ctypes.get_errno() if result == -1 else 0
print("ANSWERS" + json.dumps(answers))
"""
# mov eax, 20; int 0x80; ret: getpid of the 32-bit table
INT_80 = """
memory = mmap.mmap(-1, 4096, prot=7)
memory.write(bytes.fromhex("b814000000cd80c3"))
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()
"""
EXPECTED_MISSING = ("clone3", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount",
                    "fspick", "mount_setattr", "memfd_secret")  # fmt: skip


def number(name):
    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)


@pytest.fixture(scope="module")
def agent():
    with running_sandbox() as sandbox, sandbox.agent() as client:
        yield client


def answers(agent, calls):
    """Make each (name, number, arguments) inside; return the errno of each, 0 for success."""
    code = PROBE.replace("CLONE", str(number("clone")))
    output = agent.python(code, json.dumps(calls))
    return json.loads(output.decode().partition("ANSWERS")[2])


def test_refused_calls(agent):
    calls = [(name, number(name), [0] * 6) for name in sorted(REFUSED) if number(name) >= 0]
    assert len(calls) > 50
    assert answers(agent, calls) == {name: errno.EPERM for name, *_ in calls}


def test_calls_that_seem_not_to_exist(agent):
    calls = [(name, number(name), [0] * 6) for name in EXPECTED_MISSING if number(name) >= 0]
    calls += [("fchmodat2", 452, [0] * 6), ("of the future", 700, [0] * 6)]
    assert answers(agent, calls) == {name: errno.ENOSYS for name, *_ in calls}


@pytest.mark.parametrize("high", [0, HIGH, 0xFFFFFFFF << 32])
def test_no_typing_into_terminals(agent, high):
    letter = 0
    calls = [
        (name, number("ioctl"), [0, code | high, letter])
        for name, code in {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "TIOCCONS": 0x541D}.items()
    ]
    assert set(answers(agent, calls).values()) == {errno.EPERM}


def test_no_new_namespaces_by_clone(agent):
    calls = [
        (hex(flag), number("clone"), [flag | bits | signal.SIGCHLD, 0, 0, 0, 0])
        for flag in CLONE_NEW
        for bits in (0, HIGH)
    ]
    assert set(answers(agent, calls).values()) == {errno.EPERM}


def test_socket_families(agent):
    def calls(names):
        return [(name, number("socket"), list(arguments)) for name, arguments in names.items()]

    refused = {
        "packet": (17, 3, 0), "bluetooth": (31, 3, 0), "alg": (38, 5, 0), "vsock": (40, 1, 0),
        "xdp": (44, 3, 0), "netlink audit": (16, 3, 9), "netlink netfilter": (16, 3, 12),
        "packet, high": (17 | HIGH, 3, 0), "ax25": (3, 2, 0), "appletalk": (5, 2, 0),
        "netlink, high": (16 | HIGH, 3, 12),
    }  # fmt: skip
    allowed = {"unix": (1, 1, 0), "inet": (2, 1, 0), "inet6": (10, 2, 0), "route": (16, 3, 0)}
    assert set(answers(agent, calls(refused)).values()) == {errno.EPERM}
    assert set(answers(agent, calls(allowed)).values()) == {0}


def test_no_setuid_and_no_devices(agent):
    script = """
    cd /tmp; touch file; chmod 4755 file; chmod 2755 file; chmod u+s file; stat -c %a file
    mknod device c 1 3 && echo device; mknod disk b 8 0 && echo disk; mkfifo pipe && echo pipe
    """
    output = agent.shell(script)
    assert output.count(b"Operation not permitted") == 5
    assert output.splitlines()[-1] == b"pipe"
    assert b"644\n" in output


def test_setuid_programs_stay_as_they_are(agent):
    assert b"uid=1000" in agent.shell("id; /usr/bin/su -c id </dev/null; /usr/bin/passwd -S root")
    assert b"uid=0" not in agent.shell("/usr/bin/su -c id </dev/null")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86-64's other call tables")
@pytest.mark.parametrize(
    "code",
    [
        "ctypes.CDLL(None).syscall(ctypes.c_long(39 | 0x40000000))",
        INT_80,
    ],
    ids=["x32", "int 0x80"],
)
def test_other_call_tables_kill(agent, code):
    argv = [agent.interpreter, "-c", f"import ctypes, mmap\n{code}\nprint('survived')"]
    output, status = agent.run(*argv)
    assert (output, status) == (b"", -signal.SIGSYS)


def test_ordinary_programs_work(agent):
    script = """
    set -e; cd; python3=$(cat /opt/ide/interpreter)
    $python3 -c 'import threading, multiprocessing as m, sqlite3, ssl, asyncio
if __name__ == "__main__":
    t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()
    p = m.get_context("fork").Process(target=print, args=("process",)); p.start(); p.join()
    asyncio.run(asyncio.sleep(0)); sqlite3.connect("/home/user/db").execute("create table t(a)")'
    tar cf /tmp/all.tar .; perl -e 'print "perl\\n"'; git init -q repo; cd repo; echo a >a
    git add a; git -c user.name=u -c user.email=e commit -qm one; git --no-pager log --format=%s
    """
    if os.access("/usr/bin/gcc", os.X_OK):
        script += "echo 'int main(){return 0;}' >a.c; gcc a.c; ./a.out; echo compiled\n"
    output = agent.shell(script).split()
    assert output[:4] == [b"thread", b"process", b"perl", b"one"]
    assert output[4:] in ([], [b"compiled"])
