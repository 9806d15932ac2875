"""One thread looks after all workspaces' disks."""

import os
import threading
from dataclasses import replace

import pytest

from ide.guard.plan import Plan
from ide.sandbox.disk import disks as module
from ide.sandbox.disk.disks import MAX_COUNTS, Disks
from ide.sandbox.disk.watch import Home
from tests.waiting import wait_until


class FakeWatch:
    """Looked at again and again; `broken` ones fail each time."""

    def __init__(self, home, plan):
        self.home, self.plan = home, plan
        self.full = self.measures = self.is_busy = self.closed = False
        self.killed = self.ticks = 0
        self.kills = []
        self.may = []

    def tick(self, *, may_start):
        self.ticks += 1
        self.may.append(may_start)
        if self.plan.name == "broken":
            raise RuntimeError("injected")
        self.measures = self.measures or (may_start and self.plan.name == "slow")

    def state(self):
        return {"used": self.ticks}

    def notes(self):
        return ["a note"]

    def limit(self, plan):
        self.plan = plan

    def close(self):
        self.closed = True
        os.close(self.home.home_fd)


@pytest.fixture
def disks(monkeypatch):
    monkeypatch.setattr(module, "Watch", FakeWatch)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    made = Disks()
    yield made
    for workspace in list(made._watches):
        made.forget(workspace)


def watch(disks, workspace, name="standard"):
    fd = os.open("/", os.O_PATH)
    disks.watch(workspace, Home(1, fd, None, "watcher"), Plan(name=name))
    return disks._watches[workspace]


def test_one_that_fails_does_not_cost_the_others_their_watch(disks):
    broken, other = watch(disks, "a", "broken"), watch(disks, "b")
    wait_until(lambda: broken.ticks > 3 and other.ticks > 3, 20, "both are looked at")
    assert sum(thread.name == "disks" for thread in threading.enumerate()) >= 1


def test_few_are_counted_at_a_time(disks):
    made = [watch(disks, str(number), "slow") for number in range(MAX_COUNTS + 3)]
    wait_until(lambda: all(one.ticks > 3 for one in made), 20, "all are looked at")
    assert sum(one.measures for one in made) == MAX_COUNTS


def test_what_was_known_last_stays_when_a_sandbox_ends(disks):
    one = watch(disks, "a")
    assert (disks.enforced("a"), disks.notes("a")) == ("watcher", ["a note"])
    wait_until(lambda: one.ticks, 20, "it is looked at")
    disks.forget("a")
    assert one.closed
    assert disks.state("a")["used"] >= 1
    assert (disks.enforced("a"), disks.notes("a"), disks.kills("a")) == ("none", [], [])
    assert disks.state("never seen") is None
    again = watch(disks, "a")
    again.state = lambda: None  # not measured yet
    assert disks.state("a")["used"] >= 1
    assert disks.state("a")["limit"] == Plan().disk_bytes
    disks._homes["a"] = replace(disks._homes["a"], how="memory")
    assert disks.state("a") is None  # that of a home which is gone


def test_another_sandbox_of_a_workspace_takes_the_place_of_the_one_before(disks):
    before = watch(disks, "a")
    watch(disks, "a")
    assert before.closed
    disks.limit("a", Plan(disk_bytes=5))
    assert disks._watches["a"].plan.disk_bytes == 5
    disks.limit("gone", Plan())


def test_how_many_are_remembered_is_bounded(disks, monkeypatch):
    monkeypatch.setattr(module, "MAX_KEPT", 3)
    for number in range(5):
        watch(disks, str(number))
        disks.forget(str(number))
    assert list(disks._last) == ["2", "3", "4"]
