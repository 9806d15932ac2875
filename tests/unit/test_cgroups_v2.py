"""Version 2 of control groups, on folders that stand for the kernel's: what is written where."""

import os
import signal
import subprocess

import pytest

from ide.errors import SandboxError
from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import RESERVE, delegation, groups
from ide.sandbox.cgroups.delegation import candidates, enable
from ide.sandbox.cgroups.group import in_use
from ide.sandbox.cgroups.mounts import Mounts, find_mounts, own_unified_group
from tests.fakes.cgroup_tree import FakeTree

PLAN = Plan(memory_bytes=100 * MIB, processes=64, cpu_percent=50, cpu_weight=30)


@pytest.fixture
def tree(tmp_path):
    return FakeTree(tmp_path)


@pytest.fixture
def find(tmp_path, monkeypatch):
    """Find the groups of a server that is in the group `own`."""

    def with_own(tree, own="/", at=None):
        monkeypatch.setattr(groups, "own_unified_group", lambda: own)
        place = tmp_path if at is None else at
        monkeypatch.setattr(groups, "candidates", lambda *_: [place])
        reasons = []
        found = groups._find_v2("ide-x", tree, Mounts({}, tmp_path), reasons)
        return found, reasons

    return with_own


def values(folder, *names):
    return [(folder / name).read_text().strip() for name in names]


def test_every_limit_of_the_plan_is_written(tree, find, tmp_path):
    found, _ = find(tree)
    group = found.workspace("a")
    assert group.apply(PLAN) == ()
    folder = tmp_path / "ide-x" / "ws-a"
    assert values(folder, "memory.max", "memory.high") == [str(100 * MIB), "max"]
    assert values(folder, "memory.swap.max", "memory.oom.group") == ["0", "0"]
    assert values(folder, "cpu.weight", "cpu.max") == ["30", "50000 100000"]
    assert values(folder, "pids.max", "cgroup.max.descendants") == [str(64 + RESERVE), "0"]
    assert group.words()[-2:] == [str(folder / "cgroup.procs"), "--"]
    assert found.enforced == dict.fromkeys(("memory", "cpu", "processes"), "cgroup")


def test_a_limit_of_0_is_none(tree, find, tmp_path):
    group = find(tree)[0].workspace("a")
    group.apply(PLAN)
    assert group.apply(Plan(memory_bytes=0, processes=0, cpu_percent=0)) == ()
    folder = tmp_path / "ide-x" / "ws-a"
    names = ("memory.max", "memory.high", "memory.swap.max", "pids.max", "cpu.max")
    assert values(folder, *names) == ["max", "max", "max", "max", "max 100000"]


def test_a_memory_limit_below_what_is_used_would_kill_and_is_not_set(tree, find, tmp_path):
    group = find(tree)[0].workspace("a")
    group.apply(PLAN)
    folder = tmp_path / "ide-x" / "ws-a"
    (folder / "memory.current").write_text(str(80 * MIB))
    lower = Plan(memory_bytes=50 * MIB, processes=10)
    assert group.apply(lower) == (in_use(50 * MIB),)
    assert values(folder, "memory.max", "memory.reclaim") == [str(100 * MIB), str(30 * MIB)]
    assert values(folder, "pids.max") == [str(10 + RESERVE)], "the others hold at once"


def test_what_the_kernel_refuses_is_said(tree, find, tmp_path):
    group = find(tree)[0].workspace("a")
    group.apply(PLAN)
    (tmp_path / "ide-x" / "ws-a" / "pids.max").unlink()
    (note,) = group.apply(PLAN)
    assert "processes was not set" in note


def test_usage_is_read_from_the_groups_files(tree, find, tmp_path):
    group = find(tree)[0].workspace("a")
    group.apply(PLAN)
    folder = tmp_path / "ide-x" / "ws-a"
    (folder / "memory.current").write_text("5000\n")
    (folder / "memory.peak").write_text("9000\n")
    (folder / "memory.stat").write_text("anon 1\ninactive_file 1500\n")
    (folder / "memory.events").write_text("low 0\noom 4\noom_kill 3\n")
    (folder / "pids.current").write_text("7\n")
    (folder / "pids.events").write_text("max 2\n")
    usage = group.usage()
    assert (usage.memory_used, usage.memory_peak, usage.oom_kills) == (3500, 9000, 3)
    assert (usage.cpu_usec, usage.throttled_usec) == (5000, 70)
    assert (usage.processes, usage.refused_forks) == (7, 2)


def test_the_server_moves_out_of_the_way_and_hands_its_controllers_down(tree, find, tmp_path):
    unit = tmp_path / "system.slice" / "ide.service"
    tree.make(tmp_path / "system.slice")
    for name in ("memory", "pids", "cpu"):
        tree.write(tmp_path / "cgroup.subtree_control", f"+{name}")
        tree.write(tmp_path / "system.slice" / "cgroup.subtree_control", f"+{name}")
    (tmp_path / "system.slice" / "cgroup.controllers").write_text("cpu memory pids")
    tree.make(unit)
    (unit / "cgroup.procs").write_text("11\n12\n")
    found, reasons = find(tree, "/system.slice/ide.service", unit)
    assert found is not None, reasons
    assert values(unit / "daemon", "cgroup.procs") == ["11\n12"]
    assert set((unit / "cgroup.subtree_control").read_text().split()) == {"memory", "pids", "cpu"}
    assert found.workspace("a").apply(PLAN) == ()


