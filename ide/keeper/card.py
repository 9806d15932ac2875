"""A card: one command of a shell, one statement of a Python console, or one run of a file."""

from dataclasses import dataclass
from typing import Any

from ide.keeper.signals import clean_line

MAX_EXCEPTION_CHARS = 200


@dataclass(slots=True)
class Card:
    """Times are seconds since the epoch; output is at [first, last) of the console's log.

    `kind` is `command`, `statement` or `run`; `how` a word of EXIT. While it runs `ended`, `how`
    and `last` are None. `status` is None where nobody knows it.
    """

    id: int
    console: str
    epoch: str
    kind: str
    command: str
    cwd: str
    interpreter: str
    started: float
    first: int
    state: str = "running"
    ended: float | None = None
    cpu_usec: int | None = None
    peak_bytes: int | None = None
    peak_how: str | None = None
    how: str | None = None
    status: int | None = None
    exception: str | None = None
    last: int | None = None

    def end(
        self, how: str, status: int | None, at: float, last: int, exception: str | None = None
    ) -> None:
        """Note how it ended. The clock may have been set back meanwhile."""
        self.how, self.status = how, status
        self.ended, self.last = max(at, self.started), max(last, self.first)
        self.exception = clean_line(exception, MAX_EXCEPTION_CHARS) if exception else None
        self.state = "ended"  # last: another thread that sees this sees the rest

    def to_json(self) -> dict[str, Any]:
        """Return it as docs/protocol.md has it."""
        return {
            "id": self.id, "console": self.console, "kind": self.kind, "command": self.command,
            "cwd": self.cwd, "interpreter": self.interpreter, "state": self.state,
            "started": self.started, "ended": self.ended,
            "cpu_seconds": None if self.cpu_usec is None else self.cpu_usec / 1e6,
            "peak_bytes": self.peak_bytes, "peak_how": self.peak_how,
            "how": self.how, "status": self.status, "exception": self.exception,
            "epoch": self.epoch, "start": self.first, "end": self.last,
        }  # fmt: skip
