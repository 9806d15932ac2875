"""How soon a key comes back in a console that has nothing to do with the harm done."""

import itertools
import statistics
import time
from contextlib import suppress

from tests.matrix.background import Background
from tests.matrix.scene import end_console
from tests.visitor import Link, RefusedError, Visitor
from tests.waiting import wait_until

MEDIAN_SECONDS = 0.25
"""What the median may be while something else suffers."""
TRIES = 20
"""Fewer say nothing about a median on a machine with other work."""
APART_SECONDS = 0.02
BACK_SECONDS = 60.0
ERASE_LINE = b"\x15"
_LETTERS = b"NOQUVWY"
"""None of them ends a sequence with which the line before it is erased, as K does."""


class Echo(Background):
    """Types a letter again and again. A link that is cut is opened anew, and the time runs on."""

    def __init__(self, visitor: Visitor, name: str) -> None:
        super().__init__()
        self.name = name
        self.seconds: list[float] = []
        """From each key to its echo."""
        self._visitor = visitor
        self._console = visitor.new_console()
        self._link: Link | None = None
        self._page = self._epoch = None
        self._connect()

    def run(self) -> None:
        try:
            for letter in itertools.cycle(_LETTERS):
                if self.stopping.wait(APART_SECONDS):
                    return
                self._try(bytes([letter]))
        finally:
            self._disconnect()

    def remove(self) -> None:
        """Remove its console once it has ended."""
        end_console(self._visitor, self._console)

    def _try(self, letter: bytes) -> None:
        began = time.monotonic()
        while True:
            with suppress(OSError, RefusedError):
                self._connect()
                self._link.type(ERASE_LINE + letter)
                self._link.read_until(letter, seconds=BACK_SECONDS)
                self.seconds.append(time.monotonic() - began)
                return
            self._disconnect()
            assert time.monotonic() - began < BACK_SECONDS, f"{self.name} does not come back"
            if self.stopping.wait(APART_SECONDS):
                return

    def _connect(self) -> None:
        """Attach unless attached; all that was printed before is read."""
        if self._link is None:
            self._link = self._visitor.link()
            welcome = self._link.hello(self._console)
            self._link.read_to(welcome["head"])

    def _disconnect(self) -> None:
        if self._link is not None:
            self._link.socket.close()
        self._link = None

    def tried(self, times: int = TRIES) -> None:
        """Wait until it was tried so often from now on."""
        goal = len(self.seconds) + times
        wait_until(lambda: self.check() or len(self.seconds) >= goal, 120, f"{self.name} echoes")

    def assert_prompt(self) -> None:
        """The median of at least TRIES is below MEDIAN_SECONDS."""
        assert len(self.seconds) >= TRIES, self.name
        median = statistics.median(self.seconds)
        assert median < MEDIAN_SECONDS, f"{self.name}: {median:.3f} s of {len(self.seconds)}"
