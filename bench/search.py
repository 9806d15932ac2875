"""The search over everything: what its index takes, how soon it answers, what it costs in a flood.

`python -m bench.search [MIB] [ROUNDS]`: logs of so many MiB in all, 1024 unless told, in eight
consoles, of source code, listings, logs of servers and progress bars, none like another; then a
keeper in a flood, with keys typed into another console while indexing goes on or is stopped, in
turn (`bench.search_flood`).
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.search_flood import floods
from ide.keeper import index_search, packing
from ide.keeper.indexing import Indexing

MIB: Final = 1 << 20
SEGMENT: Final = 8 * MIB
CONSOLES: Final = 8
QUERIES: Final = (
    "zzyzx", "subprocess", "error", "e", "popen subprocess", '"def main"', "warning timeout",
    "took 55.1", "import os ERROR",
)  # fmt: skip
TRIES: Final = 7
_WHOLE_SECONDS: Final = 60.0


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
    job = {"consoles": told, "cards": "/nowhere", "cap_bytes": 1 << 40, "min_free_bytes": 0}
    begun, worked = time.perf_counter(), time.process_time()
    while True:
        one = Indexing(job, lambda: None)
        if failed := one.run()["failed"]:
            raise SystemExit(failed)
        if one._left > 0:  # noqa: SLF001
            break
    worked = time.process_time() - worked
    size = sum(path.stat().st_size for path in folder.glob("*/index-2/*"))
    logs = sum(path.stat().st_size for path in folder.glob("*/*.packed"))
    print(
        f"{total / MIB:.0f} MiB, {logs / MIB:.0f} compressed: indexed in {worked:.0f} s of"
        f" processor time ({total / 1e6 / worked:.1f} MB/s),"
        f" {time.perf_counter() - begun:.0f} s in all; the index takes"
        f" {size / MIB:.0f} MiB, {100 * size / total:.1f} %"
    )


def search(told: list[dict[str, Any]]) -> None:
    """Print how long each query takes, as a process of its own from its start.

    In turn with that, as if it had all the time it wants; then, going on until it is whole.
    """
    for query in QUERIES:
        took, whole, worked, answer = [], [], 0.0, {}
        for _ in range(TRIES):
            before, begun = used(), time.perf_counter()
            answer = found(query, told, 0)
            took.append(time.perf_counter() - begun)
            worked += (used() - before) / TRIES
            begun = time.perf_counter()
            found(query, told, _WHOLE_SECONDS)
            whole.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        pieces = go_on(query, told, answer)
        going = time.perf_counter() - begun
        count = sum(one["count"] for one in answer["consoles"])
        more = "+" * any(one["more"] for one in answer["consoles"])
        print(
            f"{query:20} {statistics.median(took) * 1000:5.0f} ms, the slowest"
            f" {max(took) * 1000:5.0f}, processor {worked * 1000:4.0f}: {count}{more} lines of"
            f" {sum(1 for one in answer['consoles'] if one['hits'])} consoles; in one piece"
            f" {statistics.median(whole) * 1000:5.0f} ms; {pieces} more pieces in {going:.1f} s"
        )


def found(
    query: str, told: list[dict[str, Any]], later: float, before: int | None = None
) -> dict[str, Any]:
    """Return what a search says that was asked for so many seconds later."""
    job = {
        "q": query, "before": before, "limit": 5, "cards": "/nowhere", "consoles": told,
        "asked_at": time.monotonic() + later,
    }  # fmt: skip
    words = [sys.executable, "-S", "-m", index_search.__name__]
    env = {"PYTHONPATH": str(Path(__file__).parents[1])}
    child = subprocess.run(
        words, input=json.dumps(job).encode(), env=env, capture_output=True, check=True
    )
    said: dict[str, Any] = json.loads(child.stdout)
    return said


def go_on(query: str, told: list[dict[str, Any]], answer: dict[str, Any]) -> int:
    """Search what there was no time for, the newest first, as the page does; returns how often."""
    left = {one["console"]: one["left"] for one in answer["consoles"] if one["left"]}
    pieces = 0
    while left:
        name = max(left, key=lambda one: left[one]["time"] or 0)
        place = left.pop(name)
        mine = [one for one in told if one["id"] == name]
        more = found(query, mine, 0, place["at"])["consoles"]
        if more and more[0]["left"]:
            left[name] = more[0]["left"]
        pieces += 1
    return pieces


def used() -> float:
    """Return the processor time of children that have ended, in seconds."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


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
