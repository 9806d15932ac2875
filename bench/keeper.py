"""What one keeper holds in memory: with idle consoles, with full ones, and while one floods."""

import statistics
import subprocess
import sys
import time
from typing import Final

from bench import flood, processes, through
from bench.processes import Memory
from bench.viewer import Follower
from ide.screen.engine import SCROLLBACK_LINES
from ide.wire.frames import Kind
from tests.server import Server
from tests.visitor import Link, Visitor

CONSOLES: Final = 4
REST_SECONDS: Final = 35.0
"""The engine compresses what it holds after 30 s without output."""
FLOOD_SECONDS: Final = 60.0
SAMPLE_APART_SECONDS: Final = 0.25
FILL: Final = f"for i in 1 2; do {flood.LISTING}; done; printf 'fu''ll'"
"""Twice 5,000 coloured lines: all the scrollback there is, and everything in it was replaced."""
BARE: Final = "import asyncio, ctypes, json, sqlite3, sys, zlib; print(1, flush=True); input()"


def bare() -> Memory:
    """Return what this interpreter takes with the keeper's standard modules and nothing else."""
    words = [sys.executable, "-I", "-c", BARE]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        found = processes.memory(process.pid)
        process.stdin.write(b"\n")
        process.stdin.close()
        return found


class Consoles:
    """Consoles of one workspace on one link, and their keeper."""

    def __init__(self, server: Server, visitor: Visitor, link: Link) -> None:
        self._server, self._visitor, self._link = server, visitor, link
        self.names: list[str] = []

    def memory(self) -> Memory:
        """Return what their keeper holds now."""
        (keeper,) = processes.keepers(self._server.data)
        return processes.memory(keeper)

    def open(self) -> None:
        """Open one more, up to its prompt, on the channel of its number."""
        self.names.append(self._visitor.new_console())
        channel = len(self.names)
        self._link.hello(self.names[-1], channel)
        self._link.read_until(through.PROMPT, channel)

    def fill(self) -> None:
        """Have each of them print all the scrollback that is kept."""
        for channel in range(1, len(self.names) + 1):
            self._link.type(FILL.encode() + b"\r", channel)
            Follower(self._link, channel).until(b"full")

    def rest(self, seconds: float) -> None:
        """Take whatever comes for that long."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            try:
                self._link.frame(left)
            except TimeoutError:
                return

    def flood(self, seconds: float) -> tuple[Memory, Memory]:
        """Have the first print `yes`, followed; return the median and the most that was held."""
        follower = Follower(self._link, 1)
        self._link.type(b"yes\r")
        samples: list[Memory] = []
        deadline = time.perf_counter() + seconds
        sample_at = 0.0
        while (now := time.perf_counter()) < deadline:
            follower.step(10)
            if now >= sample_at:
                samples.append(self.memory())
                sample_at = now + SAMPLE_APART_SECONDS
        self._link.type(b"\x03")
        follower.until(through.PROMPT)
        pss, rss = [one.pss for one in samples], [one.rss for one in samples]
        middle = Memory(int(statistics.median(pss)), int(statistics.median(rss)))
        return middle, Memory(max(pss), max(rss))

    def remove(self) -> None:
        """End and forget them."""
        for channel, name in enumerate(self.names, 1):
            self._link.send(Kind.DETACH, channel)
            self._visitor.api("POST", f"consoles/{name}/end", json={"how": "kill"})
            self._visitor.api("DELETE", f"consoles/{name}")


def measure(server: Server, visitor: Visitor) -> None:
    """Print all of it. Takes about two minutes."""
    say("bare interpreter, same modules", bare(), "")
    with visitor.link() as link:
        consoles = Consoles(server, visitor, link)
        consoles.open()
        one = consoles.memory()
        say("keeper, one idle console", one, "")
        for _ in range(CONSOLES - 1):
            consoles.open()
        all_of_them = consoles.memory()
        apart = [
            (more - less) // (CONSOLES - 1)
            for more, less in ((all_of_them.pss, one.pss), (all_of_them.rss, one.rss))
        ]
        say("each further idle console", Memory(*apart), "<= 1 MB")
        consoles.fill()
        say(f"{CONSOLES} with {SCROLLBACK_LINES:,} lines, at once", consoles.memory(), "")
        consoles.rest(REST_SECONDS)
        say(f"the same, after {REST_SECONDS:.0f} s of rest", consoles.memory(), "<= 16 MB")
        middle, most = consoles.flood(FLOOD_SECONDS)
        say(f"during {FLOOD_SECONDS:.0f} s of yes, median", middle, "")
        say("the most of that", most, "< 40 MB")
        consoles.remove()


def say(what: str, found: Memory, goal: str) -> None:
    """Print one figure in megabytes of 10^6 bytes."""
    goal = goal and f"goal {goal}"
    print(f"{what:34} PSS {found.pss / 1e6:6.1f} MB  RSS {found.rss / 1e6:6.1f} MB  {goal}",
          flush=True)  # fmt: skip
