"""Run tests in some processes side by side, then those that need the machine for themselves.

    python scripts/side_by_side.py 'tests/unit tests/pty/test_keeper_*.py' 'tests/pty' 'tests/web'

Most tests wait: for a browser, a process that starts, a time limit. Each argument names the folders
of one process, and patterns of files, which the others leave out of their folders: so the same
tests meet in the same order every time. What is marked `alone` in any of them follows when all have
ended. The last line counts all tests; those that did not pass stand above it.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

ENDINGS = {"failure": "failed", "error": "errors", "skipped": "skipped"}
"""What junit's parts of a test are called in pytest's own last line."""


def paths_of(side: str) -> list[str]:
    """Return what a side names. A pattern that fits nothing is left as it is: pytest refuses it."""
    return [path for word in side.split() for path in sorted(map(str, Path().glob(word))) or [word]]


def left_out_of(side: str, sides: list[str]) -> list[str]:
    """Return pytest's options that leave out the files that the other sides' patterns name."""
    others = " ".join(other for other in sides if other != side).split()
    return [f"--ignore-glob={word}" for word in others if "*" in word]


class Run:
    """One pytest over some folders; `folder` is for what its tests leave behind."""

    def __init__(self, folder: Path, marked: str, folders: str, *options: str) -> None:
        self._folders = folders
        self._results = folder.with_suffix(".xml")
        self._printed = folder.with_suffix(".txt")
        # No cache: two would write the same files.
        self._words = [
            sys.executable, "-m", "pytest", *paths_of(folders), *options, "-m", marked,
            f"--basetemp={folder}",
            f"--junitxml={self._results}", "-o", "junit_family=xunit1", "-p", "no:cacheprovider",
            "--durations=12", "--durations-min=4",
        ]  # fmt: skip
        self.status: int | None = None
        """What the process ended with."""

    def start(self, *, is_shown: bool) -> None:
        """Start it; what it prints is shown at once, or by `show`."""
        out = None if is_shown else self._printed.open("wb")
        self._process = subprocess.Popen(self._words, stdout=out, stderr=out)
        if out:
            out.close()

    def wait(self) -> None:
        """Wait for its end. Ctrl-C reaches it too, and then it ends what its tests started."""
        while self.status is None:
            with contextlib.suppress(KeyboardInterrupt):
                self.status = self._process.wait()

    @property
    def broke_off(self) -> bool:
        """Whether it ended before its last test, or without a word about its tests."""
        return self.status not in {0, 1} or not self._results.exists()

    def show(self) -> None:
        """Print what it has printed."""
        sys.stdout.flush()
        sys.stdout.buffer.write(self._printed.read_bytes())
        sys.stdout.flush()

    def results(self) -> tuple[Counter[str], list[str]]:
        """Return how many tests ended how, and a line for each that did not pass."""
        counts: Counter[str] = Counter()
        lines = []
        if self.broke_off:
            counts["failed"] += 1
            lines.append(f"FAILED {self._folders}: pytest broke off with status {self.status}")
        with contextlib.suppress(FileNotFoundError):
            for case in ET.parse(self._results).iter("testcase"):  # noqa: S314 - pytest wrote it
                how = next((part.tag for part in case if part.tag in ENDINGS), "passed")
                counts[ENDINGS.get(how, how)] += 1
                if how != "passed":
                    lines.append(f"{how.upper()} {case.get('file')}::{case.get('name')}")
        return counts, lines


def run_all(sides: list[str], base: Path) -> list[Run]:
    """Run each side at once, then what is to be alone, unless a side broke off."""
    runs = [
        Run(base / str(number), "not alone", side, *left_out_of(side, sides))
        for number, side in enumerate(sides)
    ]
    for number, run in enumerate(runs):
        run.start(is_shown=number == 0)
    for number, run in enumerate(runs):
        run.wait()
        if number:
            run.show()
    if not any(run.broke_off for run in runs):
        last = Run(base / "alone", "alone", " ".join(sides))
        last.start(is_shown=True)
        last.wait()
        runs.append(last)
    return runs


def main(sides: list[str]) -> int:
    """Return 0 when every process was content, else 1, and keep what the tests left behind."""
    began = time.monotonic()
    base = Path(tempfile.mkdtemp(prefix="ide-check-"))
    base.chmod(0o711)  # tests start servers of other accounts
    runs = run_all([side for side in sides if side], base)
    counts: Counter[str] = Counter()
    for one, lines in (run.results() for run in runs):
        counts.update(one)
        for line in lines:
            print(line)
    is_good = not any(run.broke_off or run.status for run in runs)
    if is_good:
        shutil.rmtree(base, ignore_errors=True)
    else:
        print(f"What the tests left behind is in {base}.")
    said = ", ".join(f"{counts[how]} {how}" for how in (*ENDINGS.values(), "passed") if counts[how])
    print(f"{f' {said} in {time.monotonic() - began:.2f}s ':=^80}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
