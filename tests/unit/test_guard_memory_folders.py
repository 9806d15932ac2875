"""Folders in memory never take all of a workspace's memory; people read the sizes that hold."""

import pytest

from ide.guard.memory_folders import memory_folders, with_sizes
from ide.guard.plan import MIB, Plan
from ide.sandbox import bwrap


@pytest.mark.parametrize(
    ("plan", "sizes"),
    [
        (Plan(), (0, 512, 64)),
        (Plan(memory_bytes=0, tmp_bytes=0, shm_bytes=0), (0, 512, 64)),
        (Plan(memory_bytes=256 * MIB), (0, 128, 64)),
        (Plan(memory_bytes=128 * MIB), (0, 64, 32)),
        (Plan(memory_bytes=256 * MIB, home="memory"), (128, 64, 32)),
        (Plan(memory_bytes=0, disk_bytes=0, home="memory"), (256, 512, 64)),
    ],
)
def test_what_is_said_is_what_is_mounted(plan, sizes):
    found = memory_folders(plan)
    assert (found.home // MIB, found.tmp // MIB, found.shm // MIB) == sizes
    said = with_sizes(plan)
    assert (said.tmp_bytes, said.shm_bytes) == (found.tmp, found.shm)
    assert said.disk_bytes == (found.home or plan.disk_bytes)
    words = bwrap.visible_files(None, None, plan)
    mounted = {
        words[at + 3]: int(words[at + 1]) for at, word in enumerate(words) if word == "--size"
    }
    assert (mounted["/tmp"], mounted["/dev/shm"]) == (found.tmp, found.shm)  # noqa: S108
    assert mounted.get(bwrap.HOME, 0) == found.home
