"""Sizes and ends at their offsets, numbered for good."""

import pytest

from ide.keeper.log_timed import MAX_SIZES, newest_sizes
from ide.keeper.marks import MAX_MARKS, Ended, Marks, Resize

HEAD = 1_000_000
"""Where the log ends, unless a test says otherwise."""


def test_sizes_survive_and_ends_do_not(tmp_path):
    marks = Marks(tmp_path, HEAD)
    marks.add(Resize(0, 80, 24))
    marks.add(Ended(10, 0, 0))
    marks.add(Resize(10, 80, 24), durable=False)
    marks.add(Resize(20, 100, 30))
    again = Marks(tmp_path, HEAD)
    assert [again.get(number) for number in range(again.end)] == [
        Resize(0, 80, 24), Resize(20, 100, 30),
    ]  # fmt: skip


def test_the_grid_at_an_offset_is_the_last_one_before_it(tmp_path):
    marks = Marks(tmp_path, HEAD)
    assert marks.size_at(5) is None
    for mark in (Resize(0, 80, 24), Resize(20, 100, 30), Ended(20, 0, 0), Resize(40, 60, 20)):
        marks.add(mark)
    assert [marks.size_at(at) for at in (0, 19, 20, 39, 40, 99)] == [
        (80, 24), (80, 24), (100, 30), (100, 30), (60, 20), (60, 20),
    ]  # fmt: skip
    assert (marks.after(-1), marks.after(0), marks.after(20), marks.after(99)) == (0, 1, 3, 4)


def test_the_grids_from_an_offset_on_are_told_each_once_and_not_too_many(tmp_path):
    marks = Marks(tmp_path, HEAD)
    assert newest_sizes(marks, 0) == []
    for mark in (Resize(0, 80, 24), Resize(20, 90, 30), Ended(20, 0, 0), Resize(20, 60, 20)):
        marks.add(mark)
    assert newest_sizes(marks, 0) == [(0, 80, 24), (20, 60, 20)]
    assert newest_sizes(marks, 10) == [(10, 80, 24), (20, 60, 20)]
    assert newest_sizes(marks, 25) == [(25, 60, 20)]
    for offset in range(30, 30 + 2 * MAX_SIZES):
        marks.add(Resize(offset, 80, 24))
    told = newest_sizes(marks, 0)
    assert (len(told), told[-1]) == (MAX_SIZES, (29 + 2 * MAX_SIZES, 80, 24))


def test_old_marks_are_forgotten_but_keep_their_numbers(tmp_path):
    marks = Marks(tmp_path, HEAD)
    for offset in range(3 * MAX_MARKS):
        marks.add(Resize(offset, 80, 24))
    assert (marks.first, marks.end) == (2 * MAX_MARKS, 3 * MAX_MARKS)
    assert marks.get(marks.first).offset == 2 * MAX_MARKS
    with pytest.raises(IndexError):
        marks.get(0)
    assert (tmp_path / "sizes").stat().st_size <= 2 * MAX_MARKS * 12 + 12


def test_a_record_torn_by_a_crash_is_dropped(tmp_path):
    Marks(tmp_path, HEAD).add(Resize(0, 80, 24))
    with (tmp_path / "sizes").open("ab") as file:
        file.write(b"\0\0\0")
    marks = Marks(tmp_path, HEAD)
    marks.add(Resize(7, 90, 25))
    assert Marks(tmp_path, HEAD).size_at(7) == (90, 25)


def test_sizes_of_bytes_that_a_crash_took_hold_for_those_that_come_instead(tmp_path):
    marks = Marks(tmp_path, HEAD)
    for offset, cols in ((0, 80), (2000, 90), (5000, 100), (6000, 110)):
        marks.add(Resize(offset, cols, 24))
    marks = Marks(tmp_path, 3000)
    assert marks.size_at(3000) == (110, 24)
    marks.add(Resize(3000, 120, 24))
    marks.add(Resize(4000, 130, 24))
    for again in (marks, Marks(tmp_path, HEAD)):
        assert [again.size_at(at) for at in (1999, 2999, 3000, 4000, 9999)] == [
            (80, 24), (90, 24), (120, 24), (130, 24), (130, 24),
        ]  # fmt: skip
