"""What indexing costs a keeper in a flood, and whether somebody who types elsewhere feels it.

`python -m bench.search_flood [ROUNDS]`: in windows of two seconds, eight pairs a round, indexing
goes on or is stopped, in an order that changes from pair to pair. The difference of a pair has
the same load on both sides; how far the differences spread says what is noise.
"""

import contextlib
import os
import signal
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Final

from bench.flood import write_file
from tests.keepers import KeeperRun, LinkClient, running_keeper

FLOOD_SECONDS: Final = 30.0
PAIRS: Final = 8
WINDOW_SECONDS: Final = 2.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Adds up the processor time of what a keeper starts to index."""

    def __init__(self, run: KeeperRun) -> None:
        super().__init__(daemon=True)
        assert run.process
        self.keeper, self.over = run.process.pid, threading.Event()
        self._children: dict[int, float] = {}
        self._signal = signal.SIGCONT
        self.start()

    def hold(self, *, goes_on: bool) -> None:
        """Have what indexes go on, or stop, from now on."""
        self._signal = signal.SIGCONT if goes_on else signal.SIGSTOP
        for pid in self._children:
            with contextlib.suppress(OSError):
                os.kill(pid, self._signal)

    @property
    def seconds(self) -> float:
        """Return what they had until now."""
        return sum(self._children.values())

    def run(self) -> None:
        tasks = Path(f"/proc/{self.keeper}/task")
        while not self.over.wait(0.1):
            for path in tasks.glob("*/children"):
                for pid in map(int, path.read_text().split()):
                    try:
                        if b"indexing" in Path(f"/proc/{pid}/cmdline").read_bytes():
                            self._children[pid] = cpu(pid)
                            os.kill(pid, self._signal)
                    except OSError:
                        continue


def cpu(pid: int) -> float:
    """Return the processor time of a process in seconds. Raises OSError."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def follow(run: KeeperRun, console: str, over: threading.Event) -> None:
    """Have a console print without an end, and read that as a page does."""
    with run.connect() as link:
        link.hello(console)
        link.type(f"while :; do cat {run.agent.home}/flood.txt; done\r")
        while not over.is_set():
            link.step()
        link.type("\x03")


def echoes(link: LinkClient, seconds: float) -> list[float]:
    """Return how long each key took to come back."""
    took, until = [], time.monotonic() + seconds
    channel = link.channels[1]
    while time.monotonic() < until:
        seen, begun = channel.offset, time.perf_counter()
        link.type("x")
        link.until(lambda seen=seen: channel.offset > seen)
        took.append(time.perf_counter() - begun)
        time.sleep(0.02)
    return took


def floods(rounds: int) -> None:
    """Print what indexing takes in a flood, and echoes while it runs and while it is stopped."""
    with running_keeper() as run, run.connect() as link:
        write_file(run.agent.home / "flood.txt")
        over = threading.Event()
        link.hello(run.new_bash())
        link.until(lambda: b"$ " in link.channels[1].output)
        watch = Watch(run)
        flooding = threading.Thread(target=follow, args=(run, run.new_bash(), over))
        flooding.start()
        time.sleep(8)  # the first job begins
        keeper, indexing = cpu(watch.keeper), watch.seconds
        echoes(link, FLOOD_SECONDS * rounds)
        keeper, indexing = cpu(watch.keeper) - keeper, watch.seconds - indexing
        print(f"keeper {keeper:.1f} s, indexing {indexing:.2f} s: {indexing / keeper:.1%}")
        took = pairs(link, watch, PAIRS * rounds)
        watch.hold(goes_on=True)
        over.set()
        flooding.join()
        watch.over.set()
    say(took)


def pairs(link: LinkClient, watch: Watch, count: int) -> list[dict[bool, list[float]]]:
    """Return the echoes of so many pairs of windows, by whether indexing went on."""
    found = []
    for number in range(count):
        pair = {}
        for goes_on in (number % 2 == 0, number % 2 == 1):
            watch.hold(goes_on=goes_on)
            pair[goes_on] = echoes(link, WINDOW_SECONDS)
        found.append(pair)
    return found


def say(took: list[dict[bool, list[float]]]) -> None:
    """Print the echoes of both ways, and how the pairs differ."""
    for goes_on in (True, False):
        keys = [one for pair in took for one in pair[goes_on]]
        p50, p99 = statistics.median(keys), statistics.quantiles(keys, n=100)[98]
        print(
            f"echo in a flood while indexing {'goes on' if goes_on else 'is stopped'}:"
            f" p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, {len(keys)} keys"
        )
    differences = [
        1000 * (statistics.median(pair[True]) - statistics.median(pair[False])) for pair in took
    ]
    low, middle, high = statistics.quantiles(differences, n=4)
    slower = sum(1 for one in differences if one > 0)
    print(
        f"{len(took)} pairs: the median with indexing is {middle:+.2f} ms away, half of them"
        f" between {low:+.2f} and {high:+.2f}; slower with it in {slower}; all (ms):"
        f" {' '.join(f'{one:+.1f}' for one in sorted(differences))}"
    )


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}")
    floods(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    print(f"load {os.getloadavg()[0]:.1f}")
