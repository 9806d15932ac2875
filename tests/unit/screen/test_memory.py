"""What checkpoints and snapshots take while they are made goes back to the system."""

import subprocess
import sys
from pathlib import Path

import pytest

# Blocks of a checkpoint's size among small ones that stay, in threads that stay.
PROGRAM = """
import threading
from pathlib import Path
from ide.screen import native

def private_kb():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))

kept = []

def work():
    for _ in range(3):
        large = []
        for number in range(40):
            large.append(b"x" * (200_000 + 10_000 * number))
            kept.append(b"y" * 2_000)
        del large
    done.release()
    after.wait()

before, done, after = private_kb(), threading.Semaphore(0), threading.Event()
threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
    done.acquire()
print(private_kb() - before)
"""


def test_large_blocks_are_given_back_at_once():
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("this kernel does not tell")
    words = [sys.executable, "-c", PROGRAM]
    said = subprocess.run(words, check=True, capture_output=True, timeout=60).stdout
    assert int(said) < 2_000  # 15,000 with the allocator's own choices
