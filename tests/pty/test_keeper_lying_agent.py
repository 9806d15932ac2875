"""An agent that lies: wrong fds, too many, none, no answer, floods. The keeper stands."""

import array
import contextlib
import json
import os
import pty
import socket
import threading
import time
import tty
from pathlib import Path

import pytest

from ide.keeper.agent import ANSWER_SECONDS
from tests.keepers import CallError, running_keeper
from tests.pty.test_keeper_agent_races import ScriptedAgent
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


class LyingAgent(threading.Thread):
    """Answers hello and spawn; `lies_at` as `lie` (a function of the connection and the answer)."""

    lie = None
    lies_at = "take"

    def __init__(self, _folder: Path, runtime: Path) -> None:
        super().__init__(daemon=True)
        self._path = runtime / "agent.sock"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def start(self) -> tuple[Path, str]:
        if not self.is_alive():
            self._listener.bind(str(self._path))
            self._listener.listen(8)
            super().start()
        return self._path, "none"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    self._answer(connection, json.loads(data))

    def _answer(self, connection, request) -> None:
        answer = {"id": request["id"], "ok": True, "pid": 1, "consoles": [], "version": 1}
        if request["op"] == self.lies_at:
            self.lie(connection, answer, request)
        else:
            connection.send(json.dumps(answer).encode())

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def send(connection, answer, fds) -> None:
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    connection.sendmsg([json.dumps(answer).encode()], control)


def a_fifo(connection, answer, _request) -> None:
    read, write = os.pipe()
    send(connection, answer, [read])
    os.close(read)
    os.close(write)


def a_file(connection, answer, _request) -> None:
    with Path("/etc/passwd").open("rb") as file:
        send(connection, answer, [file.fileno()])


def many(connection, answer, _request) -> None:
    fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(64)]
    send(connection, answer, fds)
    for fd in fds:
        os.close(fd)


def two(connection, answer, _request) -> None:
    send(connection, answer, [0, 1])


def a_word_of_the_server(connection, answer, _request) -> None:
    """Nobody inside says that a person is not signed in."""
    send(connection, answer | {"ok": False, "code": "not_signed_in", "message": "x"}, [])


def nothing(connection, answer, _request) -> None:
    send(connection, answer, [])


def silence(_connection, _answer, _request) -> None:
    return


def garbage(connection, _answer, _request) -> None:
    with contextlib.suppress(OSError):
        for _ in range(500):
            connection.send(b"\xff\xfe not json")


def a_flood_of_events(connection, answer, _request) -> None:
    event = {"event": "exit", "console": "x" * 1000, "how": "exit", "status": 0, "at": 0}
    for _ in range(2000):
        connection.send(json.dumps(event).encode())
    odd = [{"event": "exit"}, {"event": "connect"}, {"id": "x"}, [], {"event": {}}]
    for one in odd:
        connection.send(json.dumps(one).encode())
    send(connection, answer, [0])


def three(connection, answer, _request) -> None:
    master, slave = pty.openpty()
    one, other = os.pipe(), os.pipe()
    send(connection, answer, [master, one[0], other[1]])
    for fd in (master, slave, *one, *other):
        os.close(fd)


def count_open(run) -> int:
    return len(list(Path(f"/proc/{run.process.pid}/fd").iterdir()))


def count_open_at_rest(run) -> int:
    """As `count_open`, once the thread that lists commands has its database open."""
    run.call("cards.list")
    return count_open(run)


LIES = [
    a_fifo, a_file, many, two, silence, garbage, a_flood_of_events, a_word_of_the_server
]  # fmt: skip


@pytest.mark.parametrize(
    ("lie", "lies_at"),
    [(lie, "take") for lie in [*LIES, nothing]] + [(lie, "spawn") for lie in [*LIES, three]],
)
def test_whatever_the_agent_passes_the_console_is_refused_and_the_keeper_stands(lie, lies_at):
    agent = type("Agent", (LyingAgent,), {"lie": staticmethod(lie), "lies_at": lies_at})
    with running_keeper(agent=agent) as run:
        before = count_open_at_rest(run)
        began = time.monotonic()
        with pytest.raises(CallError, match="unavailable"):
            run.new_bash()
        assert time.monotonic() - began < 4 * ANSWER_SECONDS
        assert run.call("consoles.list")["consoles"] == []
        # One connection to the agent at most is left over.
        wait_until(lambda: count_open(run) <= before + 1)


