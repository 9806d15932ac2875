"""Debian's Firefox over WebDriver BiDi, which it speaks itself: Debian has no geckodriver."""

import json
import os
import re
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any, Self

from websocket import WebSocket, create_connection

from tests.waiting import wait_until

SECONDS = 60.0
CONTROL, SHIFT, ENTER, ESCAPE, F1 = "\ue009", "\ue008", "\ue007", "\ue00c", "\ue031"
WITH_SHIFT = frozenset('~!@#$%^&*()_+{}|:"<>?')
"""On the keyboard that BiDi types on, an American one."""


class Firefox:
    """One browser with one page, no display, and a new profile. Use as a context manager."""

    def __init__(self, program: str, profile: Path) -> None:
        words = [program, "--headless", "--no-remote", "--profile", str(profile)]
        words += ["--remote-debugging-port", "0", "--remote-allow-system-access", "about:blank"]
        self._printed = profile / "printed.txt"
        with self._printed.open("wb") as out:
            # It refuses another account's home.
            home = {**os.environ, "HOME": str(profile)}
            self._process = subprocess.Popen(words, env=home, stdout=out, stderr=out)
        self._socket: WebSocket | None = None
        self._asked = 0
        self.troubles: list[str] = []
        """What went wrong in the page: thrown, logged, or forbidden by its policy."""

    def __enter__(self) -> Self:
        where = re.compile(r"WebDriver BiDi listening on (\S+)\n")
        try:
            found = wait_until(lambda: where.search(self._printed.read_text()), SECONDS, "Firefox")
            address = f"{found[1]}/session"
            self._socket = create_connection(address, timeout=SECONDS, suppress_origin=True)
            self.ask("session.new", capabilities={})
            self.ask("session.subscribe", events=["log.entryAdded"])
            self._page, self._window = self._context("content"), self._context("chrome")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def ask(self, method: str, **params: Any) -> Any:
        """Return a command's result. Raises AssertionError with Firefox's words."""
        assert self._socket
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("method") == "log.entryAdded":
                entry = answer["params"]
                if entry["level"] in {"error", "warn"}:
                    self.troubles.append(entry["text"])
            if answer.get("id") == self._asked:
                assert answer["type"] == "success", f"{method}: {answer}"
                return answer["result"]

    def go(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def reload(self) -> None:
        self.ask("browsingContext.reload", context=self._page, wait="complete")

    def run(self, function: str, *words: Any, in_page: bool = True) -> Any:
        """Call a function of JavaScript with JSON and return its answer, in JSON too."""
        answer = self.ask(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify("
            f"await ({function})(...JSON.parse(given)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(words)}],
            target={"context": self._page if in_page else self._window},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def press(self, *keys: str) -> None:
        """Press keys one after another, and let go of them in the other order."""
        down = [{"type": "keyDown", "value": key} for key in keys]
        up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act("key", down + up)

    def type(self, text: str) -> None:
        for char in text:
            self.press(*([SHIFT] if char.isupper() or char in WITH_SHIFT else []), char)

    def drag(self, *points: tuple[float, float]) -> None:
        """Press the mouse at the first point, let go at the last: a click where it is one."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y)} for x, y in points]
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self._act("pointer", [moves[0], down, *moves[1:], up])

    def picture(self) -> bytes:
        return b64decode(self.ask("browsingContext.captureScreenshot", context=self._page)["data"])

    def _context(self, scope: str) -> str:
        """The page, or what is around it: Firefox's own window."""
        tree = self.ask("browsingContext.getTree", **{"moz:scope": scope})
        return tree["contexts"][0]["context"]

    def _act(self, kind: str, actions: list[dict[str, Any]]) -> None:
        source = {"type": kind, "id": kind, "actions": actions}
        self.ask("input.performActions", context=self._page, actions=[source])

    def _end(self) -> None:
        try:
            if self._socket:
                self._socket.shutdown()
        finally:
            self._process.terminate()
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(SECONDS)
