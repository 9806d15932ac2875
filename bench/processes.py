"""Which processes belong to a data folder, and what they weigh."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ide.settings import Settings


def keepers(data: Path) -> list[int]:
    """Return the process ids of the keepers of a data folder."""
    return [pid for pid, words in _commands() if "ide.keeper" in words and str(data) in words]


def zygotes(data: Path) -> list[int]:
    """Return the process id of the zygote of a data folder, which its keepers share pages with."""
    return [
        pid for pid, words in _commands() if "ide.keeper.zygote" in words and str(data) in words
    ]


def sandboxes(data: Path) -> list[int]:
    """Return the process ids of every sandbox of a data folder: bwrap, agent, programs."""
    found = []
    for record in Settings(data=data).runtime.glob("*/sandbox.json"):
        said = json.loads(record.read_text())
        outer = said["outer"] or said["inner"]
        found += inside(outer["pid"])
    return found


def inside(pid: int) -> list[int]:
    """Return a process and everything below it."""
    return [pid] + [below for child in _children(pid) for below in inside(child)]


@dataclass(frozen=True)
class Memory:
    """What a process holds in memory, in bytes."""

    pss: int
    """Its proportional share: of a page that three processes share, a third."""
    rss: int
    """All that is mapped and present, what it shares with others in full."""


def memory(pid: int) -> Memory:
    """Return a process's memory; zeros when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0)
    fields = dict(line.split(":", 1) for line in text.splitlines()[1:])
    return Memory(*(int(fields[name].split()[0]) * 1024 for name in ("Pss", "Rss")))


def pss_bytes(pid: int) -> int:
    """Return a process's proportional share of memory; 0 when it has ended."""
    return memory(pid).pss


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time that living processes have used, all threads."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # utime and stime; fields count from state
    return ticks / os.sysconf("SC_CLK_TCK")


def name(pid: int) -> str:
    """Return a process's short name."""
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _children(pid: int) -> list[int]:
    found = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(each) for each in listing.read_text().split()]
    return found


def _commands() -> list[tuple[int, list[str]]]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text("utf-8", "replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append((int(path.parent.name), words))
    return found
