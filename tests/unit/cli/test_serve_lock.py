import os

import pytest

from ide.cli import serve_lock
from ide.errors import ConflictError
from ide.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, runtime_dir=str(tmp_path))


def test_a_second_serve_is_told_where_the_first_one_is(settings):
    assert serve_lock.find(settings) is None
    lock = serve_lock.take(settings, "http://127.0.0.1:8000/")
    with pytest.raises(ConflictError, match=rf"at http://127.0.0.1:8000/ \(pid {os.getpid()}\)"):
        serve_lock.take(settings, "")
    assert serve_lock.find(settings) == serve_lock.Running(os.getpid(), "http://127.0.0.1:8000/")
    os.close(lock)
    assert serve_lock.find(settings) is None


def test_a_lock_left_behind_by_a_killed_serve_is_taken(settings):
    os.close(serve_lock.take(settings, "http://127.0.0.1:8000/"))
    os.close(serve_lock.take(settings, "http://127.0.0.1:9000/"))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff"])
def test_a_lock_that_says_nothing_still_counts(settings, text):
    lock = serve_lock.take(settings, "")
    os.ftruncate(lock, 0)
    os.pwrite(lock, text, 0)
    with pytest.raises(ConflictError, match="already running"):
        serve_lock.take(settings, "")
    os.close(lock)


def test_a_serve_is_told_that_all_ends_and_stays_found(settings):
    lock = serve_lock.take(settings, "http://127.0.0.1:8000/")
    assert not serve_lock.all_ends(lock)
    running = serve_lock.find(settings)
    assert running is not None
    serve_lock.announce_end(settings, running)
    assert serve_lock.all_ends(lock)
    assert serve_lock.find(settings) == running
    os.close(lock)
    serve_lock.remove(settings)
    serve_lock.announce_end(settings, running)  # it ended meanwhile


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"ending": "x"}', b"\xff"])
def test_a_lock_that_cannot_be_read_announces_nothing(settings, text):
    lock = serve_lock.take(settings, "")
    os.ftruncate(lock, 0)
    os.pwrite(lock, text, 0)
    assert not serve_lock.all_ends(lock)
    os.close(lock)
