"""The log: bytes at their offsets, in segments, on a disk that fills up, for a successor."""

import contextlib
import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from ide.keeper import segments
from ide.keeper.output_log import OutputLog
from ide.keeper.packing import HaltedError
from ide.keeper.unrecorded import MEMORY_BYTES, Unrecorded
from tests import kept_logs

CAP = 4 * 1024 * 1024
SEGMENT = CAP // 32


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
        if log.segment_is_full:
            log.rotate()


def pack_all(log):
    while raw := log.shelf.next_to_pack():
        log.shelf.replace(raw, raw.pack())


def everything(log, offset=0):
    parts = []
    while data := log.read(offset, 65536):
        parts.append(data)
        offset += len(data)
    return b"".join(parts)


def lines(count):
    return b"".join(b"line %d\r\n" % number for number in range(count))


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


# Segments.


def test_a_full_segment_is_followed_by_another_and_reads_go_on(tmp_path, log, pipe):
    data = lines(100_000)
    put(log, pipe, data)
    assert len(log.shelf.all) > 5
    assert all(one.end - one.first < SEGMENT + 65536 for one in log.shelf.all[:-1])
    assert everything(log) == data
    assert sorted(path.suffix for path in tmp_path.glob("0*")) == [".raw"] * len(log.shelf.all)


def test_compressed_segments_take_less_room_and_read_the_same(tmp_path, log, pipe):
    data = lines(100_000)
    put(log, pipe, data)
    before = log.disk_bytes
    assert before == len(data)
    pack_all(log)
    assert log.disk_bytes < before / 2
    assert log.disk_bytes == sum(path.stat().st_size for path in tmp_path.glob("0*"))
    assert everything(log) == data
    for offset in (0, 1, 65_535, 65_536, SEGMENT - 1, SEGMENT, len(data) - 1):
        assert data[offset:].startswith(log.read(offset, 5000)[:100])
        assert log.read(offset, 5000)
    assert log.shelf.unpacked() == [log.shelf.all[-1]]


def test_a_reader_that_comes_while_a_segment_is_packed_finds_the_packed_one(log, pipe):
    put(log, pipe, lines(40_000))
    (raw, *_), seen = log.shelf.all, log.read(100, 1000)
    real = segments.Segment.read

    def packed_meanwhile(segment, offset, size):
        if segment is raw and raw in log.shelf.all:
            log.shelf.replace(raw, raw.pack())
        return real(segment, offset, size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments.Segment, "read", packed_meanwhile)
        assert log.read(100, 1000) == seen


def test_packing_can_be_halted_and_leaves_nothing_half(tmp_path, log, pipe):
    put(log, pipe, lines(40_000))
    halt = threading.Event()
    halt.set()
    with pytest.raises(HaltedError):
        log.shelf.next_to_pack().pack(halt)
    assert not list(tmp_path.glob("*packed*"))


def test_the_oldest_segment_goes_first_and_offsets_stay(tmp_path, log, pipe):
    data = lines(100_000)
    put(log, pipe, data)
    first = log.shelf.all[0]
    assert log.drop_oldest(log.head)
    assert (log.start, log.shelf.oldest) == (first.end, first.end)
    assert not first.path.exists()
    assert log.read(0, 10) == b""
    assert everything(log, log.start) == data[log.start :]
    other = OutputLog(tmp_path, CAP)
    assert (other.start, other.head) == (log.start, log.head)
    other.close()


def test_nothing_that_a_rebuild_needs_is_given_up(log, pipe):
    put(log, pipe, lines(100_000))
    first, second, *_ = log.shelf.all
    assert not log.drop_oldest(first.end - 1)
    assert log.drop_oldest(second.end - 1)
    assert not log.drop_oldest(second.end - 1)
    while log.drop_oldest(log.head):
        pass
    assert len(log.shelf.all) == 1  # the one that grows stays


def test_what_was_dropped_while_it_was_packed_stays_away(tmp_path, log, pipe):
    put(log, pipe, lines(40_000))
    raw = log.shelf.next_to_pack()
    packed = raw.pack()
    log.drop_oldest(log.head)
    kept = log.disk_bytes
    log.shelf.replace(raw, packed)
    assert not packed.path.exists()
    assert log.disk_bytes == kept


def test_files_are_for_their_owner_alone(tmp_path, log, pipe):
    put(log, pipe, lines(40_000))
    pack_all(log)
    log.mark_whole()
    found = list(tmp_path.iterdir())
    assert len(found) >= 3
    assert {path.stat().st_mode & 0o777 for path in found} == {0o600}


# Successors.


