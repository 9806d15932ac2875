"""xterm.js without a page: one long-lived Node process that plays what it is told."""

import base64
import json
import select
import subprocess
from pathlib import Path
from typing import Any, Final, Self

import hatch_build

_DRIVER: Final = Path(hatch_build.FRONTEND) / "tests" / "headless.mjs"
_ANSWER_SECONDS: Final = 60.0
_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024

State = dict[str, Any]
Step = bytes | tuple[int, int]
"""Bytes that are written, or a new grid as (cols, rows)."""


class Headless:
    """Plays steps on fresh terminals. Not thread-safe."""

    def __init__(self) -> None:
        node = str(Path(hatch_build._npm_command()[0]).parent / "node")
        if not (hatch_build.FRONTEND / "node_modules" / "@xterm" / "headless").is_dir():
            hatch_build.npm("--version")
        self._node = subprocess.Popen(
            [node, str(_DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def play(self, size: tuple[int, int], *steps: Step) -> State:
        """Return the state of a terminal of `size` (cols, rows) after these steps."""
        words = [
            ["write", base64.b64encode(step).decode()]
            if isinstance(step, bytes)
            else ["resize", *step]
            for step in steps
        ]
        state: State = self._ask({"cols": size[0], "rows": size[1], "steps": words})
        return state

    def widths(self) -> str:
        """Return the cells of every code point, one digit each."""
        widths: str = self._ask({"widths": True})
        return widths

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._node.stdin
        self._node.stdin.write(json.dumps(request).encode() + b"\n")
        self._node.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> bytes:
        stream = self._node.stdout
        assert stream
        assert select.select([stream], [], [], _ANSWER_SECONDS)[0], "xterm.js does not answer"
        line = stream.readline(_MAX_ANSWER_BYTES)
        assert line.endswith(b"\n"), "the Node process ended"
        return line

    def close(self) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()
        self._node.stdout.close()
        self._node.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
