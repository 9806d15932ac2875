"""What follows from a count of a home folder, and when the next one is made."""

import errno
import itertools
import os
from dataclasses import replace
from typing import ClassVar

import pytest

from ide.guard.plan import Plan
from ide.sandbox.disk import pace, watch
from ide.sandbox.disk.hold import Ended
from ide.sandbox.disk.measure import Found
from ide.sandbox.disk.watch import Home, Watch
from ide.sandbox.inside import Inside

MIB = 1024 * 1024
PLAN = Plan(disk_bytes=100 * MIB, files=1000)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class FakeHold:
    """Notes what it is told."""

    def __init__(self, *_of):
        self.done = []

    def press(self):
        self.done.append("press")

    def release(self):
        self.done.append("release")

    def look_anew(self):
        self.done.append("anew")

    def end_worst(self, *, space_grew):
        self.done.append("worst")
        self.space_grew = space_grew
        return [Ended(7, 5, "filler", 99)]

    def end_all(self):
        self.done.append("all")
        return [Ended(number, 5, "x", 99) for number in range(20)]

    def end_sandbox(self):
        self.done.append("sandbox")
        return [Ended(1, 1, "agent", 5)]

    def close(self):
        self.done.append("close")


class FakeMeasuring:
    """A count that is over at once. `results` are taken one after another."""

    results: ClassVar[list[Found | Exception | None]] = []

    def __init__(self, *_of):
        if self.results and isinstance(self.results[0], Exception):
            raise self.results.pop(0)
        self.result = self.results.pop(0)

    def is_over(self):
        return True

    def found(self):
        return self.result

    def close(self):
        pass


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ticks():
    """What the processes have worked at each look: always more."""
    return itertools.count()


@pytest.fixture
def lives():
    """What is at the sandbox's process id; the last one counts."""
    return []


@pytest.fixture
def watched(monkeypatch, tmp_path, clock, ticks, lives):
    monkeypatch.setattr(watch, "Hold", FakeHold)
    monkeypatch.setattr(watch, "Measuring", FakeMeasuring)
    monkeypatch.setattr(watch, "processes_below", lambda _root: [process(next(ticks))])
    monkeypatch.setattr(pace.os, "fstatvfs", lambda _fd: os.statvfs_result([1] * 11))
    lives.append(process(0))
    monkeypatch.setattr(watch, "look", lambda _root: lives[-1])
    FakeMeasuring.results = []
    made = Watch(Home(1, os.open(tmp_path, os.O_PATH), None, "watcher"), PLAN, clock)
    yield made
    made.close()


def process(ticks):
    """A process that has worked for so long."""
    return Inside(1, 0, 1, 5, "agent", ticks, 1 << 20)


def found(mib=0.0, files=10, why=""):
    return Found(int(mib * MIB), files, complete=not why, why=why, cost_seconds=0.01)


def count(watched, clock, result):
    """Have it counted once with this result, a minute later; return what was done."""
    clock.now += 61
    FakeMeasuring.results.append(result)
    watched._hold.done.clear()
    watched.tick(may_start=True)
    watched.tick(may_start=True)
    return [one for one in watched._hold.done if one != "press"]


def test_the_first_count_lets_everybody_write_whom_a_killed_predecessor_held(watched, clock):
    assert watched.state() is None
    assert count(watched, clock, found(10)) == ["release"]
    assert count(watched, clock, found(10)) == []
    assert watched.state() == {
        "used": 10 * MIB, "limit": 100 * MIB, "files": 10, "files_limit": 1000, "full": False,
    }  # fmt: skip


@pytest.mark.parametrize("over", [found(100), found(1, files=1000), found(1, why="deep")])
def test_it_is_held_from_the_limit_on_and_released_below_95_percent(watched, clock, over):
    count(watched, clock, found(10))
    count(watched, clock, over)
    assert watched.state()["full"]
    assert "press" in watched._hold.done
    count(watched, clock, found(96))
    assert watched.state()["full"]
    assert count(watched, clock, found(94)) == ["release"]
    assert not watched.state()["full"]
    assert not watched.is_busy