def test_a_successor_goes_on_in_packed_and_raw_segments(tmp_path, log, pipe):
    data = lines(100_000)
    put(log, pipe, data)
    log.shelf.replace(raw := log.shelf.next_to_pack(), raw.pack())
    log.close()
    other = OutputLog(tmp_path, CAP)
    assert (other.start, other.head, other.shelf.all[0].packed) == (0, len(data), True)
    put(other, pipe, b"more")
    assert everything(other) == data + b"more"
    other.close()


def test_a_log_of_an_earlier_version_is_read_packed_and_gone_on_with(tmp_path, pipe):
    data = lines(100_000)
    with (tmp_path / "output").open("wb") as old:  # positions are offsets, the oldest were dropped
        old.truncate(8192)
        old.seek(8192)
        old.write(data[8192:])
    (tmp_path / "start").write_bytes(b"8192")
    log = OutputLog(tmp_path, CAP)
    assert (log.start, log.head, log.whole) == (8192, len(data), True)
    assert log.disk_bytes == len(data) - 8192
    put(log, pipe, b"new")
    assert everything(log, 8192) == data[8192:] + b"new"
    pack_all(log)
    assert everything(log, 8192) == data[8192:] + b"new"
    assert not (tmp_path / "output").exists()
    assert not (tmp_path / "start").exists()
    log.close()
    other = OutputLog(tmp_path, CAP)
    assert (other.start, other.head) == (8192, len(data) + 3)
    other.close()


def test_an_empty_log_of_an_earlier_version_keeps_its_place(tmp_path):
    (tmp_path / "output").touch()
    os.truncate(tmp_path / "output", 5000)
    (tmp_path / "start").write_bytes(b"5000")
    OutputLog(tmp_path, CAP).close()
    log = OutputLog(tmp_path, CAP)
    assert (log.start, log.head) == (5000, 5000)
    assert not (tmp_path / "output").exists()
    log.close()


def test_after_a_gap_that_a_crash_left_the_log_begins_behind_it(tmp_path, log, pipe):
    put(log, pipe, lines(100_000))
    torn = log.shelf.all[1]
    log.close()
    os.truncate(torn.path, 100)
    other = OutputLog(tmp_path, CAP)
    assert other.start == torn.end
    assert other.read(torn.first + 50, 1000) == other.read(torn.first, 100)[50:]
    assert other.read(torn.first + 100, 1000) == b""
    other.close()


@pytest.mark.parametrize("damage", [b"", b"x" * 3000])
def test_a_damaged_segment_reads_as_missing(log, pipe, damage):
    put(log, pipe, lines(40_000))
    pack_all(log)
    log.shelf.all[0].path.write_bytes(damage)
    assert log.read(0, 100) == b""
    assert log.read(log.shelf.all[1].first, 100)


# A disk that takes nothing.


@contextlib.contextmanager
def full_disk(folder):
    """Writing to files there, and beginning one, fails as on a full disk."""
    real_splice, real_pwrite, real_open = os.splice, os.pwrite, os.open

    def refuse(path):
        if str(path).startswith(str(folder)):
            raise OSError(errno.ENOSPC, "No space left on device")

    def splice(source, target, *args, **more):
        refuse(Path(f"/proc/self/fd/{target}").readlink())
        return real_splice(source, target, *args, **more)

    def pwrite(fd, *args):
        refuse(Path(f"/proc/self/fd/{fd}").readlink())
        return real_pwrite(fd, *args)

    def open_(path, flags, *args, **more):
        if flags & os.O_CREAT:
            refuse(path)
        return real_open(path, flags, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "splice", splice)
        patch.setattr(os, "pwrite", pwrite)
        patch.setattr(os, "open", open_)
        patch.setattr(Path, "write_bytes", lambda self, _data: refuse(self))
        yield


@pytest.mark.parametrize("splicing", [True, False])
def test_on_a_full_disk_bytes_go_on_and_it_is_said(tmp_path, log, pipe, splicing):
    log.splicing = splicing
    log.mark_whole()
    put(log, pipe, b"kept ")
    with full_disk(tmp_path):
        put(log, pipe, b"not kept")
        assert log.unrecorded == Unrecorded(5, "disk", at=0)
        assert not log.record_again()
        assert log.read(0, 5) + log.read(5, 100) == b"kept not kept"
        assert (log.head, log.disk_bytes) == (13, 5)
    assert log.record_again()
    assert log.recording
    put(log, pipe, b" kept again")
    assert log.start == 13
    assert log.read(5, 100) == b"not kept"  # the screen is in the middle of it
    assert log.read(13, 100) == b" kept again"
    log.shelf.forget_memory(13)
    assert log.read(5, 100) == b""
    assert log.read(0, 100) == b"kept "  # of an earlier epoch, and still there


