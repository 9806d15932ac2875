"""Tests marked `groups` are left out where the kernel holds no limits, and nowhere else.

Whether there are groups says the very code that those tests try: would it find none any more, all
of them would be left out, and every run be green.
"""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from ide.guard.plan import MIB
from ide.sandbox.cgroups import find_groups
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
LIMIT = 16 * MIB
TAKES_MORE = 'echo $$ > "$0/cgroup.procs" && exec dd if=/dev/zero of=/dev/null bs=100M count=1'
"""One program alone: two of a pipe can hold each other up at the limit."""


def mounted(controller):
    """Return where version 1 of a controller is, None when it is nowhere."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup" and controller in options.split(","):
            return Path(place)
    return None


def version_1_holds():
    """Whether memory is held, and groups can be made for the rest: tried without our own code."""
    if Path("/proc/sys/vm/panic_on_oom").read_text().strip() == "2":
        return False  # who goes over would stop the machine
    places = [mounted(controller) for controller in ("memory", "pids", "cpu")]
    if None in places:
        return False
    with ExitStack() as after:
        groups = [place / f"ide-left-out-{os.getpid()}" for place in places]
        try:
            for group in dict.fromkeys(groups):
                group.mkdir()
                after.callback(wait_until, lambda group=group: removed(group), 20, "it is empty")
            (groups[0] / "memory.limit_in_bytes").write_text(str(LIMIT))
        except OSError:
            return False
        words = ["/bin/sh", "-c", TAKES_MORE, groups[0]]
        subprocess.run(words, stderr=subprocess.DEVNULL, timeout=60, check=False)
        return int((groups[0] / "memory.failcnt").read_text()) > 0


def removed(group):
    try:
        group.rmdir()
    except OSError:
        return False
    return True


def has_groups(data):
    found = find_groups(data)
    found.close()
    return found.kind != "none"


def test_no_test_of_groups_is_left_out_where_version_1_holds(tmp_path):
    if version_1_holds():
        wait_until(lambda: has_groups(tmp_path), 30, "they are found")
