"""An agent that says anything at all, by chance from a fixed seed: the keeper stays what it was.

What each single lie does is in tests/pty/test_keeper_lying_agent.py.
"""

import array
import contextlib
import json
import os
import pty
import random
import socket
import tempfile
from pathlib import Path

import pytest

from tests.keepers import CallError, running_keeper
from tests.pty.test_keeper_agent_races import ScriptedAgent
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

ROUNDS, ROUNDS_IN_FULL = 15, 200
MEMORY_KIB = 80 * 1024
NUMBERS = [
    0,
    -1,
    True,
    255,
    2**31,
    2**63,
    10**40,
    1.5,
    float("nan"),
    float("inf"),
    "0",
    None,
    [],
    {},
]
WORDS = ["", "exit", "signal", "x" * 5000, "\ud800", "\0", "../../etc/passwd", None, 7, {}, "a\nb"]


class Fuzzer(ScriptedAgent):
    """Says nonsense before each answer, and now and then instead of it."""

    chance = random.Random(0)

    def answer(self, connection, request) -> None:
        for _ in range(self.chance.randrange(6)):
            self.throw(connection, request)
        unknown = request["op"] == "take" and request["console"] not in self.fds
        if unknown or (request["op"] != "hello" and self.chance.random() < 0.1):
            self.instead(connection, request)
        else:
            super().answer(connection, request)

    def tell_end(self, name) -> None:
        """Say honestly that a program ended."""
        for connection in self.connections[-1:]:
            with contextlib.suppress(OSError):
                connection.send(json.dumps(self.end(name)).encode())

    def throw(self, connection, request) -> None:
        """Send a packet that nobody asked for, perhaps with descriptors."""
        data = self.chance.choice([self.event, self.reply, self.garbage])(request)
        with self.descriptors() as fds:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
            with contextlib.suppress(BlockingIOError):
                connection.sendmsg([data], rights, socket.MSG_DONTWAIT)

    def event(self, _request) -> bytes:
        names = [*self.fds, *WORDS]
        pick = self.chance.choice
        return json.dumps({
            "event": pick(["exit", "exit", "connect", *WORDS]), "console": pick(names),
            "how": pick(WORDS), "status": pick(NUMBERS), "at": pick(NUMBERS), "to": pick(WORDS),
        }).encode()  # fmt: skip

    def reply(self, request) -> bytes:
        pick = self.chance.choice
        number = pick([request["id"] - 1, request["id"] + 1000, *NUMBERS])
        answer = {"id": number, "ok": pick([True, False, *NUMBERS]), "code": pick(WORDS)}
        return json.dumps(answer | {"message": pick(WORDS), "consoles": pick(NUMBERS)}).encode()

    def garbage(self, _request) -> bytes:
        return self.chance.choice([
            self.chance.randbytes(self.chance.randrange(1, 3000)), b"[" * 50_000, b"9" * 60_000,
            b"\xff", b"null", b'{"a":' * 10_000, b"x" * 60_000,
        ])  # fmt: skip

    def instead(self, connection, request) -> None:
        """Answer with something else than what was asked for."""
        pick = self.chance.choice
        answer = {"id": request["id"], "ok": pick([True, False]), "code": pick(WORDS), "pid": 1,
                  "message": pick(WORDS)}  # fmt: skip
        with self.descriptors() as fds:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
            connection.sendmsg([json.dumps(answer).encode()], rights)

    @contextlib.contextmanager
    def descriptors(self):
        """Open some of all kinds, for a moment."""
        with contextlib.ExitStack() as after:
            made = []
            for _ in range(self.chance.choice([0, 0, 1, 2, 3, 3, 3, 4, 64])):
                fd = self.chance.choice(KINDS)()
                made.append(fd)
                after.callback(os.close, fd)
            yield made


def _only(pair, number):
    os.close(pair[1 - number])
    return pair[number]


def _fifo_by_path():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fifo")
        os.mkfifo(path)
        return os.open(path, os.O_PATH)


KINDS = [
    lambda: os.open("/dev/null", os.O_RDWR),
    lambda: os.open("/proc/self/mem", os.O_RDONLY),
    lambda: os.open("/etc", os.O_RDONLY | os.O_DIRECTORY),
    lambda: os.memfd_create("memory"),
    lambda: os.eventfd(0),
    lambda: os.pidfd_open(os.getpid()),
    lambda: _only(os.pipe(), 0),
    lambda: _only(os.pipe(), 1),
    lambda: _only(pty.openpty(), 0),
    lambda: _only(pty.openpty(), 1),
    lambda: _only([one.detach() for one in socket.socketpair()], 0),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).detach(),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach(),
    _fifo_by_path,
]


def strict(text):
    """Parse JSON as browsers do: no NaN, no Infinity."""

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def memory_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_agent_says_the_keeper_serves_on(seed, full):
    agent = type("Agent", (Fuzzer,), {"chance": random.Random(seed)})
    with running_keeper(agent=agent) as run:
        fds = Path(f"/proc/{run.process.pid}/fd")
        made = 0
        for _ in range(ROUNDS_IN_FULL if full else ROUNDS):
            with contextlib.suppress(CallError):
                run.new_bash()
                made += 1
            listed = run.call("consoles.list")["consoles"]
            assert strict(json.dumps(listed)) == listed
            for one in listed:
                run.agent.tell_end(one["id"])
        assert run.process.poll() is None
        assert made
        assert memory_kib(run.process.pid) < MEMORY_KIB
        left = len(run.call("consoles.list")["consoles"])
        wait_until(lambda: len(list(fds.iterdir())) < 40 + 8 * left, what="descriptors are closed")
        assert "Traceback" not in run.log.read_text(), run.log.read_text()[-3000:]
