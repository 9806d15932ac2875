"""What an honest agent says at an awkward moment: endings that come early, late, or unheard."""

import array
import contextlib
import json
import os
import pty
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from ide.wire.frames import Kind, pack_json, unpack_json
from tests.keepers import SECONDS, CallError, PlainAgent, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


class ScriptedAgent(threading.Thread):
    """Keeps real ptys and pipes without any program; a test overrides what it says and when."""

    def __init__(self, _folder: Path, runtime: Path) -> None:
        super().__init__(daemon=True)
        self._path = runtime / "agent.sock"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.fds: dict[str, dict[str, int]] = {}
        self.exits: dict[str, dict[str, object] | None] = {}
        self.connections: list[socket.socket] = []
        self.asked: list[tuple[str, str]] = []

    def start(self) -> tuple[Path, str]:
        if not self.is_alive():
            self.listener.bind(str(self._path))
            self.listener.listen(8)
            super().start()
        return self._path, "none"

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                request = json.loads(data)
                self.asked.append((request["op"], request.get("console", "")))
                self.answer(connection, request)

    def answer(self, connection, request) -> None:
        name = request.get("console", "")
        if request["op"] == "hello":
            consoles = [{"console": one, "pid": 1, "exit": self.exits[one]} for one in self.fds]
            self.say(connection, request, consoles=consoles, version=1)
        elif request["op"] == "take":
            self.say(connection, request, fd=self.fds[name][request["what"]])
        else:
            if request["op"] == "spawn":
                self.spawn(name)
            self.say(connection, request, pid=1)

    def spawn(self, name: str) -> None:
        master, slave = pty.openpty()
        read, write = os.pipe()
        self.fds[name] = {"master": master, "pipe_read": read, "pipe_write": write, "": slave}
        self.exits[name] = None

    def end(self, name: str) -> dict[str, object]:
        """Note that the program ended, as the agent does when it reaps; returns the event."""
        self.exits[name] = {"how": "exit", "status": 7, "at": time.time()}
        return {"event": "exit", "console": name, **self.exits[name]}

    @staticmethod
    def say(connection, request, fd=None, **more) -> None:
        rights = (
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
            if fd is not None
            else []
        )
        answer = {"id": request["id"], "ok": True, **more}
        connection.sendmsg([json.dumps(answer).encode()], rights)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for fd in (fd for fds in self.fds.values() for fd in fds.values()):
            os.close(fd)


class EndsBeforeItIsTaken(ScriptedAgent):
    """Its programs end before the keeper has their terminals: a script of one line on a busy
    machine, or a program that ends while a new keeper comes."""

    is_early = True

    def answer(self, connection, request) -> None:
        if self.is_early and (request["op"], request.get("what")) == ("take", "master"):
            connection.send(json.dumps(self.end(request["console"])).encode())
        super().answer(connection, request)


def _ended(run, console):
    info = run.console(console)
    return info if info["state"] == "ended" else None


def test_a_program_that_ends_before_its_terminal_is_taken_has_ended():
    with running_keeper(agent=EndsBeforeItIsTaken) as run:
        console = run.new_bash()
        info = wait_until(lambda: _ended(run, console), SECONDS)
        assert info["exit"] == {"how": "exit", "status": 7}


def test_a_program_that_ends_while_a_new_keeper_takes_it_back_has_ended():
    with running_keeper(agent=EndsBeforeItIsTaken) as run:
        run.agent.is_early = False
        console = run.new_bash()
        run.kill()
        run.agent.is_early = True
        run.start()
        info = wait_until(lambda: _ended(run, console), SECONDS)
        assert info["exit"] == {"how": "exit", "status": 7}


def test_an_ending_that_no_connection_carried_is_learnt_from_the_next_one():
    with running_keeper(agent=ScriptedAgent) as run:
        console = run.new_bash()
        run.agent.end(console)
        run.agent.connections[-1].shutdown(socket.SHUT_RDWR)
        info = wait_until(lambda: _ended(run, console), SECONDS)
        assert info["exit"] == {"how": "exit", "status": 7}


def _create(run) -> str:
    """Create a console; a sandbox that ended just now may be said once."""
    with contextlib.suppress(CallError):
        return run.new_bash()
    return run.new_bash()


def test_a_call_while_the_sandbox_dies_gets_a_new_one_and_the_old_consoles_end():
    with running_keeper() as run:
        old = run.new_bash()
        run.agent.kill()
        new = _create(run)
        info = wait_until(lambda: _ended(run, old), SECONDS)
        assert info["exit"]["how"] == "lost"
        with run.link() as link:
            link.hello(new)
            link.type("echo al''ive\n")
            link.read_until(b"alive\r\n")


def test_a_console_that_was_just_hung_up_ends_with_its_sandbox_and_so_do_the_others():
    with running_keeper(agent=ScriptedAgent) as run:
        consoles = [run.new_bash(), run.new_bash()]
        with run.link() as link:
            args = {"console": consoles[0], "how": "hangup"}
            link.send(Kind.CALL, 0, pack_json({"id": 1, "op": "consoles.end", "args": args}))
            wait_until(lambda: ("hangup", consoles[0]) in run.agent.asked, SECONDS)
            run.call("consoles.list")  # by now the terminal is let go of
            run.agent.listener.shutdown(socket.SHUT_RDWR)
            run.agent.connections[-1].shutdown(socket.SHUT_RDWR)
            for console in consoles:
                assert (
                    wait_until(lambda c=console: _ended(run, c), SECONDS)["exit"]["how"] == "lost"
                )


