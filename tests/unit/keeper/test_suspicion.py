"""Who crashed the keeper: the same work twice convicts, another's work or a plain kill does not."""

import contextlib

import pytest

from ide.keeper.suspicion import CRASHES, Suspicion, Work


class Killed(BaseException):
    """What no code of the keeper catches; the note stays as a dead process leaves it."""


@pytest.fixture
def dies(tmp_path, monkeypatch):
    """Let a keeper die while its engine is at some work, and its successor find the note."""

    def die(work: Work, offset: int, size: int = 0, *, fault: bool = True) -> Suspicion:
        suspicion = Suspicion(tmp_path)
        with contextlib.suppress(Killed), suspicion.during(work, offset, size):
            monkeypatch.setattr(suspicion, "_write", lambda: None)
            raise Killed
        successor = Suspicion(tmp_path)
        successor.blame(fault=fault)
        return Suspicion(tmp_path)

    return die


def test_the_same_chunk_twice_convicts(dies):
    assert CRASHES == 2
    assert not dies(Work.FEED, 1000, 64).convicted
    assert dies(Work.FEED, 1010, 64).convicted


def test_another_chunk_does_not(dies):
    dies(Work.FEED, 1000, 64)
    assert not dies(Work.FEED, 1064, 64).convicted


@pytest.mark.parametrize("work", [Work.RESTORE, Work.RESIZE, Work.SNAPSHOT, Work.CHECKPOINT])
def test_other_work_convicts_wherever_the_output_is_by_then(dies, work):
    dies(work, 1000)
    assert dies(work, 5000).convicted


def test_other_work_at_the_same_place_does_not(dies):
    dies(Work.SNAPSHOT, 1000)
    assert not dies(Work.CHECKPOINT, 1000).convicted


def test_a_plain_kill_accuses_nobody(dies):
    for _ in range(5):
        suspicion = dies(Work.FEED, 1000, 64, fault=False)
    assert suspicion.crashes == 0


def test_work_that_comes_back_the_second_time_is_cleared(dies, tmp_path):
    suspicion = dies(Work.FEED, 1000, 64)
    with suspicion.during(Work.FEED, 900, 120):
        pass
    assert suspicion.crashes == 1  # the end of what is suspected was not reached
    with suspicion.during(Work.FEED, 1020, 100):
        pass
    assert Suspicion(tmp_path).crashes == 0


def test_a_conviction_stands_whatever_follows(dies, tmp_path):
    dies(Work.FEED, 1000, 64)
    dies(Work.FEED, 1000, 64)
    assert dies(Work.FEED, 9000, 64).convicted


def test_where_nothing_can_be_noted_the_engine_works_all_the_same(tmp_path):
    suspicion = Suspicion(tmp_path / "missing")
    with suspicion.during(Work.FEED, 0, 10):
        pass
    assert not suspicion.convicted
