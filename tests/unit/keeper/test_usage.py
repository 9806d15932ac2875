"""What pages are told of the workspace's usage, and when. Silence costs nothing."""

import asyncio
import copy
import time

import pytest

from ide.errors import UnavailableError
from ide.keeper import usage as module
from ide.keeper.usage import Usage
from tests.keepers import unlimited_usage

MIB = 1 << 20


class Supervised:
    """Answers as told. `now` is both clocks; each question is two seconds later."""

    def __init__(self) -> None:
        self.now, self.answer = 1000.0, unlimited_usage()
        self.asked = 0

    async def ask(self):
        self.asked += 1
        self.now += 2
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"clock": self.now, **copy.deepcopy(self.answer)}

    def clock(self):
        return self.now


@pytest.fixture
def supervised():
    return Supervised()


@pytest.fixture
def told():
    return []


@pytest.fixture
def usage(supervised, told):
    return Usage(supervised.ask, told.append, supervised.clock)


def measure(usage):
    return asyncio.run(usage.measure())


def test_a_workspace_at_rest_is_told_once(usage, supervised, told):
    for wobble in (0, 4096, -8192, 20_000):
        supervised.answer["memory"]["used"] = 5 * MIB + wobble
        assert measure(usage)
    assert len(told) == 1
    assert told[0]["type"] == "usage"
    assert abs(told[0]["at"] - time.time()) < 20


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("memory", "used"), 6 * MIB), (("memory", "limit"), 7), (("processes", "used"), 2),
        (("cpu", "limit"), 50), (("plan",), "guest"), (("running",), False), (("notes",), ["x"]),
        (("enforced", "memory"), "cgroup"), (("level",), 3),
        (("disk",), {"used": 0, "limit": 1, "files": 0, "files_limit": 0, "full": False}),
    ],
)  # fmt: skip
def test_each_figure_that_changes_is_told(usage, supervised, told, path, value):
    measure(usage)
    place = supervised.answer
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    measure(usage)
    assert len(told) == 2


def test_what_grows_in_small_steps_is_told_too(usage, supervised, told):
    for _ in range(9):
        supervised.answer["memory"]["used"] += MIB // 4
        measure(usage)
    assert len(told) == 3


def test_a_full_disk_is_told_at_once(usage, supervised, told):
    disk = {"used": 0, "limit": 1 << 40, "files": 0, "files_limit": 0, "full": False}
    supervised.answer["disk"] = disk
    measure(usage)
    supervised.answer["disk"] = {**disk, "used": 100, "full": True}
    measure(usage)
    assert [one["disk"]["full"] for one in told] == [False, True]


def test_cpu_is_said_in_percent_of_one_core_and_slowed_from_a_tenth_on(usage, supervised, told):
    cpu = supervised.answer["cpu"]
    measure(usage)
    assert told[-1]["cpu"] == {"percent": 0.0, "limit": 0, "slowed": False}
    cpu.update(usec=3_000_000, throttled_usec=190_000)
    measure(usage)
    assert told[-1]["cpu"] == {"percent": 150.0, "limit": 0, "slowed": False}
    cpu.update(usec=4_000_000, throttled_usec=400_000)
    measure(usage)
    assert told[-1]["cpu"] == {"percent": 50.0, "limit": 0, "slowed": True}
    cpu.update(usec=0, throttled_usec=0)  # another sandbox counts anew
    measure(usage)
    assert told[-1]["cpu"] == {"percent": 0.0, "limit": 0, "slowed": False}


@pytest.mark.parametrize("wrong", [UnavailableError("no"), {}, {"cpu": 5}, TimeoutError()])
def test_a_supervisor_that_does_not_answer_changes_nothing(usage, supervised, told, wrong):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supervised, "answer", wrong)
        assert measure(usage) is None
        with pytest.raises(UnavailableError):
            asyncio.run(usage.newest())
        assert asyncio.run(usage.since(supervised.now, 3)) is None
    assert told == []
    assert measure(usage)


def test_one_that_hangs_is_let_go_in_time(supervised, told, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.05)

    async def hang():
        await asyncio.Event().wait()

    assert asyncio.run(Usage(hang, told.append).measure()) is None


def test_it_is_asked_every_two_seconds_while_somebody_looks_and_seldom_while_something_runs(
    usage, supervised
):
    assert not usage.is_due(watched=False, busy=False)
    assert usage.is_due(watched=True, busy=False)
    measure(usage)
    supervised.now -= 1.0  # a second after the question
    assert not usage.is_due(watched=True, busy=True)
    supervised.now += 1.0
    assert usage.is_due(watched=True, busy=False)
    assert not usage.is_due(watched=False, busy=True)
    supervised.now += 13.0
    assert usage.is_due(watched=False, busy=True)


def test_what_limits_ended_is_heard_of_with_how_near_it_was(usage, supervised):
    rises = []
    usage.limit_ended = rises.append
    answer = supervised.answer
    answer["memory"] = {"used": 90 * MIB, "limit": 100 * MIB, "peak": 99 * MIB}
    answer.update(kills=3, enforced={**answer["enforced"], "memory": "cgroup"})
    measure(usage)
    assert rises == [], "from before we looked"
    answer["kills"] = 5
    answer["memory"] = {"used": 10 * MIB, "limit": 100 * MIB, "peak": 100 * MIB}
    measure(usage)
    (rise,) = rises
    assert (rise.left, rise.by_machine) == (2, False)
    assert rise.limit.to_json() == {"name": "memory", "used": 100 * MIB, "limit": 100 * MIB}


def test_a_kernel_that_tells_no_peak_is_not_taken_for_a_machine_without_memory(usage, supervised):
    rises = []
    usage.limit_ended = rises.append
    answer = supervised.answer
    answer["memory"] = {"used": 90 * MIB, "limit": 100 * MIB, "peak": 0}
    answer["enforced"] = {**answer["enforced"], "memory": "cgroup"}
    measure(usage)
    answer["kills"] = 1
    measure(usage)
    assert (rises[0].by_machine, rises[0].limit.used) == (False, 100 * MIB)


def test_a_kill_far_from_the_own_limit_was_the_machines(usage, supervised):
    rises = []
    usage.limit_ended = rises.append
    answer = supervised.answer
    answer["memory"] = {"used": 30 * MIB, "limit": 100 * MIB, "peak": 40 * MIB}
    answer["enforced"] = {**answer["enforced"], "memory": "cgroup"}
    measure(usage)
    answer["kills"] = 1
    measure(usage)
    assert rises[0].by_machine
    assert rises[0].limit.used == 30 * MIB
