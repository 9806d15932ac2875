"""From the end of a command to its push at the push service, on a server at rest and a busy one.

`python -m bench.told [TIMES] [BUSY]`: a real server with a real console, a bell on each command,
and a push service on loopback that notes when the push is there. TIMES commands (24; 30 an hour are
told one by one), then as many more by another person beside BUSY processes that count (2). At last
what the clerk takes while nothing rings.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.processes import cpu_seconds, pss_bytes
from tests.fakes.outside_servers import Browser, Service
from tests.server import Server
from tests.visitor import Visitor
from tests.waiting import wait_until

TIMES: Final = 24
BUSY: Final = 2
PASSWORD: Final = "a long bench password"  # noqa: S105 - of a server that lives for a minute
CLERK: Final = "ide.clerk.main"
IDLE_SECONDS: Final = 30.0
COMMAND: Final = b"bash --norc -c 'sleep 1.5; echo at-$EPOCHREALTIME'\r"


class Loopback(Server):
    """A server whose pushes may go to this machine."""

    def environment(self) -> dict[str, str]:
        """Return the usual one with that setting."""
        return super().environment() | {"IDE_CHANNELS_LOOPBACK": "1"}


class Arrivals(list[tuple[str, dict[str, str], bytes]]):
    """What a push service got, and when each was there."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, one: tuple[str, dict[str, str], bytes]) -> None:
        """Note the time first."""
        self.at.append(time.time())
        super().append(one)


@contextmanager
def load(busy: int) -> Iterator[None]:
    """Have so many processes count meanwhile."""
    counting = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(counting) for _ in range(busy)]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


def seconds(visitor: Visitor, times: int) -> list[float]:
    """Return how long each push took from the end of its command."""
    took = []
    with Service() as service:
        service.got = Arrivals()
        body = Browser().subscription(service.url)
        visitor.http.post("api/v1/channels", json=body).raise_for_status()
        console = visitor.new_console()
        with visitor.link() as link:
            link.hello(console)
            link.read_until(b"$ ")
            for number in range(times):
                link.type(COMMAND)
                link.read_until(b"\n")
                visitor.api("POST", "bells", json={"console": console, "when": "finished"})
                printed = link.read_until(b"$ ")
                ended = float(printed.partition(b"at-")[2].split()[0])
                wait_until(lambda number=number: len(service.got) > number, 60, "the push")
                took.append(service.got.at[number] - ended)
        visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    return took


def idle(server: Server) -> None:
    """Say what the clerk takes of memory and processor while it only waits."""
    (clerk,) = server.pids(CLERK)
    before, began = cpu_seconds([clerk]), time.monotonic()
    time.sleep(IDLE_SECONDS)
    share = (cpu_seconds([clerk]) - before) / (time.monotonic() - began)
    print(
        f"the clerk, idle for {IDLE_SECONDS:.0f} s: {pss_bytes(clerk) / 1e6:.0f} MB (PSS),"
        f" {share:.2%} of a core (load {os.getloadavg()[0]:.1f})",
        flush=True,
    )


def main() -> None:
    """Measure all three, and say at which load."""
    given = [int(word) for word in sys.argv[1:]]
    times, busy = (given + [TIMES, BUSY][len(given) :])[:2]
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder,
        Loopback(Path(folder, "data")) as server,
    ):
        for name, count in (("rest", 0), ("load", busy)):
            server.add_user(name, PASSWORD)
            with Visitor(server.url) as visitor, load(count):
                took = seconds(visitor.sign_in(name, PASSWORD), times)
            print(
                f"end of a command to its push, {count} processes counting beside it:"
                f" p50 {statistics.median(took):.2f} s, the slowest of {times} {max(took):.2f} s"
                f" (load {os.getloadavg()[0]:.1f}); goal <= 1 s",
                flush=True,
            )
        idle(server)


if __name__ == "__main__":
    main()
