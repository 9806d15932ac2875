"""How far a program says it is: `OSC 9 ; 4 ; state ; percent`, which the engine does not tell.

An escape ends every other string, so that the sequence may be looked for in the bytes themselves.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

_STATES: Final = {b"1": "set", b"2": "error", b"3": "indeterminate", b"4": "paused"}
_BEGIN: Final = b"\x1b]9;4;"
_REPORT: Final = re.compile(rb"\x1b\]9;4;([0-4])(?:;([0-9]{0,3}))?;?(?:\x07|\x1b\\)")
_LONGEST: Final = len(b"\x1b]9;4;1;100;\x1b\\")


@dataclass(frozen=True, slots=True)
class Progress:
    """`state` is `set`, `error`, `indeterminate` or `paused`; `percent` 0 to 100 where known."""

    state: str
    percent: int | None

    def to_json(self) -> dict[str, Any]:
        """Return it as in a console's JSON."""
        return {"state": self.state, "percent": self.percent}


class ProgressScanner:
    """Finds the reports in the output, also where a read cut them. Keeps at most 14 bytes."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        """The newest report; None before the first one and once it was taken back."""
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Look at the next bytes; whether there was a report among them."""
        data = self._rest + data
        done, found = 0, False
        if _BEGIN in data:
            for report in _REPORT.finditer(data):
                self._take(report[1], report[2])
                done, found = report.end(), True
        begun = data.find(b"\x1b]", max(done, len(data) - _LONGEST))
        if begun < 0 and data.endswith(b"\x1b"):
            begun = len(data) - 1
        self._rest = data[begun:] if begun >= 0 else b""
        return found

    def _take(self, state: bytes, percent: bytes | None) -> None:
        if state == b"0":
            self.progress = None
            return
        name = _STATES[state]
        value = min(100, int(percent)) if percent else None
        if name in {"error", "paused"} and value is None and self.progress:
            value = self.progress.percent  # it stopped there
        self.progress = Progress(name, None if name == "indeterminate" else value)
