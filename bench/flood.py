"""Much output: how fast, at whose cost, how soon ^C works, what attaching to it takes."""

import os
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from bench import bare, processes, through
from bench.viewer import Follower
from ide.wire.frames import Kind
from tests.server import Server
from tests.visitor import Visitor

FLOOD_BYTES = 68_000_000
SLOW_BYTES_PER_SECOND = 3_000_000
INTERRUPTS = 15
ATTACHES = 20
HEADER_BYTES = 4
LINE = b"the quick brown fox jumps over the lazy dog, again and again and yet again %07d\n"
LISTING = "ls -lR --color=always /usr/share 2>/dev/null | head -n 5000"
FULL_SCREEN = (
    r"printf '\e[?1049h\e[2J'; for i in $(seq 1 30); do"
    r" printf '\e[%d;1H\e[3%dm%-90s\e[0m' $i $((i%8)) row-$i; done;"
    r" printf 'full''-screen'; sleep 999"
)


@dataclass(frozen=True)
class Flood:
    """One `cat` of FLOOD_BYTES."""

    seconds: float
    cpu_seconds: float
    """Of the server's processes, not of the program."""

    @property
    def mb_per_second(self) -> float:
        """Megabytes of 10^6 bytes."""
        return FLOOD_BYTES / 1e6 / self.seconds


def write_file(path: Path) -> None:
    """Write FLOOD_BYTES of numbered lines of 80 bytes."""
    with path.open("wb") as file:
        for first in range(0, FLOOD_BYTES // 80, 10_000):
            last = min(first + 10_000, FLOOD_BYTES // 80)
            file.write(b"".join(LINE % number for number in range(first, last)))


def ours(server: Server, visitor: Visitor) -> Flood:
    """`cat` in a console that one viewer follows, engine and log on."""
    console = visitor.new_console()
    path = server.data / visitor.workspace / "home" / "flood.txt"
    write_file(path)
    path.chmod(0o644)
    with visitor.link() as link:
        link.hello(console)
        link.read_until(through.PROMPT)
        follower = Follower(link)
        pids = [*server.web_pids(), *processes.keepers(server.data)]
        before, started = processes.cpu_seconds(pids), time.perf_counter()
        link.type(b"cat flood.txt; echo do''ne\r")
        follower.until(b"\ndone")
        taken = time.perf_counter() - started
        used = processes.cpu_seconds(pids) - before
    path.unlink()
    _end(visitor, console)
    return Flood(taken, used)


def on_a_bare_pty(folder: Path) -> Flood:
    """The same `cat`, read and dropped by this process."""
    path = folder / "flood.txt"
    write_file(path)
    with bare.Bare() as bash:
        bash.read_until(bare.PROMPT)
        started = time.perf_counter()
        bash.write(b"cat %s; echo do''ne\n" % os.fsencode(path))
        tail = b""
        while b"\ndone" not in tail:
            tail = (tail + os.read(bash.process.fd, 65536))[-4096:]
        taken = time.perf_counter() - started
    path.unlink()
    return Flood(taken, 0.0)


def interrupt_ms(visitor: Visitor) -> list[float]:
    """From ^C to the prompt while `yes` floods a viewer that takes 3 MB/s."""
    console = visitor.new_console()
    taken = []
    with visitor.link() as link:
        link.hello(console)
        link.read_until(through.PROMPT)
        for _ in range(INTERRUPTS):
            follower = Follower(link, bytes_per_second=SLOW_BYTES_PER_SECOND)
            link.type(b"yes 0123456789abcdef\r")
            until = time.perf_counter() + random.uniform(0.7, 1.3)  # noqa: S311 - no secret
            while time.perf_counter() < until:
                follower.step(10)
            started = time.perf_counter()
            link.type(b"\x03")
            follower.until(through.PROMPT)
            taken.append((time.perf_counter() - started) * 1000)
    _end(visitor, console)
    return taken


@dataclass(frozen=True)
class Attach:
    """What one attach costs: median milliseconds and bytes from HELLO to the snapshot's end."""

    ms: float
    wire_bytes: int


def attach(visitor: Visitor, command: str, shows: bytes) -> Attach:
    """Attach anew, again and again, to what `command` left on the screen."""
    console = visitor.new_console()
    with visitor.link() as link:
        link.hello(console)
        link.read_until(through.PROMPT)
        link.type(command.encode() + b"\r")
        Follower(link).until(shows)
    taken, size = [], 0
    for _ in range(ATTACHES):
        with visitor.link() as link:
            started = time.perf_counter()
            link.hello(console)
            size, last = 0, None
            # A screen made of few bytes comes as those bytes, not as a snapshot.
            while not last or not (last.kind == Kind.SNAP_END or shows in last.payload):
                last = link.frame()
                size += len(last.payload) + HEADER_BYTES
            taken.append((time.perf_counter() - started) * 1000)
    _end(visitor, console)
    return Attach(statistics.median(taken), size)


def _end(visitor: Visitor, console: str) -> None:
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    visitor.api("DELETE", f"consoles/{console}")
