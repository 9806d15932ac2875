"""The real version 2 as far as it goes without controllers, as root and in a user's own subtree."""

import json
import os
import subprocess
import sys

import pytest

from ide.sandbox.cgroups.mounts import find_mounts
from ide.sandbox.cgroups.tree import Tree
from ide.sandbox.cgroups.v2 import GroupV2
from tests.ordinary import ORDINARY_UID, as_account
from tests.waiting import wait_until

pytestmark = [pytest.mark.pty, pytest.mark.unified]
BARE = dict.fromkeys(("memory", "cpu", "processes"), "none")
CODE = """
import json, os, signal, subprocess, sys
from pathlib import Path
from ide.guard.plan import Plan
from ide.sandbox.cgroups.delegation import candidates, enable, _move_out
from ide.sandbox.cgroups.mounts import find_mounts, own_unified_group
from ide.sandbox.cgroups.tree import Tree
from ide.sandbox.cgroups.v2 import GroupV2
said = {}
unified = find_mounts().unified
place, = candidates(unified, own_unified_group())
said["place"] = str(place)
_move_out(Tree(), place)
said["own"] = own_unified_group()
group = GroupV2(Tree(), place / "ws-a", dict.fromkeys(("memory", "cpu", "processes"), "none"))
said["notes"] = group.apply(Plan())
script = "sh -c 'setsid sleep 600 & sleep 600' & echo $$; wait"
child = subprocess.Popen([*group.words(), "sh", "-c", script], stdout=subprocess.PIPE)
child.stdout.readline()
while len(group.pids()) < 4: pass
try:
    (place / "ws-a" / "below").mkdir()
except OSError as error:
    said["below"] = error.errno
try:
    Tree().write(unified / "cgroup.procs", str(child.pid))
except OSError as error:
    said["escape"] = error.errno
said["killed"] = group.kill()
said["status"] = child.wait(20)
said["removed"] = group.remove()
print(json.dumps(said))
"""


@pytest.fixture
def subtree():
    folder = find_mounts().unified / f"ide-test-{os.getpid()}"
    folder.mkdir()
    yield folder
    tree = Tree()
    for name in ("ws-a", "daemon", ""):
        group = GroupV2(tree, folder / name, BARE)
        if (folder / name).exists():
            group.kill()
            assert group.remove()


def test_a_user_divides_a_subtree_of_their_own(subtree):
    for path in (subtree, subtree / "cgroup.procs", subtree / "cgroup.subtree_control"):
        os.chown(path, ORDINARY_UID, ORDINARY_UID)
    command = as_account(ORDINARY_UID, sys.executable, "-c", CODE)
    enter = f'echo 0 > {subtree}/cgroup.procs && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", enter, "sh", *command],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": "."},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout)
    assert said["place"] == str(subtree)
    assert said["own"] == f"/{subtree.name}/daemon", "it moved itself"
    assert said["notes"] == []
    assert said["below"] == 11, "no group below one of a workspace"
    assert said["escape"] == 13, "nobody leaves the subtree"
    assert (said["killed"], said["status"], said["removed"]) == (True, -9, True)


def test_killing_ends_the_whole_tree_at_once(subtree):
    group = GroupV2(Tree(), subtree / "ws-a", BARE)
    group._make()
    script = "for i in 1 2 3 4 5; do (setsid sleep 600 &); done; exec sleep 600"
    with subprocess.Popen([*group.words(), "sh", "-c", script]) as process:
        wait_until(lambda: len(group.pids()) >= 6, 20)
        assert group.kill()
        assert process.wait(20) == -9
    assert group.remove()