def test_processes_of_a_group_that_is_not_ours_are_not_moved(tree, tmp_path):
    (tmp_path / "cgroup.subtree_control").write_text("memory pids cpu")
    other = tmp_path / "other"
    tree.make(other)
    (other / "cgroup.procs").write_text("11\n")
    with pytest.raises(OSError, match="it has processes"):
        enable(tree, other, tmp_path / "ours")
    assert tree.moved == []


def test_without_delegation_it_says_what_to_do(tmp_path, find):
    found, (reason,) = find(FakeTree(tmp_path, "cpuset hugetlb"))
    assert found is None
    assert "memory and pids" in reason
    assert "Delegate=yes" in reason


def test_without_the_cpu_controller_the_others_hold(tmp_path, find):
    found, _ = find(FakeTree(tmp_path, "memory pids"))
    assert found.enforced == {"memory": "cgroup", "cpu": "none", "processes": "cgroup"}
    assert found.workspace("a").apply(PLAN) == ()


def test_a_group_that_cannot_be_made_refuses_the_start(tree, find, tmp_path):
    found, _ = find(tree)
    (tmp_path / "ide-x" / "ws-a").write_text("in the way")
    with pytest.raises(SandboxError, match="limits of the workspace cannot be set"):
        found.workspace("a").apply(PLAN)


def test_limits_hold_also_after_who_tried_the_machine_removed_the_empty_place(tree, find, tmp_path):
    found, _ = find(tree)
    find(tree)[0].close()  # as `ide doctor` beside a server without workspaces
    assert not (tmp_path / "ide-x").exists()
    assert found.workspace("a").apply(PLAN) == ()
    assert values(tmp_path / "ide-x" / "ws-a", "memory.max") == [str(100 * MIB)]


def test_who_got_the_number_of_a_process_that_ended_is_not_killed(tree, find, monkeypatch):
    group = find(tree)[0].workspace("a")
    with subprocess.Popen(["sleep", "60"]) as somebody:
        told = iter([[somebody.pid], [somebody.pid]])
        monkeypatch.setattr(group, "pids", lambda: next(told, []))
        assert group.kill()
        assert somebody.poll() is None
        somebody.terminate()
        assert somebody.wait(20) == -signal.SIGTERM


def test_an_ordinary_user_takes_the_topmost_group_of_theirs(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    slice_, unit = tmp_path / "user", tmp_path / "user" / "app"
    tree.make(unit)
    monkeypatch.setattr(delegation, "_is_ours", lambda folder: folder in {slice_, unit})
    assert candidates(tmp_path, "/user/app") == [slice_, unit]


def test_root_takes_what_was_delegated_before_the_top(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    unit = tmp_path / "system" / "ide"
    tree.make(unit / "daemon")
    monkeypatch.setattr(delegation, "_is_delegated", lambda folder: folder == unit)
    assert candidates(tmp_path, "/system/ide/daemon") == [unit, tmp_path]
    assert candidates(tmp_path, "/system/ide") == [tmp_path], "it could not be started again"
    monkeypatch.setattr(delegation, "_is_delegated", lambda _folder: False)
    assert candidates(tmp_path, "/system/ide/daemon") == [tmp_path]


def test_mounts_are_read_as_the_kernel_writes_them():
    text = (
        "29 23 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n"
        "30 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "31 23 0:28 / /odd\\040place rw - cgroup cgroup rw,memory\nbroken line\n"
        "32 23 0:29 / /media/\u5199\u771f\ufffd rw - ext4 /dev/sdb1 rw\n"
        "33 23 0:30 / /\u5199\\134x rw - cgroup cgroup rw,pids\n"
    )
    found = find_mounts(text)
    assert str(found.unified) == "/sys/fs/cgroup/unified"
    assert str(found.controllers["cpuacct"]) == "/sys/fs/cgroup/cpu,cpuacct"
    assert str(found.controllers["memory"]) == "/odd place"
    assert str(found.controllers["pids"]) == "/\u5199\\x"
    assert own_unified_group("9:name=systemd:/\n0::/user.slice/a\n") == "/user.slice/a"
    assert own_unified_group("9:memory:/x\n") == "/"


def test_where_going_over_would_stop_the_machine_nobody_goes(find, tree, tmp_path, monkeypatch):
    (tmp_path / "panic_on_oom").write_text("2\n")
    monkeypatch.setattr(groups.trial, "PANIC_ON_OOM", tmp_path / "panic_on_oom")
    group = find(tree)[0].workspace("a")
    assert "vm.panic_on_oom is 2" in groups.trial.why_not(group)
    assert not (tmp_path / "ide-x" / "ws-a").exists()


def test_a_user_to_whom_nothing_belongs_is_told(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(delegation, "_is_ours", lambda _folder: False)
    found = groups.find_groups(tmp_path, tree, Mounts({}, tmp_path))
    assert (found.kind, found.enforced["memory"]) == ("none", "watcher")
    assert "belongs to this account" in found.reasons[0]


def test_version_1_is_for_root(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    mounts = Mounts(dict.fromkeys(("memory", "pids", "cpu"), tmp_path), None)
    found = groups.find_groups(tmp_path, tree, mounts)
    assert found.kind == "none"
    assert "run the server as root" in found.reasons[0]


def test_groups_whose_limits_do_not_hold_are_not_used(tree, tmp_path, monkeypatch):
    """As in a container where writing succeeds and has no effect."""
    monkeypatch.setattr(groups, "candidates", lambda *_: [tmp_path])
    monkeypatch.setattr(groups.trial, "TRIAL_SECONDS", 0.3)
    found = groups.find_groups(tmp_path, tree, Mounts({}, tmp_path))
    assert found.kind == "none"
    assert "do not hold" in found.reasons[0]
    assert not [one for one in tmp_path.iterdir() if one.is_dir()], "nothing of it stays"
