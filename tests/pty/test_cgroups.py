"""Control groups: what is set holds, what is entered ends, nothing stays."""

import os
import subprocess
import time
from contextlib import contextmanager

import pytest

from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import RESERVE, find_groups
from ide.sandbox.cgroups.group import in_use
from tests.control_groups import folder_of, memory_limit
from tests.waiting import wait_until

pytestmark = [pytest.mark.pty, pytest.mark.groups]


@pytest.fixture
def groups(tmp_path):
    found = find_groups(tmp_path)
    assert found.kind != "none", found.reasons
    yield found
    found.sweep([])
    found.close()
    assert not places(found)


def places(groups):
    return [place for place in groups._places.values() if place.exists()]


@contextmanager
def running(group, *words, **more):
    with subprocess.Popen([*group.words(), *words], start_new_session=True, **more) as process:
        try:
            yield process
        finally:
            group.kill()


def entered(group, count=1):
    wait_until(lambda: len(group.pids()) >= count, 20, "it is in the group")


def test_a_program_over_its_memory_is_ended_and_its_shell_lives(groups):
    group = groups.workspace("a")
    assert group.apply(Plan(memory_bytes=32 * MIB)) == ()
    script = "head -c 100M /dev/zero | tail -c 100M >/dev/null; echo lives; read end"
    with running(group, "sh", "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout.readline() == b"lives\n"
        usage = group.usage()
        assert usage.oom_kills == 1
        assert 0 < usage.memory_used < usage.memory_peak <= 32 * MIB


def test_processes_stop_at_the_limit(groups):
    group = groups.workspace("a")
    group.apply(Plan(processes=8))
    script = "for i in $(seq 60); do sleep 100 & done; wait"
    with running(group, "sh", "-c", script, stderr=subprocess.DEVNULL):
        wait_until(lambda: group.usage().refused_forks, 20, "a fork is refused")
        assert group.usage().processes <= 8 + RESERVE


def test_processor_time_stays_below_the_ceiling_and_is_counted(groups):
    group = groups.workspace("a")
    group.apply(Plan(cpu_percent=10))
    with running(group, "sh", "-c", "for i in 1 2 3 4; do (while :; do :; done) & done; wait"):
        began = time.monotonic()
        entered(group, 5)
        usage = wait_until(
            lambda: (now := group.usage()).throttled_usec > 500_000 and now, 60, "it is slowed"
        )
        passed_usec = (time.monotonic() - began) * 1_000_000
    # A tenth of one core, and as much again for what a period may be exceeded by.
    assert 0 < usage.cpu_usec < 0.2 * passed_usec + 100_000


def test_the_share_is_the_plans(groups):
    group = groups.workspace("a")
    group.apply(Plan(cpu_weight=50))
    name, share = ("cpu.shares", "512\n") if groups.kind == "v1" else ("cpu.weight", "50\n")
    assert (folder_of(group, "cpu") / name).read_text() == share


def test_a_limit_can_be_raised_and_lowered_while_it_runs(groups, tmp_path):
    group = groups.workspace("a")
    group.apply(Plan(memory_bytes=64 * MIB))
    with running(group, "sleep", "100"):
        entered(group)
        for size in (256 * MIB, 32 * MIB, 0, 128 * MIB):
            assert group.apply(Plan(memory_bytes=size)) == ()
            assert memory_limit(group) == size
            places = group._places if groups.kind == "v1" else {}
            if (swap := places.get("memory", tmp_path) / "memory.memsw.limit_in_bytes").exists():
                assert group._number(swap) == group._number(swap.with_name("memory.limit_in_bytes"))


def test_caches_are_given_back_and_do_not_count_as_used(groups, tmp_path):
    group = groups.workspace("a")
    group.apply(Plan())
    done = subprocess.run(
        [*group.words(), "dd", "if=/dev/zero", f"of={tmp_path}/big", "bs=1M", "count=40"],
        capture_output=True,
        check=True,
    )
    assert done.returncode == 0
    os.sync()
    assert group.usage().memory_peak > 40 * MIB
    assert group.usage().memory_used < 20 * MIB
    assert group.reclaim() > 20 * MIB


def test_a_limit_below_what_is_used_ends_nothing(groups):
    group = groups.workspace("a")
    group.apply(Plan(memory_bytes=256 * MIB))
    script = "import sys; kept = b'x' * (100 << 20); print('kept', flush=True); sys.stdin.read()"
    with running(
        group, "python3", "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as hog:
        assert hog.stdout.readline() == b"kept\n"
        assert group.apply(Plan(memory_bytes=32 * MIB)) == (in_use(32 * MIB),)
        assert hog.poll() is None
        assert group.usage().oom_kills == 0


def test_what_cannot_enter_does_not_start(groups):
    group = groups.workspace("a")
    done = subprocess.run([*group.words(), "echo", "started"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (125, b"")


def test_killing_ends_what_forks_as_fast_as_it_can(groups):
    group = groups.workspace("a")
    group.apply(Plan(processes=64))
    bomb = "import os\nfor _ in range(5000):\n  try: os.fork()\n  except OSError: pass"
    with running(group, "python3", "-c", bomb):
        wait_until(lambda: group.usage().refused_forks, 20, "it is at the limit")
        assert group.kill()
        assert group.pids() == []
    assert group.remove()


def test_the_sweep_ends_what_is_left_behind_and_nothing_else(groups, tmp_path_factory):
    other = find_groups(tmp_path_factory.mktemp("other"))
    kept, left, foreign = (
        groups.workspace("kept"),
        groups.workspace("left"),
        other.workspace("left"),
    )
    keeper = groups.keeper("left")
    for group in (kept, left, foreign, keeper):
        group.apply(Plan())
    try:
        with running(kept, "sleep", "100") as one, running(foreign, "sleep", "100") as another:
            with running(left, "sleep", "100") as stray:
                entered(kept), entered(foreign), entered(left)
                assert groups.sweep(["kept"]) == {"keeper-left": True, "ws-left": True}
                assert stray.wait(20) == -9
            assert one.poll() is another.poll() is None
            assert kept.pids() == [one.pid]
        assert groups.sweep(["kept"]) == {}
    finally:
        other.sweep([])
        other.close()
    assert not places(other)


def test_the_sweep_leaves_the_trial_of_a_process_that_runs(groups):
    running, left = groups._group(f"trial-{os.getpid()}-a"), groups._group("trial-999999999-a")
    for group in (running, left):
        group.apply(Plan())
    assert groups.sweep([]) == {"trial-999999999-a": True}
    assert running.remove()


def test_two_servers_on_a_machine_have_groups_of_their_own(groups, tmp_path, tmp_path_factory):
    other = find_groups(tmp_path_factory.mktemp("other"))
    assert not {str(one) for one in groups._places.values()} & set(map(str, other._places.values()))
    assert find_groups(tmp_path)._places == groups._places
