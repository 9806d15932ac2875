"""When a console's screen is saved: after so much output, and not much more often than that."""

import pytest

from ide.keeper import checkpoint
from ide.keeper.suspicion import Suspicion
from tests.unit.clocks import SetClock

TWO_MIB = 2 * 1024 * 1024


class Screen:
    """An engine whose state is one byte."""

    def checkpoint(self):
        return b"s"


@pytest.fixture
def clock(monkeypatch):
    clock = SetClock()
    monkeypatch.setattr(checkpoint, "time", clock)
    return clock


def test_the_screen_is_saved_every_two_mebibytes_of_output(tmp_path, clock):
    saver = checkpoint.Saver(tmp_path / "screen", Suspicion(tmp_path))
    clock.now += 1
    saver.look(TWO_MIB - 1, Screen())
    assert checkpoint.load(tmp_path / "screen") is None
    saver.look(TWO_MIB, Screen())
    assert checkpoint.load(tmp_path / "screen").offset == saver.saved == TWO_MIB
    clock.now += 1
    saver.look(2 * TWO_MIB - 1, Screen())
    assert saver.saved == TWO_MIB
    saver.look(2 * TWO_MIB, Screen())
    assert checkpoint.load(tmp_path / "screen").offset == 2 * TWO_MIB
