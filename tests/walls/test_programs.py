"""Programs that people use run under both filters, by whatever call they start others."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from tests.sandboxes import running_sandbox

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox() as running:
        yield running


@pytest.fixture
def agent(sandbox):
    with sandbox.agent() as client:
        yield client
        client.forget_all()


def planted(sandbox, name, text):
    """Put a program into the home folder."""
    path = sandbox.home / name
    path.write_text(text)
    path.chmod(0o755)


STARTERS = """
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *words[] = {"true", NULL};

static void ended(const char *how, pid_t pid) {
    int status = -1;
    printf("%s %d\\n", how, pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1);
    fflush(stdout);
}

static void *thread(void *got) { *(int *)got = 7; return NULL; }

int main(void) {
    pid_t pid = fork();
    if (pid == 0) { execvp("true", words); _exit(127); }
    ended("fork", pid);
    pid = vfork();
    if (pid == 0) { execvp("true", words); _exit(127); }
    ended("vfork", pid);
    if (posix_spawnp(&pid, "true", NULL, NULL, words, environ)) pid = -1;
    ended("posix_spawn", pid);
    ended("system", system("true") == 0 ? (pid = fork()) == 0 ? (_exit(0), 0) : pid : -1);
    struct clone_args args = {.exit_signal = SIGCHLD};
    long made = syscall(SYS_clone3, &args, sizeof args);
    if (made == 0) _exit(0);
    printf("clone3 %s\\n", made < 0 && errno == ENOSYS ? "falls back" : "is there");
    int got = 0;
    pthread_t one;
    if (pthread_create(&one, NULL, thread, &got) == 0) pthread_join(one, NULL);
    printf("thread %d\\n", got);
    return 0;
}
"""


def test_gcc_and_every_way_to_start_a_process(agent, sandbox):
    planted(sandbox, "starters.c", STARTERS)
    output = agent.shell("gcc -pthread -o starters starters.c && ./starters")
    assert output.decode().splitlines() == [
        "fork 0", "vfork 0", "posix_spawn 0", "system 0", "clone3 falls back", "thread 7",
    ]  # fmt: skip


def test_git(agent):
    script = """
    set -e; git init -q repo; cd repo; git config user.name u; git config user.email e
    for one in 1 2 3; do echo $one >file; git add file; git commit -qm "number $one"; done
    git gc -q; git clone -q . ../copy; git -C ../copy --no-pager log --format=%s
    git fsck &>/dev/null && echo sound
    """
    assert agent.shell(script).splitlines() == [b"number 3", b"number 2", b"number 1", b"sound"]


PROCESSES = """
import asyncio, concurrent.futures, multiprocessing, subprocess, sys, threading
from multiprocessing import shared_memory


def square(number):
    return number * number


async def over_loopback():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        writer.close()

    async with await asyncio.start_server(answer, "localhost", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"hello\\\\n")
        said = await reader.readline()
        writer.close()
    child = await asyncio.create_subprocess_exec("echo", "child", stdout=subprocess.PIPE)
    return said.decode().strip(), (await child.communicate())[0].decode().strip()


if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, sum(pool.map(square, range(10))))
    block = shared_memory.SharedMemory(create=True, size=4096)
    block.buf[0] = 5
    again = shared_memory.SharedMemory(block.name)
    print("memory", again.buf[0])
    again.close(), block.close(), block.unlink()
    with concurrent.futures.ThreadPoolExecutor(50) as threads:
        print("threads", sum(threads.map(square, range(50))))
    print("asyncio", *asyncio.run(over_loopback()))
"""


def test_multiprocessing_threads_and_asyncio(agent, sandbox):
    planted(sandbox, "processes.py", PROCESSES.replace("\\\\n", "\\n"))
    output, status = agent.run(agent.interpreter, "processes.py")
    assert (output.decode().split("\r\n")[:-1], status) == (
        ["fork 285", "spawn 285", "forkserver 285", "memory 5", "threads 40425",
         "asyncio HELLO child"], 0,
    )  # fmt: skip


def test_venv(agent):
    make = "/usr/bin/python3 -m venv --without-pip made"
    look = "made/bin/python -c 'import sys; print(sys.prefix)'"
    assert agent.shell(f"{make} && {look}") == b"/home/user/made\n"


NODE = """
const { Worker, isMainThread, parentPort } = require("node:worker_threads");
const { execFileSync } = require("node:child_process");
const http = require("node:http");
if (!isMainThread) parentPort.postMessage("worker");
else new Worker(__filename).on("message", (said) => {
  console.log(said, execFileSync("echo", ["child"]).toString().trim());
  const server = http.createServer((_, answer) => answer.end("page")).listen(0, async () => {
    const got = await fetch(`http://127.0.0.1:${server.address().port}/`);
    console.log(await got.text());
    server.closeAllConnections();
    server.close();
  });
});
"""


def test_node(agent, sandbox):
    planted(sandbox, "program.js", NODE)
    assert agent.shell("node program.js") == b"worker child\npage\n"


def test_strace(agent):
    output = agent.shell("strace -f -e trace=execve sh -c 'true; /bin/true' 2>&1")
    assert output.count(b"execve(") == 2
    assert b"+++ exited with 0 +++" in output


def test_sqlite(agent):
    script = """
    sqlite3 db 'PRAGMA journal_mode=wal; CREATE TABLE t(a); INSERT INTO t VALUES (1);'
    for one in 2 3; do sqlite3 db "PRAGMA busy_timeout=9999; INSERT INTO t VALUES ($one)" & done
    wait; sqlite3 db 'SELECT sum(a) FROM t; PRAGMA integrity_check'
    """
    assert agent.shell(script).split() == [b"wal", b"9999", b"9999", b"6", b"ok"]


POSTGRESQL = r"""
import socket, struct

