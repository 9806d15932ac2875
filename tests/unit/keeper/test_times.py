"""The time index: when what was printed, bounded, and never stepping back."""

import pytest

from ide.keeper import times
from ide.keeper.times import Times

START = 1_700_000_000.0


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def printed(index, clock, pieces):
    """Have 100 bytes come at each of these seconds after START."""
    for number, seconds in enumerate(pieces):
        clock.seconds = START + seconds
        index.note(number * 100, 0)


def test_it_tells_when_a_byte_came_and_what_came_since(tmp_path, clock):
    index = Times(tmp_path, clock)
    printed(index, clock, [0, 10, 20])
    assert [index.time_at(offset) for offset in (0, 99, 100, 5000)] == [
        START, START, START + 10, START + 20,
    ]  # fmt: skip
    assert index.offset_at(START - 1) == 0
    assert index.offset_at(START + 10.5) == 100
    assert index.offset_at(START + 99) == 200


def test_it_is_written_at_most_four_times_a_second(tmp_path, clock):
    index = Times(tmp_path, clock)
    printed(index, clock, [0, 0.1, 0.2, 0.3, 0.4])
    assert (tmp_path / "times").stat().st_size == 2 * 16
    assert (tmp_path / "times").stat().st_mode & 0o777 == 0o600
    assert index.time_at(300) == pytest.approx(START + 0.3, abs=0.002)


def test_a_clock_that_is_set_back_never_turns_time_back(tmp_path, clock):
    index = Times(tmp_path, clock)
    printed(index, clock, [0, 100])
    clock.seconds = START - 3600
    assert index.now() == START + 100
    index.note(200, 0)
    clock.seconds = START + 102
    index.note(300, 0)
    seen = [index.time_at(offset) for offset in (0, 100, 200, 300)]
    assert seen == sorted(seen)
    assert seen[-1] == START + 102


def test_nor_for_a_successor(tmp_path, clock):
    printed(Times(tmp_path, clock), clock, [0, 100])
    clock.seconds = START - 3600
    index = Times(tmp_path, clock)
    index.load(head=1000)
    assert index.now() == START + 100.25  # who wrote it may have come so far
    index.note(200, 0)
    assert index.time_at(200) == START + 100.25


def test_records_that_a_crash_made_wrong_are_forgotten(tmp_path, clock):
    printed(Times(tmp_path, clock), clock, [0, 10, 20])
    with (tmp_path / "times").open("ab") as file:
        file.write(bytes(32) + b"torn")
    index = Times(tmp_path, clock)
    index.load(head=150)
    assert index.time_at(5000) == START + 10
    clock.seconds = START + 30
    index.note(150, 0)
    assert index.time_at(150) == START + 30


def test_it_is_bounded(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(times, "MAX_RECORDS", 64)
    index = Times(tmp_path, clock)
    for number in range(1000):
        clock.seconds = START + 2 * number
        index.note(number * 100, 0)
        assert (tmp_path / "times").stat().st_size <= 64 * 16
    assert index.time_at(99_900) == START + 1998
    assert START <= index.time_at(50_000) <= START + 1000
    assert index.offset_at(START + 1000) <= 50_000


def test_of_a_long_time_the_beginning_is_known_as_well_as_the_end(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(times, "MAX_RECORDS", 64)
    index = Times(tmp_path, clock)
    for number in range(4000):
        clock.seconds = START + number
        index.note(number * 100, 0)
    for number in range(4000):
        late = START + number - index.time_at(number * 100)
        assert 0 <= late <= 4000 / 64 * 6


def test_what_was_dropped_goes_first(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(times, "MAX_RECORDS", 64)
    index = Times(tmp_path, clock)
    for number in range(65):
        clock.seconds = START + 2 * number
        index.note(number * 100, 4000)
    assert (tmp_path / "times").stat().st_size == 25 * 16
    assert index.time_at(4000) == START + 80
    assert index.time_at(3999) is None


def test_a_folder_that_is_gone_stops_nobody(tmp_path, clock):
    index = Times(tmp_path / "gone", clock)
    index.load(head=0)
    index.note(0, 0)
    assert index.time_at(0) is None
    assert index.offset_at(START) == 0


def test_what_came_just_before_a_crash_is_found_though_the_clock_was_set_back(tmp_path, clock):
    printed(Times(tmp_path, clock), clock, [0, 0.2])  # too soon for a second record
    clock.seconds = START - 600
    successor = Times(tmp_path, clock)
    successor.load(200)
    successor.note(200, 0)
    assert successor.offset_at(START + 0.1) <= 100
    assert successor.offset_at(START + 2) == 200


def test_what_is_noted_of_a_part_begins_with_what_holds_there(tmp_path, clock):
    index = Times(tmp_path, clock)
    assert index.between(0, 100) == []
    printed(index, clock, [0, 10, 20, 30])
    ms = int(START * 1000)
    assert index.between(150, 300) == [(100, ms + 10_000), (200, ms + 20_000)]
    assert index.between(0, 1) == [(0, ms)]
    assert index.between(999, 2000) == [(300, ms + 30_000)]
