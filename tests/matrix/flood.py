"""A console that prints without end, a page that follows it, and its way back to a prompt."""

import itertools
import time
from collections import deque

from ide.wire import frames, limits
from ide.wire.frames import Kind
from tests.matrix.background import Background
from tests.matrix.scene import console_of, end_console
from tests.visitor import Visitor
from tests.waiting import wait_until

STEP_SECONDS = 0.1
PROMPT_SECONDS = 45.0
_PREPARE_SECONDS = 60.0
_AGAIN_SECONDS = 0.5
_TAIL_BYTES = 64
_BACK = b"back\r\n"


class Flood(Background):
    """Follows a new console in a thread, as a page does that parses whatever comes at once."""

    def __init__(self, visitor: Visitor, *prepare: bytes) -> None:
        """`prepare` are command lines that end before the flood begins."""
        super().__init__()
        self.console = visitor.new_console()
        self.offset = 0
        """How far the page has come."""
        self.ending: frames.Exit | None = None
        self._visitor = visitor
        self._keys: deque[bytes] = deque()
        self._is_back = False
        self._link = visitor.link()
        welcome = self._link.hello(self.console)
        self._link.read_to(welcome["head"])
        for number, line in enumerate(prepare):
            self._link.type(line + b"; echo prepa''red%d\r" % number)
            self._link.read_until(b"prepared%d\r\n" % number, seconds=_PREPARE_SECONDS)

    def type(self, keys: bytes) -> None:
        """Have keys sent by the thread."""
        self._keys.append(keys)

    def run(self) -> None:
        tail, acked = b"", self._link.offset
        with self._link as link:
            while not self.stopping.is_set():
                while self._keys:
                    link.type(self._keys.popleft())
                try:
                    frame = link.frame(STEP_SECONDS)
                except TimeoutError:
                    continue
                data = link.take(frame)
                tail = tail[-_TAIL_BYTES:] + data
                self._is_back = self._is_back or _BACK in tail
                if frame.kind == Kind.EXIT:
                    self.ending = frames.Exit.unpack(frame.payload)
                self.offset = link.offset
                if link.offset - acked >= limits.ACK_EVERY_BYTES or len(data) < limits.TURN_BYTES:
                    link.ack()
                    acked = link.offset

    def printed(self) -> int:
        """Return how many bytes the console has printed since its log began."""
        info = console_of(self._visitor, self.console)
        return int(info["log_start"] + info["log_bytes"])

    def wait_printed(self, count: int, seconds: float) -> None:
        """Wait until that many bytes were printed."""
        wait_until(lambda: self.check() or self.printed() >= count, seconds, f"{count} bytes")

    def interrupt(self, seconds: float = PROMPT_SECONDS) -> None:
        """^C: the shell has the terminal again, takes a command, and its output is seen."""
        self.type(b"\x03")
        wait_until(
            lambda: self.check() or not console_of(self._visitor, self.console)["busy"],
            seconds,
            "^C ends the flood",
        )
        asked, lines = 0.0, itertools.cycle((b"\recho ba''ck\r", b"\x03"))

        def is_back() -> bool:
            nonlocal asked
            self.check()
            # In turn, again and again: late answers to what the flood asked may be on the line.
            if time.monotonic() - asked > _AGAIN_SECONDS:
                asked = time.monotonic()
                self.type(next(lines))
            return self._is_back

        wait_until(is_back, seconds, "a prompt after ^C")

    def remove(self) -> None:
        """End and remove the console."""
        end_console(self._visitor, self.console)
