"""A keeper of letters alone: the real frames, and the outbox of docs/protocol.md."""

import threading
from pathlib import Path
from typing import Any

from ide.wire import frames, stream
from ide.wire.frames import Kind
from tests.fakes.keeper import FakeKeeper

WAIT_SECONDS = 25.0


class OutboxKeeper(FakeKeeper):
    """Hands letters out until they are done; with `forgets_done` it does not hear that."""

    def __init__(self, runtime: Path, workspace: str) -> None:
        super().__init__(runtime, workspace)
        self.letters: list[dict[str, Any]] = []
        self.forgets_done = False
        self.done: list[int] = []
        self.taken = 0
        self._news = threading.Condition()

    def ring(self, number: int, **more: Any) -> dict[str, Any]:
        """Put a letter into the outbox."""
        letter = {
            "id": number, "at": 1000.0 + number, "bell": 1, "when": "finished", "console": "c1",
            "console_title": "Bash", "title": f"job {number}", "ending": "finished after 3 min",
            "ok": True, "epoch": "e", "offset": 5, "excerpt": None, **more,
        }  # fmt: skip
        with self._news:
            self.letters.append(letter)
            self._news.notify_all()
        return letter

    def _call(self, connection: Any, call: dict[str, Any], grant: Any) -> None:
        op, args = call["op"], call["args"]
        if not op.startswith("outbox.") or op in self.answers:
            super()._call(connection, call, grant)
            return
        assert grant.login == "clerk"
        value: dict[str, Any] = {}
        with self._news:
            if op == "outbox.take":
                self._news.wait_for(lambda: self.letters, WAIT_SECONDS)
                value = {"letters": [one for one in self.letters if one["id"] > args["after"]]}
                self.taken += 1
            else:
                self.done += args["ids"]
                if not self.forgets_done:
                    self.letters = [one for one in self.letters if one["id"] not in args["ids"]]
        reply = frames.pack_json({"id": call["id"], "ok": True, "value": value})
        self._event(connection)  # must be skipped
        connection.sendall(stream.prefixed(frames.encode(Kind.REPLY, 0, reply)))