class LookingAgent(ScriptedAgent):
    """Looks into the keeper's journal whenever it is asked to start or forget a session: there
    it must stand already, should the keeper be killed now."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        super().__init__(folder, runtime)
        self._journal = folder / "d" / runtime.name / "journal.db"
        self.seen: list[tuple[str, str, int | None]] = []

    def answer(self, connection, request) -> None:
        if request["op"] in {"spawn", "forget"}:
            with contextlib.closing(sqlite3.connect(self._journal)) as db:
                columns = "SELECT state, exit_status FROM consoles WHERE id = ?"
                row = db.execute(columns, (request["console"],)).fetchone()
            self.seen.append((request["op"], *row))
        super().answer(connection, request)
        if request["op"] == "take" and request["what"] == "pipe_write":
            connection.send(json.dumps(self.end(request["console"])).encode())


def test_what_the_agent_does_or_forgets_stands_in_the_journal_before():
    with running_keeper(agent=LookingAgent) as run:
        console = run.new_bash()
        wait_until(lambda: len(run.agent.seen) == 2, SECONDS)
        run.call("consoles.restart", console=console, cols=80, rows=24)
        wait_until(lambda: len(run.agent.seen) == 4, SECONDS)
        one_run = [("spawn", "running", None), ("forget", "ended", 7)]
        assert run.agent.seen == one_run + one_run


class WaitingAgent(PlainAgent):
    """The real agent; once its first sandbox ended, the next one starts when it may."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        super().__init__(folder, runtime)
        self.wanted, self.may_start = threading.Event(), threading.Event()

    def start(self) -> tuple[Path, str]:
        if self.process and self.process.poll() is not None:
            self.wanted.set()
            assert self.may_start.wait(SECONDS)
        return super().start()


def test_a_console_that_is_about_to_start_again_is_neither_removed_nor_started_twice():
    size = {"cols": 80, "rows": 24}
    with running_keeper(agent=WaitingAgent) as run:
        (run.agent.home / "a.sh").write_text("sleep 1000\n")
        console = run.call("runs.start", path="a.sh", mode="ask", **size)["id"]
        run.agent.kill()
        wait_until(lambda: _ended(run, console), SECONDS)
        with run.link() as link:
            args = {"console": console, **size}
            link.send(Kind.CALL, 0, pack_json({"id": 1, "op": "consoles.restart", "args": args}))
            assert run.agent.wanted.wait(SECONDS)
            for op in ("consoles.remove", "consoles.restart"):
                with pytest.raises(CallError, match="conflict: This console is just being"):
                    run.call(op, **args)
            run.agent.may_start.set()
            while (frame := link.receive()).kind != Kind.REPLY:
                continue
        assert unpack_json(frame.payload)["value"]["state"] == "running"
        with run.link() as link:
            link.hello(console)
            assert link.read_until(b"started again").count(b"started again") == 1
        run.call("consoles.end", console=console, how="kill")
        run.call("consoles.remove", console=console)
        assert run.call("consoles.list")["consoles"] == []


class SlowAgent(ScriptedAgent):
    """Starts its first program later than the keeper waits, as a machine without memory does."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        super().__init__(folder, runtime)
        self.may_start = threading.Event()

    def answer(self, connection, request) -> None:
        name = request.get("console", "")
        if request["op"] == "spawn" and self.exits.get(name, {}) is None:
            self.refuse(connection, request, "conflict")
            return
        if request["op"] == "spawn":
            assert self.may_start.wait(2 * SECONDS)
        elif request["op"] == "kill":
            connection.send(json.dumps(self.end(name)).encode())
        elif request["op"] == "forget" and self.exits.get(name, {}) is None:
            self.refuse(connection, request, "conflict")
            return
        elif request["op"] == "forget" and name in self.fds:
            for fd in self.fds.pop(name).values():
                os.close(fd)
        super().answer(connection, request)

    @staticmethod
    def refuse(connection, request, code) -> None:
        answer = {"id": request["id"], "ok": False, "code": code, "message": "no"}
        connection.send(json.dumps(answer).encode())


def test_a_program_that_starts_after_all_is_ended_and_the_console_can_start_again():
    with running_keeper(agent=SlowAgent) as run:
        run.agent.may_start.set()
        console = run.new_bash()
        run.call("consoles.end", console=console, how="kill")
        run.agent.may_start.clear()
        with pytest.raises(CallError, match="unavailable: The sandbox does not answer"):
            run.call("consoles.restart", console=console, cols=80, rows=24)
        with pytest.raises(CallError, match="conflict"):
            run.call("consoles.restart", console=console, cols=80, rows=24)
        run.agent.may_start.set()
        wait_until(lambda: not run.agent.fds, SECONDS)
        again = wait_until(lambda: _restarted(run, console), SECONDS)
        assert again["state"] == "running"
        assert run.console(console)["state"] == "running"


def _restarted(run, console):
    with contextlib.suppress(CallError):
        return run.call("consoles.restart", console=console, cols=80, rows=24)
    return None