def test_a_terminal_that_the_agent_makes_wait_stops_nobody():
    with running_keeper(agent=ScriptedAgent) as run:
        console = run.new_bash()
        terminal = run.agent.fds[console]
        with run.link() as link:
            link.hello(console)
            os.set_blocking(terminal["master"], True)
            os.write(terminal[""], b"printed")
            link.read_until(b"printed")
            os.set_blocking(terminal["master"], True)
            tty.setraw(terminal[""])  # else the kernel forgets what is too much
            seqs = [link.type("x" * 4000) for _ in range(40)]  # more than a terminal takes
            assert link.call("consoles.list")["consoles"][0]["log_bytes"] >= len("printed")
            assert seqs[-1] not in link.inacks


ONE = {
    "pid": 5, "parent": 1, "console": None, "kind": "child", "command": "x", "cpu_usec": 1,
    "memory": 1, "started": 1.0, "start": 1,
}  # fmt: skip
NO_LISTS = [
    b"", b"[]", b"null", b"\xff", b"[" * 60_000, b"{}", b'{"processes": 7}', b"x" * 600_000,
    b'{"processes": [' + b"7," * 200_000,
]  # fmt: skip
ODD = [
    None, 7, [], {}, {**ONE, "pid": "5"}, {**ONE, "pid": -1}, {**ONE, "pid": True},
    {**ONE, "memory": 2**70}, {**ONE, "cpu_usec": 1.5}, {**ONE, "started": float("nan")},
    {**ONE, "started": "now"}, {**ONE, "command": 5}, {**ONE, "start": None},
]  # fmt: skip


class ListsLies(ScriptedAgent):
    """An honest agent but for its list of processes: `lie` is what it writes, None for nothing."""

    lie: bytes | None = b""

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while True:
                data, fds, _, _ = socket.recv_fds(connection, 65536, 4)
                if not data:
                    return
                request = json.loads(data)
                if request["op"] == "processes":
                    self.say(connection, request)
                    threading.Thread(target=self._write, args=(fds[0],), daemon=True).start()
                else:
                    self.answer(connection, request)

    def _write(self, fd: int) -> None:
        with socket.socket(fileno=fd) as out, contextlib.suppress(OSError):
            if self.lie is None:
                threading.Event().wait(60)
            out.sendall(self.lie or b"")


@pytest.fixture(scope="module")
def listing():
    with running_keeper(agent=ListsLies) as run:
        console = run.new_bash()
        yield run, console


def list_of(listing, lie):
    run, _ = listing
    run.agent.lie = lie
    with pytest.raises(CallError, match="not_found"):  # asks anew, however new the last list is
        run.call("workspace.signal", pid=999_999, how="kill")
    return run.call("workspace.processes")


@pytest.mark.parametrize("lie", [*NO_LISTS, None])
def test_what_is_no_list_is_refused_in_time_and_nothing_is_left_open(listing, lie):
    run, console = listing
    before = count_open_at_rest(run)
    began = time.monotonic()
    run.agent.lie = lie
    with pytest.raises(CallError, match="unavailable"):
        run.call("workspace.processes")
    assert time.monotonic() - began < 4 * ANSWER_SECONDS
    assert run.console(console)["state"] == "running"
    wait_until(lambda: count_open(run) <= before + 1)


def test_of_a_list_of_odd_things_those_that_are_processes_are_shown_and_cleaned(listing):
    _, console = listing
    tricks = {**ONE, "pid": 6, "command": "a\x1b[2Jb\u202ec\ud800" + "y" * 5000}
    stolen = {**ONE, "pid": 7, "console": "f" * 16, "kind": "console"}
    right = {**ONE, "pid": 8, "console": console, "kind": "child", "more": "fields"}
    answer = {"processes": [*ODD, tricks, stolen, right, right], "more": "yes"}
    told = list_of(listing, json.dumps(answer).encode())
    shown = {one["pid"]: one for one in told["processes"]}
    assert set(shown) == {6, 7, 8}
    assert told["more"] is False
    assert len(shown[6]["command"]) <= 200
    assert shown[6]["command"].startswith("a [2Jb c")
    assert (shown[7]["console"], shown[7]["kind"]) == (None, "detached")
    assert (shown[8]["console"], shown[8]["kind"]) == (console, "child")
    assert set(shown[8]) == {*ONE, "cpu_percent"} - {"start"}


def test_a_list_without_end_is_cut(listing):
    many = [{**ONE, "pid": number} for number in range(2, 3000)]
    told = list_of(listing, json.dumps({"processes": many}).encode())
    assert len(told["processes"]) == 512
    assert told["more"] is True
