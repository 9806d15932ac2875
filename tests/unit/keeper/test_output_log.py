"""The log: bytes at their offsets, a cap, a full disk, a successor."""

import errno
import os

import pytest

from ide.keeper import output_log
from ide.keeper.output_log import MEMORY_BYTES, OutputLog

CAP = 1024 * 1024


@pytest.fixture
def log(tmp_path):
    made = OutputLog(tmp_path, CAP)
    yield made
    made.close()


@pytest.fixture
def pipe():
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    yield read, write
    os.close(read)
    os.close(write)


def put(log, pipe, data):
    for at in range(0, len(data), 60_000):
        os.write(pipe[1], data[at : at + 60_000])
        while log.take(pipe[0], 65536):
            pass


@pytest.mark.parametrize("splicing", [True, False])
def test_what_came_through_the_pipe_is_read_back_at_its_offset(log, pipe, splicing):
    log.splicing = splicing
    put(log, pipe, b"hello ")
    put(log, pipe, b"world")
    assert (log.head, log.start, log.recording) == (11, 0, True)
    assert log.read(6, 100) == b"world"
    assert log.read(11, 100) == b""
    assert log.splicing is splicing


def test_a_successor_goes_on_where_the_file_ends(tmp_path, log, pipe):
    put(log, pipe, b"before")
    other = OutputLog(tmp_path, CAP)
    put(other, pipe, b"after")
    assert other.read(0, 100) == b"beforeafter"
    other.close()


def test_our_own_words_follow_the_programs(log, pipe):
    put(log, pipe, b"program")
    log.append(b" keeper")
    assert log.read(0, 100) == b"program keeper"


def test_over_the_cap_the_oldest_bytes_go_and_offsets_stay(tmp_path, log, pipe):
    put(log, pipe, bytes(range(256)) * 4096 * 2)
    assert log.trim(keep_from=log.head)
    assert log.head == 2 * CAP
    assert 0 < log.size_bytes <= CAP
    assert log.read(log.head - 2, 2) == b"\xfe\xff"
    assert (tmp_path / "output").stat().st_blocks * 512 < CAP + 65536
    assert not log.trim(keep_from=log.head)
    other = OutputLog(tmp_path, CAP)
    assert (other.start, other.head) == (log.start, log.head)
    other.close()


def test_nothing_that_a_rebuild_needs_is_given_back(log, pipe):
    put(log, pipe, b"x" * 2 * CAP)
    assert log.trim(keep_from=10_000)
    assert log.start == 8192


def full_disk(monkeypatch, log):
    """Every write to the log's file fails as on a full disk, until undone."""
    real_splice, real_pwrite = os.splice, os.pwrite
    real_fallocate, disk = output_log._fallocate, log._fd

    def refuse(fd):
        if fd == disk:
            raise OSError(errno.ENOSPC, "No space left on device")

    def splice(source, target, *args, **more):
        refuse(target)
        return real_splice(source, target, *args, **more)

    def pwrite(fd, *args):
        refuse(fd)
        return real_pwrite(fd, *args)

    def fallocate(fd, mode, offset, length):
        if not mode & 2:
            refuse(fd)
        real_fallocate(fd, mode, offset, length)

    monkeypatch.setattr(os, "splice", splice)
    monkeypatch.setattr(os, "pwrite", pwrite)
    monkeypatch.setattr(output_log, "_fallocate", fallocate)


@pytest.mark.parametrize("splicing", [True, False])
def test_on_a_full_disk_bytes_go_on_and_it_is_said(monkeypatch, log, pipe, splicing):
    log.splicing = splicing
    put(log, pipe, b"kept ")
    with monkeypatch.context() as patch:
        full_disk(patch, log)
        put(log, pipe, b"not kept")
        assert not log.recording
        assert not log.record_again()
        assert log.read(0, 5) + log.read(5, 100) == b"kept not kept"
        assert log.head == 13
    assert log.record_again()
    assert log.recording
    put(log, pipe, b" kept again")
    assert log.start == 13
    assert log.read(5, 100) == b"not kept"  # viewers in the middle of it can go on
    assert log.read(13, 100) == b" kept again"


def test_unrecorded_bytes_are_bounded(monkeypatch, log, pipe):
    full_disk(monkeypatch, log)
    put(log, pipe, b"x" * 4 * MEMORY_BYTES)
    log.trim(keep_from=log.head)
    assert os.fstat(log._memory).st_blocks * 512 <= 2 * MEMORY_BYTES
    assert log.read(log.head - 3, 3) == b"xxx"
