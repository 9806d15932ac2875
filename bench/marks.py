"""What marks of commands cost: a Bash its time, the keeper its time, and until there is a card.

`python -m bench.marks [ROUNDS | flood]`: the same Bash with our start file, with a key for its
marks and without, and a keeper with a page attached. Rounds are interleaved, so that both have the
same load.
"""

import os
import pty
import select
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.flood import FLOOD_BYTES, write_file
from tests.keepers import KeeperRun, running_keeper

BASHRC: Final = Path(__file__).parents[1] / "ide/sandbox/tools/bashrc"
KEY: Final = "0123456789abcdef" * 2
PROMPTS: Final = 100
LOOP: Final = "for i in $(seq 1000); do /bin/true; done"
_CARDS: Final = 40
_FLOODS: Final = 3


class Bash:
    """A Bash on a terminal of its own; `key` "" for one without marks."""

    def __init__(self, key: str) -> None:
        self._home = tempfile.mkdtemp(prefix="ide-marks-")
        Path(self._home, ".bashrc").write_text("PS1='[\\#]ready> '\n")
        self._number = 0
        env = {"HOME": self._home, "PATH": os.environ["PATH"], "TERM": "xterm-256color"}
        reading, writing = os.pipe()
        os.write(writing, key.encode())
        os.close(writing)
        self._pid, self._fd = pty.fork()
        if not self._pid:
            os.dup2(reading, 9)
            more = {"IDE_MARKS": "9"} if key else {}
            os.execve("/bin/bash", ["bash", "--rcfile", str(BASHRC), "-i"], env | more)  # noqa: S606
        os.close(reading)
        self._until_prompt()

    def _until_prompt(self) -> None:
        self._number += 1
        wanted, seen = b"[%d]ready> " % self._number, b""
        while wanted not in seen:
            select.select([self._fd], [], [], 30)
            seen = seen[-20:] + os.read(self._fd, 65536)

    def seconds(self, line: str, times: int = 1) -> float:
        """Return how long it takes from a typed line to the next prompt, so often."""
        begun = time.perf_counter()
        for _ in range(times):
            os.write(self._fd, line.encode() + b"\r")
            self._until_prompt()
        return time.perf_counter() - begun

    def on_processor(self) -> float:
        """Return for how many seconds the shell itself has had a processor."""
        return int(Path(f"/proc/{self._pid}/schedstat").read_text().split()[0]) / 1e9

    def close(self) -> None:
        """End it."""
        os.close(self._fd)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        shutil.rmtree(self._home, ignore_errors=True)


def shell(rounds: int) -> None:
    """Print what a prompt and a loop cost with marks and without."""
    shells = {"marks": Bash(KEY), "bare": Bash("")}
    prompts: dict[str, list[float]] = {name: [] for name in shells}
    loops: dict[str, list[float]] = {name: [] for name in shells}
    worked = dict.fromkeys(shells, 0.0)
    for number in range(rounds):
        for name in sorted(shells, reverse=bool(number % 2)):
            worked[name] -= shells[name].on_processor()
            prompts[name].append(shells[name].seconds(":", PROMPTS) / PROMPTS)
            worked[name] += shells[name].on_processor()
            loops[name].append(shells[name].seconds(LOOP))
    for one in shells.values():
        one.close()
    extra = statistics.median(prompts["marks"]) - statistics.median(prompts["bare"])
    fastest = min(prompts["marks"]) - min(prompts["bare"])
    print(f"a prompt costs {extra * 1000:.3f} ms more, {fastest * 1000:.3f} of the fastest rounds")
    work = (worked["marks"] - worked["bare"]) / rounds / PROMPTS
    print(f"of the processor {work * 1000:.3f} ms")
    ratio = statistics.median(loops["marks"]) / statistics.median(loops["bare"])
    best = min(loops["marks"]) / min(loops["bare"])
    print(f"1,000 commands in a loop take {ratio:.3f} times as long, {best:.3f} of the fastest")


def _with_marks(run: object) -> None:
    home = run.agent.home  # type: ignore[attr-defined]
    shutil.copy(BASHRC, home.parent / "tools" / "bashrc")
    (home / ".bashrc").write_text("PS1='ready> '\n")


def card() -> None:
    """Print how long after a command's last output its card has come as ended."""
    took = []
    with running_keeper(before=_with_marks) as run, run.connect() as link:
        link.hello(run.new_bash())
        link.read_until(b"ready> ")
        for number in range(_CARDS):
            link.events.clear()
            link.type(f"sleep 0.15; echo e''nd{number}\r")
            link.read_until(b"end%d\r\n" % number)
            begun = time.perf_counter()
            link.until(lambda: any(_ended(event) for event in link.events))
            took.append(time.perf_counter() - begun)
    took.sort()
    print(
        f"a card has ended {took[len(took) // 2] * 1000:.0f} ms after the command's last output"
        f" (median of {len(took)}; the slowest {took[-1] * 1000:.0f})"
    )


def _ended(event: dict[str, object]) -> bool:
    told = event.get("card")
    return isinstance(told, dict) and told["state"] == "ended"


def flood() -> None:
    """Print which share of the keeper's processor time the thread of cards takes in a flood."""
    with running_keeper(before=_with_marks) as run, run.connect() as link:
        write_file(run.agent.home / "flood.txt")
        console = run.new_bash()
        link.hello(console)
        link.read_until(b"ready> ")
        shares = []
        for number in range(_FLOODS):
            before = _worked(run.process.pid)
            link.type(f"cat flood.txt; echo o''ver{number}\r")
            link.read_until(b"over%d\r\n" % number, seconds=300)
            link.until(lambda: _listed(run, console) == number + 1, 60)  # noqa: B023
            after = _worked(run.process.pid)
            cards, whole = (after[name] - before[name] for name in ("cards", "whole"))
            shares.append((cards / whole, cards, whole))
    share, cards, whole = sorted(shares)[len(shares) // 2]
    print(
        f"of {whole:.2f} s of the keeper's processor for {FLOOD_BYTES // 10**6} MB looking for"
        f" marks took {cards:.2f}: {share:.1%}"
    )


def _listed(run: KeeperRun, console: str) -> int:
    """Return how many commands of a console are over."""
    return len(run.call("cards.list", console=console, state="ended")["cards"])


def _worked(pid: int) -> dict[str, float]:
    """Return the seconds of processor that a keeper, and its thread of cards, have had."""
    worked = {"cards": 0.0, "whole": 0.0}
    for task in Path(f"/proc/{pid}/task").iterdir():
        seconds = int((task / "schedstat").read_text().split()[0]) / 1e9
        worked["whole"] += seconds
        if (task / "comm").read_text().strip() == "cards":
            worked["cards"] += seconds
    return worked


def main() -> None:
    """Measure all, or the flood alone, and say at which load."""
    print(f"load {os.getloadavg()[0]:.1f}")
    if sys.argv[1:] != ["flood"]:
        shell(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
        card()
    flood()
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
