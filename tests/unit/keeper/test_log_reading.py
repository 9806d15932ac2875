"""Handing out a whole log: gaps are said, and a broken stream never looks whole."""

import asyncio
import re
import socket
import time

import pytest

from ide.keeper import log_reading
from ide.keeper.packing import BLOCK_BYTES
from ide.wire.files import CutOffError, Reader
from tests.unit.keeper.filled_log import damage, fill

CAP = 4 * 1024 * 1024
LINES = b"".join(b"line %d\n" % number for number in range(60_000))


def read_out(log, start=0, meanwhile=None):
    """Return what a reader gets; it reads in another thread, as the web does."""

    def take(sock):
        sock.settimeout(20)
        parts = []
        for data in Reader(sock.recv).body():
            parts.append(data)
            if meanwhile and len(parts) == 1:
                meanwhile()
        return b"".join(parts)

    async def both():
        ours, theirs = socket.socketpair()
        with ours:
            taking = asyncio.get_running_loop().run_in_executor(None, take, ours)
            await log_reading.hand_out(log, theirs, start, log.head)
            return await taking

    return asyncio.run(both())


def test_all_of_it_comes_packed_or_not(log):
    fill(log, LINES)
    raw = log.shelf.next_to_pack()
    log.shelf.replace(raw, raw.pack())
    assert read_out(log) == LINES
    assert read_out(log, 1000) == LINES[1000:]
    assert read_out(log, log.head) == b""


def test_where_bytes_are_missing_a_line_says_so(log):
    fill(log, b"before")
    log.stop("disk")
    log.append(b"x" * 1234)
    assert log.record_again()
    log.append(b"after")
    log.shelf.forget_memory(log.head)
    assert read_out(log) == b"before\r\n[1234 bytes are missing here]\r\nafter"


def test_what_the_disk_lost_is_missing_and_nothing_else(log):
    fill(log, LINES)
    raw = log.shelf.next_to_pack()
    packed = raw.pack()
    log.shelf.replace(raw, packed)
    damage(packed, 0)
    said = b"\r\n[%d bytes are missing here]\r\n" % BLOCK_BYTES
    assert read_out(log) == said + LINES[BLOCK_BYTES:]


def test_what_memory_let_go_is_missing_too(log):
    fill(log, b"before")
    log.stop("disk")
    for _ in range(12):
        log.append(b"x" * 1024 * 1024)
        log.trim_memory()
    missing = log.start - len(b"before")
    assert missing > 0
    begin = b"before\r\n[%d bytes are missing here]\r\nxxx" % missing
    got = read_out(log)
    assert got.startswith(begin)
    assert len(got) == len(begin) - 3 + log.head - log.start


def test_what_is_dropped_meanwhile_is_missing_too(log):
    fill(log, LINES)
    dropped = log.shelf.all[4].first

    def drop():
        while log.shelf.all[0].first < dropped:
            assert log.drop_oldest(log.head)

    got = read_out(log, meanwhile=drop)
    # Read while it is being dropped, a gap may be said in several pieces, with text between them.
    pieces = re.split(rb"\r\n\[(\d+) bytes are missing here\]\r\n", got)
    assert len(pieces) >= 3
    at = 0
    for text, missing in zip(pieces[::2], [*pieces[1::2], b"0"], strict=True):
        assert LINES[at : at + len(text)] == text
        at += len(text) + int(missing)
    assert at == len(LINES)


def test_a_console_that_is_removed_meanwhile_breaks_the_stream_off(log):
    fill(log, LINES)
    with pytest.raises(CutOffError):
        read_out(log, meanwhile=log.close)


def test_who_takes_nothing_is_not_waited_for(log, monkeypatch):
    monkeypatch.setattr(log_reading, "FILE_STALL_SECONDS", 0.2)
    fill(log, LINES)
    ours, theirs = socket.socketpair()
    began = time.monotonic()
    with ours, pytest.raises(TimeoutError):
        asyncio.run(log_reading.hand_out(log, theirs, 0, log.head))
    assert time.monotonic() - began < 20
    assert theirs.fileno() == -1
