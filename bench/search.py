"""The search over everything: what its index takes, how soon it answers, what it costs in a flood.

`python -m bench.search [MIB] [ROUNDS]`: logs of so many MiB in all, 1024 unless told, in eight
consoles, of source code, listings, logs of servers and progress bars, none like another; then a
keeper in a flood, with keys typed into another console while indexing goes on or is stopped, in
turn.
"""

import contextlib
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.flood import write_file
from ide.keeper import index_search, packing
from ide.keeper.indexing import Indexing
from tests.keepers import KeeperRun, LinkClient, running_keeper

MIB: Final = 1 << 20
SEGMENT: Final = 8 * MIB
CONSOLES: Final = 8
QUERIES: Final = (
    "zzyzx", "subprocess", "error", "e", "popen subprocess", '"def main"', "warning timeout",
    "took 55.1", "import os ERROR",
)  # fmt: skip
TRIES: Final = 7
FLOOD_SECONDS: Final = 30.0
WINDOWS: Final = 16
WINDOW_SECONDS: Final = 2.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def source() -> bytes:
    """Return what this machine has of Python, and a long coloured listing."""
    library = Path(os.__file__).parent
    code = b"".join(path.read_bytes() for path in sorted(library.rglob("*.py"))[:2500])
    command = "ls -lR --color=always /usr 2>/dev/null | head -c 60000000"
    listing = subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout
    return (code[: 60 * MIB] + listing).replace(b"\n", b"\r\n")


def server_log(size: int, chance: random.Random, words: list[str]) -> bytes:
    """Return lines with times, levels, words, numbers and ids that never come twice."""
    lines, length, at = [], 0, 1.7e9 + chance.random() * 1e7
    while length < size:
        at += chance.random()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
        level = chance.choice(["INFO", "INFO", "INFO", "WARNING", "ERROR", "DEBUG"])
        said = " ".join(chance.choices(words, k=chance.randrange(3, 14)))
        took, name = chance.random() * 100, chance.getrandbits(48)
        line = (
            f"{stamp} \x1b[3{len(level)}m{level}\x1b[0m {said} id={name:012x} took {took:.3f}ms\r\n"
        )
        if chance.random() < 0.02:
            line += "".join(f"\r{n:3d}%|{'#' * (n // 4)}" for n in range(0, 100, 5)) + "\r\n"
        lines.append(line)
        length += len(line)
    return "".join(lines).encode()[:size]


def segments(total: int) -> Iterator[bytes]:
    """Yield so many bytes in pieces of one segment, half of them made up."""
    chance, printed = random.Random(1), source()  # noqa: S311
    words = sorted({word for word in printed[: 4 * MIB].decode("ascii", "ignore").split()
                    if word.isalpha() and len(word) < 13})  # fmt: skip
    for number in range(total // SEGMENT):
        if number % 2:
            yield server_log(SEGMENT, chance, words)
        else:
            first = number // 2 * SEGMENT % (len(printed) - SEGMENT)
            yield printed[first : first + SEGMENT]


def lay(folder: Path, total: int) -> list[dict[str, Any]]:
    """Write logs as a keeper has them; returns what it tells of each console."""
    told = []
    pieces = segments(total)
    for number in range(CONSOLES):
        home = folder / f"c{number}"
        home.mkdir(parents=True)
        found, at = [], 0
        for _ in range(total // SEGMENT // CONSOLES):
            data = next(pieces)
            (home / "plain").write_bytes(data)
            name = f"{at:020d}-{at + len(data):020d}.packed"
            with (home / "plain").open("rb") as file:
                packing.pack(file.fileno(), 0, len(data), home / name)
            found.append((at, at + len(data), name, at, True))
            at += len(data)
        (home / "plain").unlink()
        told.append({
            "id": home.name, "folder": str(home), "epoch": "e", "never": False, "segments": found,
            "head": at, "title": f"Bash {number}", "program_title": "", "state": "ended",
        })  # fmt: skip
    return told


def index(folder: Path, told: list[dict[str, Any]]) -> None:
    """Index all of it without a rest, and print what that took."""
    total = sum(one["head"] for one in told)
    job = {"consoles": told, "cap_bytes": 1 << 40, "min_free_bytes": 0}
    begun, worked = time.perf_counter(), time.process_time()
    while True:
        one = Indexing(job, lambda: None)
        if failed := one.run()["failed"]:
            raise SystemExit(failed)
        if one._left > 0:  # noqa: SLF001
            break
    worked = time.process_time() - worked
    size = sum(path.stat().st_size for path in folder.glob("*/index/*"))
    logs = sum(path.stat().st_size for path in folder.glob("*/*.packed"))
    print(
        f"{total / MIB:.0f} MiB, {logs / MIB:.0f} compressed: indexed in {worked:.0f} s of"
        f" processor time ({total / 1e6 / worked:.1f} MB/s),"
        f" {time.perf_counter() - begun:.0f} s in all; the index takes"
        f" {size / MIB:.0f} MiB, {100 * size / total:.1f} %"
    )


def search(told: list[dict[str, Any]]) -> None:
    """Print how long each query takes, as a process of its own from its start."""
    env = {"PYTHONPATH": str(Path(__file__).parents[1])}
    for query in QUERIES:
        job = {"q": query, "before": None, "limit": 5, "cards": "/nowhere", "consoles": told}
        asked, took, worked = json.dumps(job).encode(), [], used()
        for _ in range(TRIES):
            begun = time.perf_counter()
            words = [sys.executable, "-S", "-m", index_search.__name__]
            child = subprocess.run(words, input=asked, env=env, capture_output=True, check=True)
            took.append(time.perf_counter() - begun)
        worked = (used() - worked) / TRIES
        answer = json.loads(child.stdout)
        count = sum(one["count"] for one in answer["consoles"])
        more = "+" * (answer["stopped"] or any(one["more"] for one in answer["consoles"]))
        print(
            f"{query:20} {statistics.median(took) * 1000:5.0f} ms, the slowest"
            f" {max(took) * 1000:5.0f}, processor {worked * 1000:4.0f}: "
            f"{count}{more} lines{', stopped' * answer['stopped']}"
        )


def used() -> float:
    """Return the processor time of children that have ended, in seconds."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


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
        ways: dict[bool, list[float]] = {True: [], False: []}
        for number in range(WINDOWS * rounds):
            goes_on = number % 2 == 0
            watch.hold(goes_on=goes_on)
            ways[goes_on] += echoes(link, WINDOW_SECONDS)
        watch.hold(goes_on=True)
        over.set()
        flooding.join()
        watch.over.set()
    for goes_on, took in ways.items():
        p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
        print(
            f"echo in a flood while indexing {'goes on' if goes_on else 'is stopped'}:"
            f" p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, {len(took)} keys"
        )


def main(words: list[str]) -> None:
    """Print all figures, with the load before each."""
    total = (int(words[0]) if words else 1024) * MIB // (SEGMENT * CONSOLES) * SEGMENT * CONSOLES
    with tempfile.TemporaryDirectory(prefix="ide-search-", dir="/tmp") as name:
        print(f"load {os.getloadavg()[0]:.1f}")
        told = lay(Path(name), total)
        index(Path(name), told)
        print(f"load {os.getloadavg()[0]:.1f}")
        search(told)
    print(f"load {os.getloadavg()[0]:.1f}")
    if rounds := int(words[1]) if len(words) > 1 else 2:
        floods(rounds)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
