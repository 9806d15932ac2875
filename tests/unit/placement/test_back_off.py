import pytest

from ide.placement import back_off as module
from ide.placement.back_off import BackOff
from tests.unit.clocks import SetClock


@pytest.fixture
def clock(monkeypatch):
    clock = SetClock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_the_first_end_is_answered_at_once_and_a_row_of_them_ever_later(clock):
    back_off = BackOff()
    waits = []
    for _ in range(12):
        back_off.started()
        clock.now += 0.5
        waits.append(back_off.ended())
    assert waits[:4] == [0.0, 0.25, 0.5, 1.0]
    assert waits == sorted(waits)
    assert waits[-1] == module.MAX_DELAY_SECONDS


def test_who_lived_long_is_started_at_once_again(clock):
    back_off = BackOff()
    for _ in range(5):
        back_off.started()
        back_off.ended()
    back_off.started()
    clock.now += module.SHORT_LIFE_SECONDS
    assert back_off.ended() == 0.0


def test_what_could_not_be_started_is_not_tried_in_a_tight_loop(clock):
    back_off = BackOff()
    back_off.put_off()
    assert back_off.retry_at == clock.now + module.PUT_OFF_SECONDS
