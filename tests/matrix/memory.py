"""What each process of a server took at most, also of those that were killed meanwhile."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.matrix.background import Background
from tests.server import Server, processes

APART_SECONDS = 0.1
MEGABYTE = 1_000_000

PEAK_MEGABYTES = {
    "ide.cli.main": 110,
    "ide.cli.gunicorn_web": 120,
    "ide.clerk.main": 120,
    "ide.placement.supervisor": 60,
    "ide.keeper.zygote": 50,
    "ide.keeper": 80,
    "agent": 30,
}
"""Resident pages at the peak (VmHWM, with all that processes share), in MB of 10^6 bytes."""

NOT_ALWAYS = {"ide.keeper.zygote"}
"""A killed zygote comes back with the next keeper that must be forked."""


class Memory(Background):
    """Looks ten times a second; the kernel keeps the peak between two looks."""

    def __init__(self, server: Server, workspaces: list[str]) -> None:
        super().__init__()
        self.peaks: dict[tuple[str, int], int] = {}
        """Bytes by (module, process id)."""
        self._words = [str(server.data), *workspaces]
        for _, pid in self._found():
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew

    def run(self) -> None:
        while not self.stopping.wait(APART_SECONDS):
            self.look()
        self.look()

    def look(self) -> None:
        """Take down every process's peak."""
        for one in self._found():
            peak = _peak_bytes(one[1])
            self.peaks[one] = max(peak, self.peaks.get(one, 0))

    def _found(self) -> Iterator[tuple[str, int]]:
        for pid, words in processes():
            if any(mine in word for word in words for mine in self._words):
                found = [module for module in PEAK_MEGABYTES if module in words]
                if "/opt/ide/agent.zip" in words and "bwrap" not in words[0]:
                    found = ["agent"]
                yield from ((module, pid) for module in found)

    def assert_bounded(self, keeper_megabytes: int) -> None:
        """No process took more than its kind may."""
        limits = PEAK_MEGABYTES | {"ide.keeper": keeper_megabytes}
        seen = {module for module, _ in self.peaks}
        assert seen >= set(PEAK_MEGABYTES) - NOT_ALWAYS, f"found only {seen}"
        over = {
            f"{module} {pid}": f"{peak / MEGABYTE:.0f} MB"
            for (module, pid), peak in self.peaks.items()
            if peak > limits[module] * MEGABYTE
        }
        assert not over, over


def _peak_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else 0