def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body

def read(one, size):
    data = b""
    while len(data) < size:
        data += one.recv(size - len(data))
    return data

server = socket.create_server(("127.0.0.1", 5432))
print("serv" + "ing", flush=True)
one = server.accept()[0]
while True:  # the client may ask for encryption first
    (length, version) = struct.unpack("!II", read(one, 8))
    read(one, length - 8)
    if version >> 16 == 3:
        break
    one.sendall(b"N")
ready = message(b"Z", b"I")
version = message(b"S", b"server_version\x0015.0\0")
one.sendall(message(b"R", struct.pack("!I", 0)) + version + ready)
kind, length = struct.unpack("!cI", read(one, 5))
query = read(one, length - 4).rstrip(b"\0")
column = b"said\0" + struct.pack("!IHIhIh", 0, 0, 25, -1, 0xFFFFFFFF, 0)
one.sendall(
    message(b"T", struct.pack("!H", 1) + column)
    + message(b"D", struct.pack("!HI", 1, len(query)) + query)
    + message(b"C", b"SELECT 1\0") + ready
)
one.recv(100)
"""
"""As much of a server as a client's one query needs: it answers with what was asked."""


def test_a_postgresql_client(agent, sandbox):
    refused = agent.shell("psql -h 127.0.0.1 -p 5432 -c 'select 1'")
    assert b"Connection refused" in refused
    planted(sandbox, "server.py", POSTGRESQL)
    agent.spawn("server", [agent.interpreter, "server.py"])
    agent.read_until("server", b"serving")
    assert agent.shell("psql -h 127.0.0.1 -U u -Atc 'select 42' d") == b"select 42\n"


def test_archives_and_perl(agent):
    script = "mkdir d; echo x >d/f; tar czf a.tgz d; tar xzOf a.tgz d/f"
    script += "; perl -e 'print 6*7, qq(\\n)'"
    assert agent.shell(script) == b"x\n42\n"


def bring(sandbox, package, *folders):
    """Copy a package of the test extras into the home folder, to `packages`."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        pytest.skip(f"needs {package}, which the test extras bring")
    packages = Path(found.origin).parents[1]
    for name in folders:
        without = shutil.ignore_patterns("tests", "*.pyi")
        shutil.copytree(packages / name, sandbox.home / "packages" / name, ignore=without)


def test_numpy(agent, sandbox):
    bring(sandbox, "numpy", "numpy", "numpy.libs")
    code = "import sys; sys.path.append('packages'); import numpy\n"
    code += "a = numpy.random.default_rng(1).random((200, 200)); b = a @ numpy.linalg.inv(a)\n"
    code += "print(numpy.allclose(b, numpy.eye(200)))"
    assert agent.python(code) == b"True\n"


ZEROMQ = """
import sys
sys.path.append("packages")
import zmq
context = zmq.Context()
context.setsockopt(zmq.RCVTIMEO, 20_000)
if sys.argv[1:]:
    answers, work = context.socket(zmq.REP), context.socket(zmq.PULL)
    answers.bind("tcp://127.0.0.1:80")
    work.bind("ipc://work.sock")
    port = context.socket(zmq.PUB).bind_to_random_port("tcp://*")
    print("serv" + "ing", flush=True)
    total = sum(int(work.recv()) for _ in range(1000))
    answers.recv()
    answers.send_string(f"{total} {port > 1023}")
else:
    questions, work = context.socket(zmq.REQ), context.socket(zmq.PUSH)
    work.connect("ipc://work.sock")
    for number in range(1000):
        work.send(b"%d" % number)
    questions.connect("tcp://127.0.0.1:80")
    questions.send(b"?")
    print(questions.recv_string())
"""
"""What notebooks and their like talk by: sockets on ports and on files, threads behind them."""


def test_zeromq_between_two_consoles(agent, sandbox):
    bring(sandbox, "zmq", "zmq", "pyzmq.libs")
    planted(sandbox, "talk.py", ZEROMQ)
    agent.spawn("server", [agent.interpreter, "talk.py", "serve"])
    agent.read_until("server", b"serving")
    assert agent.shell(f"{agent.interpreter} talk.py") == b"499500 True\n"