def test_a_release_for_which_no_process_could_be_had_is_tried_again(watched, clock, monkeypatch):
    count(watched, clock, found(10))
    count(watched, clock, found(100))

    def fail():
        raise BlockingIOError(errno.EAGAIN, "no process")

    with monkeypatch.context() as without_room:
        without_room.setattr(watched._hold, "release", fail)
        with pytest.raises(BlockingIOError):
            count(watched, clock, found(10))
    assert count(watched, clock, found(10)) == ["release"]
    assert count(watched, clock, found(10)) == []


def test_at_80_percent_nothing_happens_but_the_number(watched, clock):
    count(watched, clock, found(10))
    assert count(watched, clock, found(99)) == []
    assert watched._hold.done == []
    assert watched.state()["used"] == 99 * MIB


def test_a_larger_plan_releases_and_a_smaller_one_holds_at_once(watched, clock):
    count(watched, clock, found(50))
    watched.limit(Plan(disk_bytes=40 * MIB, files=1000))
    assert watched.state()["full"]
    watched.limit(PLAN)
    assert watched._hold.done[-1] == "release"


def test_no_limit_is_never_full(watched, clock):
    watched.limit(Plan(disk_bytes=0, files=0))
    count(watched, clock, found(1 << 20, files=10_000_000))
    assert not watched.state()["full"]


def test_who_goes_on_far_above_the_limit_is_ended_then_everything_then_the_agent(watched, clock):
    count(watched, clock, found(100))
    ended = [count(watched, clock, found(126 + 10 * number)) for number in range(13)]
    # Who waited for an ended one has its time: that is blamed on nobody.
    worst, every = [["anew"], ["worst"]] * 3, [["anew"], ["all"]] * 2
    assert ended == [[], [], *worst[1:], *every, ["anew"], ["sandbox"]]
    assert len(watched.kills) == watch.MAX_KILLS
    numbers = [one["number"] for one in watched.kills]
    assert numbers == sorted(set(numbers))
    assert watched.killed == 44
    assert watched._hold.space_grew
    for at, one in ((-2, {"session": 5, "name": "x", "used": 226 * MIB}), (-1, {"name": "agent"})):
        assert (one | {"limit": 100 * MIB}).items() <= watched.kills[at].items()


def test_who_makes_files_is_ended_and_their_number_is_the_cause(watched, clock):
    count(watched, clock, found(1, files=1000))
    for files in (1300, 1400, 1500):
        count(watched, clock, found(1, files=files))
    assert (watched.kills[0]["files"], watched.kills[0]["files_limit"]) == (1500, 1000)
    assert not watched._hold.space_grew


def test_one_long_write_that_comes_to_its_end_is_no_reason(watched, clock):
    count(watched, clock, found(100))
    for used in (300, 400, 400, 450, 450, 450.5):
        assert count(watched, clock, found(used)) == []


def test_growing_below_125_percent_is_no_reason(watched, clock):
    count(watched, clock, found(100))
    for used in range(102, 124, 4):
        assert count(watched, clock, found(used)) == []


def test_a_count_that_fails_is_made_again_and_said_when_it_goes_on(watched, clock):
    for failure in (None, OSError(11, "no process")):
        count(watched, clock, failure)
        assert watched.state() is None
    assert "could not be counted" in watched.notes()[0]
    count(watched, clock, found(1))
    assert watched.notes() == []


def test_a_count_that_ran_out_of_time_unlearns_nothing(watched, clock):
    count(watched, clock, found(90, files=900))
    count(watched, clock, found(5, files=950, why="time"))
    assert (watched.state()["used"], watched.state()["files"]) == (90 * MIB, 950)
    assert "at least" in watched.notes()[0]


