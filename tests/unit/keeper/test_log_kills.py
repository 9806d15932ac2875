"""A log whose keeper is killed at any point: rotating, compressing, dropping. No byte is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ide.keeper.output_log import OutputLog
from tests import kept_logs
from tests.unit.keeper.dying_log import SEGMENT_BYTES

ROOT = Path(__file__).parents[3]


def counted(last: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(1, last + 1))


def keep_dying(folder: Path, last: int, cap: int) -> int:
    """Log what `seq` prints under kills; returns how many there were."""
    read, write = os.pipe()
    words = [sys.executable, str(Path(__file__).with_name("dying_log.py"))]
    with subprocess.Popen(["seq", "1", str(last)], stdout=write) as program:
        total = len(counted(last))
        done = subprocess.run(
            [*words, str(folder), str(read), str(total), str(cap)],
            pass_fds=(read,), env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        os.close(read)
        os.close(write)
        assert program.wait(20) == 0
    return int(done.stdout)


@pytest.mark.long
def test_no_byte_is_lost_or_doubled_by_kills_at_any_call(tmp_path, full):
    last = 2_500_000 if full else 450_000
    deaths = keep_dying(tmp_path, last, 1 << 30)
    expected = counted(last)
    assert kept_logs.content(tmp_path) == (0, expected)
    assert deaths >= 30
    assert_tidy(tmp_path)


@pytest.mark.long
def test_kills_while_the_oldest_is_dropped_leave_the_newest_whole(tmp_path, full):
    last = 3_000_000 if full else 900_000
    cap = 512 * 1024
    deaths = keep_dying(tmp_path, last, cap)
    expected = counted(last)
    start, data = kept_logs.content(tmp_path)
    assert start > 0
    assert data == expected[start:]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= cap + 2 * SEGMENT_BYTES
    assert deaths >= 30
    assert_tidy(tmp_path)


def assert_tidy(folder: Path) -> None:
    """A last successor finds it in order and leaves no remains."""
    log = OutputLog(folder, 1 << 30)
    log.close()
    raw = {path.name[:20] for path in folder.glob("*.raw")}
    packed = {path.name[:20] for path in folder.glob("*.packed")}
    assert not raw & packed
    assert len(raw) == 1
    assert not list(folder.glob("*.new"))