def test_who_dies_while_nothing_is_recorded_leaves_that_word(tmp_path, log, pipe):
    assert not log.whole
    log.mark_whole()
    put(log, pipe, b"kept")
    with full_disk(tmp_path):
        put(log, pipe, b"seen by somebody, and lost")
        assert not log.whole
        log.close()
    other = OutputLog(tmp_path, CAP)
    assert (other.head, other.recording, other.whole) == (4, True, False)
    other.mark_whole()
    other.close()
    third = OutputLog(tmp_path, CAP)
    assert third.whole
    third.close()


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_disk_that_is_full_from_the_start_stops_nobody(tmp_path, pipe, has_folder):
    def no_room(_path, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    if has_folder:
        (tmp_path / "new").mkdir()
    with full_disk(tmp_path), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "mkdir", no_room)
        log = OutputLog(tmp_path / "new", CAP)
        put(log, pipe, b"shown")
        assert log.unrecorded == Unrecorded(0, "disk", at=0)
        assert log.read(0, 100) == b"shown"
    assert log.record_again()
    put(log, pipe, b" kept")
    log.close()
    assert kept_logs.content(tmp_path / "new") == (5, b" kept")


def test_a_log_that_cannot_be_read_is_not_written_over(tmp_path, log, pipe):
    data = lines(100_000)
    put(log, pipe, data)
    log.close()

    def unreadable(_folder):
        raise OSError(errno.EIO, "Input/output error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", unreadable)
        other = OutputLog(tmp_path, CAP)
    put(other, pipe, b"shown")
    assert other.unrecorded.why == "disk"
    assert not other.record_again()
    assert other.read(0, 10) == b"shown"
    other.close()
    assert kept_logs.content(tmp_path) == (0, data)


def test_where_no_segment_can_be_begun_the_old_one_goes_on(tmp_path, log, pipe):
    put(log, pipe, b"x" * (SEGMENT - 1))
    with full_disk(tmp_path):
        log.rotate()
    put(log, pipe, b"more")
    assert log.recording
    assert kept_logs.content(tmp_path) == (0, b"x" * (SEGMENT - 1) + b"more")


def test_unrecorded_bytes_are_bounded(tmp_path, log, pipe):
    with full_disk(tmp_path):
        for _ in range(16):
            put(log, pipe, b"x" * (MEMORY_BYTES // 4))
            log.trim_memory()
        memory = log.shelf.all[-1]
        assert os.fstat(memory.fileno()).st_blocks * 512 <= 2 * MEMORY_BYTES
        assert log.read(log.head - 3, 3) == log.read(log.start, 3) == b"xxx"
        assert log.read(log.start - 3, 3) == b""  # not the zeros that took their place


@pytest.mark.parametrize("how", ["removed", "renamed", "file removed"])
def test_a_log_folder_that_is_taken_away_is_noticed_and_made_anew(tmp_path, pipe, how):
    folder = tmp_path / "log"
    log = OutputLog(folder, CAP)
    log.mark_whole()
    put(log, pipe, lines(20_000))
    assert log.is_in_place()
    if how == "removed":
        shutil.rmtree(folder)
    elif how == "renamed":
        folder.rename(tmp_path / "other")
    else:
        log.shelf.all[-1].path.unlink()
    assert not log.is_in_place()
    log.stop("folder")
    head = log.head
    put(log, pipe, b"in memory")
    assert log.unrecorded == Unrecorded(head, "folder", at=0)
    assert log.read(head - 5, 5) == lines(20_000)[-5:]
    assert log.record_again()
    assert log.is_in_place()
    put(log, pipe, b"kept")
    log.close()
    other = OutputLog(folder, CAP)
    assert not other.whole
    assert other.read(head + 9, 10) == b"kept"
    other.close()


def test_where_rotation_finds_no_folder_the_program_goes_on(tmp_path, pipe):
    log = OutputLog(tmp_path / "log", CAP)
    put(log, pipe, b"x" * (SEGMENT - 10))
    shutil.rmtree(tmp_path / "log")
    put(log, pipe, b"y" * 100)
    assert log.unrecorded == Unrecorded(SEGMENT + 90, "folder", at=0)
    put(log, pipe, b"z")
    assert log.read(log.head - 1, 1) == b"z"
    log.close()


def test_a_log_that_shall_not_be_kept_leaves_nothing_on_the_disk(tmp_path, pipe):
    log = OutputLog(tmp_path, CAP, never=True)
    put(log, pipe, b"secret")
    assert log.unrecorded == Unrecorded(0, "never", at=0)
    assert log.read(0, 10) == b"secret"
    assert list(tmp_path.iterdir()) == []
    log.close()
