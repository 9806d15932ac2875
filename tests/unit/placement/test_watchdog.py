"""A keeper is stuck when it does not answer though it could, not when it or we are slow."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ide.placement.watchdog import PATIENCE_TICKS, TICK_SECONDS, Watchdog, is_idle
from tests.waiting import wait_until


class Rig:
    """A watchdog with a clock and a keeper that are set by hand."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 1000.0
        self.idle = True
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "s"))
        self.listener.listen(2)
        self.dog = Watchdog(folder / "s", lambda: self.seconds, lambda _pid: self.idle)

    def ticks(self, count: int, seconds: float = TICK_SECONDS, pid: int = 1) -> list[bool]:
        seen = []
        for _ in range(count):
            self.seconds += seconds
            seen.append(self.dog.is_stuck(pid))
        return seen

    def answer(self) -> None:
        self.listener.accept()[0].close()


@pytest.fixture
def rig(tmp_path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.dog.close()
    made.listener.close()


def test_one_that_accepts_and_says_nothing_is_stuck_after_a_while(rig):
    assert rig.ticks(1 + PATIENCE_TICKS) == [False] * PATIENCE_TICKS + [True]


def test_one_that_ends_the_connection_is_well(rig):
    for _ in range(3):
        assert not any(rig.ticks(PATIENCE_TICKS - 1))
        rig.answer()
        assert not any(rig.ticks(2))  # it sees the answer, and asks again
    rig.answer()


def test_what_is_late_is_not_counted(rig):
    """The machine was frozen, or so busy that we were not run either."""
    rig.ticks(1)
    assert not any(rig.ticks(100, TICK_SECONDS * 2.5))


def test_nor_is_a_keeper_that_wants_the_processor_or_the_disk(rig):
    rig.idle = False
    assert not any(rig.ticks(100))
    rig.idle = True
    assert any(rig.ticks(PATIENCE_TICKS))


def test_many_looks_within_a_tick_are_one(rig):
    rig.ticks(1)
    assert not any(rig.ticks(100, TICK_SECONDS / 40))


def test_each_keeper_gets_the_whole_patience(rig):
    rig.ticks(PATIENCE_TICKS)
    assert rig.ticks(1 + PATIENCE_TICKS, pid=2) == [False] * PATIENCE_TICKS + [True]


def test_one_that_nobody_can_ask_any_more_is_stuck_too(rig):
    """So many connect and are not accepted that the kernel takes no more of them."""
    waiting = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(3)]
    for one in waiting:
        one.connect(rig.listener.getsockname())
    try:
        assert rig.ticks(PATIENCE_TICKS) == [False] * (PATIENCE_TICKS - 1) + [True]
    finally:
        for one in waiting:
            one.close()


def test_one_that_accepts_again_is_well(rig):
    waiting = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(3)]
    for one in waiting:
        one.connect(rig.listener.getsockname())
    rig.ticks(PATIENCE_TICKS - 1)
    for one in waiting:
        rig.answer()
        one.close()
    rig.ticks(1)
    rig.answer()
    assert not any(rig.ticks(PATIENCE_TICKS - 1))


def test_one_that_does_not_listen_yet_is_not_judged(rig):
    rig.listener.close()
    assert not any(rig.ticks(100))


def test_who_computes_is_not_idle():
    assert not is_idle(os.getpid())
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as waiting:
        wait_until(lambda: is_idle(waiting.pid), 20, "it waits for what is written to it")
    assert not is_idle(2**22 + 1)
