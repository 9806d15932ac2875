"""A keeper of calls alone: a real unix socket that speaks the real frames of docs/protocol.md.

Checked against the real one by tests that run the same calls on both.
"""

import array
import contextlib
import os
import socket
import time
from pathlib import Path

from ide.guard.grant import Grant, Right
from ide.wire import frames, stream
from ide.wire.frames import Kind
from tests.fakes.accepting import Accepting

RIGHTS = {
    "consoles.list": Right.VIEW,
    "workspace.wake": Right.VIEW,
    "workspace.usage": Right.VIEW,
    "workspace.processes": Right.VIEW,
    "files.open": Right.FILES,
    "log.open": Right.VIEW,
    "bells.list": Right.VIEW,
    "letters.list": Right.VIEW,
    "log.part": Right.VIEW,
    "log.map": Right.VIEW,
    "log.search": Right.VIEW,
    "files.changed": Right.FILES,
}

LOGS = {"log.open", "log.part", "log.search"}


class FakeKeeper:
    """Listens at R/<ws>/keeper.sock until `stop`."""

    def __init__(self, runtime: Path, workspace: str) -> None:
        self.path = runtime / workspace / "keeper.sock"
        self.workspace = workspace
        self.grants: list[Grant] = []
        self.calls: list[tuple[str, dict]] = []
        self.consoles: dict[str, dict] = {}
        self.file_ends: list[socket.socket] = []
        self.answers: dict[str, dict] = {}
        self.knows_clocks = True
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._accepting: Accepting | None = None

    def start(self) -> "FakeKeeper":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        self._accepting = Accepting(self._listener, self._serve)
        return self

    def stop(self) -> None:
        """As kill -9 would: the socket file stays behind."""
        assert self._accepting
        self._accepting.stop()
        for each in self.file_ends:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _serve(self, connection: socket.socket) -> None:
        splitter = stream.Splitter()
        grant: Grant | None = None
        while data := connection.recv(65536):
            for message in splitter.feed(data):
                frame = frames.decode(message)
                if grant is None or frame.kind == Kind.GRANT:
                    assert frame.kind == Kind.GRANT, "the first frame is GRANT"
                    grant = Grant.from_json(frames.unpack_json(frame.payload))
                    assert grant.workspace == self.workspace
                    self.grants.append(grant)
                else:
                    assert frame.kind == Kind.CALL
                    self._call(connection, frames.unpack_json(frame.payload), grant)

    def _event(self, connection: socket.socket) -> None:
        value = {"type": "consoles", "consoles": list(self.consoles.values())}
        self._send(connection, Kind.EVENT, 0, frames.pack_json(value))

    def _call(self, connection: socket.socket, call: dict, grant: Grant) -> None:
        op, args = call["op"], call["args"]
        self.calls.append((op, args))
        fds = []
        if not grant.allows(RIGHTS.get(op, Right.MANAGE), time.time()):
            answer = {"ok": False, "code": "forbidden", "message": "no", "detail": {}}
        elif op in self.answers:
            answer = self.answers[op]
        elif op == "files.open" or (op in LOGS and args["console"] in self.consoles):
            mine, theirs = socket.socketpair()
            self.file_ends.append(mine)
            fds = [theirs.detach()]
            answer = {"ok": True, "value": {}}
            if op == "log.part":
                answer["value"] = {
                    "start": 7, "end": 11, "oldest": 2, "head": 99, "at": 1700000000.5,
                    "cut_start": False, "cut_end": True,
                }  # fmt: skip
            elif op == "log.open":
                title = self.consoles[args["console"]].get("title", "Bash")
                timed = self.knows_clocks and args.get("timed", False)
                answer["value"] = {"start": 0, "end": 4, "title": title, "timed": timed}
        else:
            answer = self._consoles(op, args)
        reply = frames.encode(Kind.REPLY, 0, frames.pack_json({"id": call["id"], **answer}))
        self._event(connection)  # must be skipped: other frames may come between
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        connection.sendmsg([stream.prefixed(reply)], ancillary)
        for fd in fds:
            os.close(fd)

    def _consoles(self, op: str, args: dict) -> dict:
        if op == "workspace.wake":
            return {"ok": True, "value": {"sandbox": "bubblewrap", "network": "web"}}
        if op == "files.changed":
            return {"ok": True, "value": {}}
        if op == "consoles.list":
            return {"ok": True, "value": {"consoles": list(self.consoles.values())}}
        if op in {"consoles.create", "runs.start"}:
            name = f"c{len(self.consoles) + 1}"
            self.consoles[name] = {"id": name, "state": "running", **args}
            return {"ok": True, "value": self.consoles[name]}
        console = self.consoles.get(args["console"])
        if console is None:
            return {"ok": False, "code": "not_found", "message": "No such console.", "detail": {}}
        changes = {key: value for key, value in args.items() if key in {"title", "cols", "rows"}}
        console |= changes | {"state": "ended" if op == "consoles.end" else console["state"]}
        if op == "consoles.remove":
            del self.consoles[args["console"]]
        return {"ok": True, "value": console}

    @staticmethod
    def _send(connection: socket.socket, kind: int, channel: int, payload: bytes) -> None:
        connection.sendall(stream.prefixed(frames.encode(kind, channel, payload)))