def test_a_workspace_at_rest_is_not_counted_again_and_again(watched, clock, monkeypatch):
    count(watched, clock, found(10))
    monkeypatch.setattr(watch, "processes_below", lambda _root: [process(1000)])
    count(watched, clock, found(11))
    for _ in range(watch.IDLE_TIMES):
        clock.now += 61
        watched.tick(may_start=False)
        watched.tick(may_start=True)
        assert not watched.measures
    count(watched, clock, found(12))  # once in a while, as small writes take no time
    assert watched.state()["used"] == 12 * MIB
    monkeypatch.setattr(watch, "processes_below", lambda _root: [process(1001)])
    clock.now += 61
    watched.tick(may_start=False)  # no turn: that it worked is not forgotten
    count(watched, clock, found(13))
    assert watched.state()["used"] == 13 * MIB


def test_a_full_workspace_at_rest_is_counted_all_the_same(watched, clock, monkeypatch):
    count(watched, clock, found(10))
    monkeypatch.setattr(watch, "processes_below", lambda _root: [process(1000)])
    count(watched, clock, found(100))
    count(watched, clock, found(10))
    assert not watched.state()["full"]


@pytest.fixture
def in_memory(watched, monkeypatch):
    """Watch a home in memory instead; set how many blocks and files of it are taken."""
    taken = {"blocks": 0, "files": 0}

    def room(_fd):
        free = 25_600 - taken["blocks"], 100_000 - taken["files"]
        return os.statvfs_result(
            [4096, 4096, 25_600, free[0], free[0], 100_000, *[free[1]] * 2, 0, 0, 9]
        )

    monkeypatch.setattr(pace.os, "fstatvfs", room)
    watched._home = replace(watched._home, how="memory")

    def take(clock, **now):
        taken.update(now)
        clock.now += 61
        watched._hold.done.clear()
        watched.tick(may_start=False)
        return watched._hold.done

    return take


def test_memory_that_is_full_needs_no_hold(watched, in_memory, clock):
    in_memory(clock, blocks=100)
    assert in_memory(clock, blocks=25_600) == []
    assert watched.state()["full"]
    assert watched.state()["used"] == 100 * MIB


def test_files_in_memory_are_held_and_who_goes_on_is_ended(in_memory, watched, clock):
    in_memory(clock, files=10)
    assert in_memory(clock, files=1000) == ["press"]
    for files in (1300, 1400):
        in_memory(clock, files=files)
    assert "worst" in in_memory(clock, files=1500)
    assert "release" in in_memory(clock, files=10)


@pytest.mark.parametrize("other", [None, Inside(1, 0, 1, 6, "stranger", 0, 0)])
def test_whoever_gets_the_number_of_an_ended_sandbox_is_left_alone(watched, clock, lives, other):
    count(watched, clock, found(100))
    lives.append(other)
    watched._hold.done.clear()
    clock.now += 61
    watched.tick(may_start=True)
    assert (watched._hold.done, watched.measures) == ([], False)


def test_no_count_starts_before_its_turn(watched, clock):
    clock.now += 61
    watched.tick(may_start=False)
    assert not watched.measures


def intervals(cost, *, near=False, full=False, changed=True, times=1):
    clock = Clock()
    made = pace.Pace(clock)
    for _ in range(times):
        made.ended(cost, near=near, full=full, changed=changed)
    return made._due - clock.now


def test_counting_takes_five_percent_of_the_time_at_most():
    assert intervals(3.0) == 57
    assert intervals(3.0, near=True) == 12
    assert (intervals(0.05), intervals(0.05, near=True), intervals(0.05, full=True)) == (5, 2, 1)
    assert intervals(0.05, changed=False, times=9) == 60


@pytest.mark.parametrize(("fell", "due"), [(2, False), (20, True)])
def test_a_disk_that_fills_quickly_is_counted_at_once(monkeypatch, fell, due):
    clock, room = Clock(), [100]

    def free(_fd):
        return os.statvfs_result([MIB, MIB, 0, room[0], room[0], 0, 9, 9, 0, 0, 255])

    monkeypatch.setattr(pace.os, "fstatvfs", free)
    made = pace.Pace(clock)
    made.ended(0.01, near=False, full=False, changed=True)
    made.look(0, 64 * MIB)
    clock.now += 1
    room[0] -= fell
    made.look(0, 64 * MIB)
    assert made.is_due() is due
