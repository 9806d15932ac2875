"""Handing out a whole log: gaps are said, and a broken stream never looks whole."""

import asyncio
import json
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from ide.consoles.asciicast import as_cast
from ide.guard.plan_words import say_bytes
from ide.keeper import log_reading, log_timed
from ide.keeper.marks import Marks, Resize
from ide.keeper.packing import BLOCK_BYTES
from ide.keeper.times import Times
from ide.wire.files import CutOffError, Reader
from tests.fidelity.streams import RECORDED, recorded
from tests.unit.keeper.filled_log import damage, fill

CAP = 4 * 1024 * 1024
LINES = b"".join(b"line %d\n" % number for number in range(60_000))


def read_out(log, start=0, meanwhile=None, clock=None):
    """Return what a reader gets; it reads in another thread, as the web does.

    With `clock` as an asciicast's lines.
    """

    def take(sock):
        sock.settimeout(20)
        parts = []
        body = Reader(sock.recv).body()
        for data in body if clock is None else as_cast(body, "Bash", start, log.head):
            parts.append(data)
            if meanwhile and len(parts) == 1:
                meanwhile()
        return b"".join(parts)

    async def both():
        ours, theirs = socket.socketpair()
        with ours:
            taking = asyncio.get_running_loop().run_in_executor(None, take, ours)
            await log_reading.hand_out(log, theirs, start, log.head, clock)
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


def test_with_its_clock_all_of_it_comes_at_its_times_and_in_its_sizes(log):
    now = [1_700_000_000.0]
    times, marks = Times(log.folder, lambda: now[0]), Marks(log.folder, 0)
    expected = []
    for number, name in enumerate([*RECORDED, RECORDED[0]]):
        times.note(log.head, 0)
        marks.add(Resize(log.head, 80 + number, 24))
        expected.append((number * 60.0, f"{80 + number}x24", recorded(name)))
        fill(log, recorded(name))
        now[0] += 60
    log.rotate()
    while raw := log.shelf.next_to_pack():
        log.shelf.replace(raw, raw.pack())
    told = log_timed.clock(times, marks, 0, log.head)
    header, *lines = map(json.loads, read_out(log, clock=list(told)).splitlines())
    assert (header["width"], header["height"]) == (80, 24)
    for at, size, data in expected:
        mine = [line for line in lines if at <= line[0] < at + 60]
        text = "".join(line[2] for line in mine if line[1] == "o")
        assert text == data.decode("utf-8", "replace")
        assert [line for line in mine if line[1] == "r"] == ([[at, "r", size]] if at else [])


def test_a_clock_begins_where_the_log_is_kept_and_holds_gaps_apart(log):
    now = [1_700_000_000.0]
    times, marks = Times(log.folder, lambda: now[0]), Marks(log.folder, 0)
    marks.add(Resize(0, 90, 40))
    for at in range(0, len(LINES), 50_000):
        times.note(log.head, 0)
        fill(log, LINES[at : at + 50_000])
        now[0] += 10
    while log.shelf.oldest < 200_000:
        assert log.drop_oldest(log.head)
    log.shelf.all[1].unlink()
    start, lost = log.shelf.oldest, log.shelf.all[1]
    told = list(log_timed.clock(times, marks, start, log.head))
    header, *lines = map(json.loads, read_out(log, start, clock=told).splitlines())
    assert header["timestamp"] == 1_700_000_000 + start // 50_000 * 10
    assert (header["width"], header["height"]) == (90, 40)
    text = "".join(line[2] for line in lines if line[1] == "o")
    assert text.encode() == LINES[start : lost.first] + LINES[lost.end :]
    words = [line[2] for line in lines if line[1] == "m"]
    assert words == [f"{say_bytes(lost.end - lost.first)} are missing here"]
    assert lines[-1][0] == pytest.approx((len(LINES) // 50_000 - start // 50_000) * 10, abs=2)


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
    # Far less than the log, whatever the machine gives a socket.
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(LINES) // 10)
    with ours, pytest.raises(TimeoutError):
        asyncio.run(log_reading.hand_out(log, theirs, 0, log.head))
    assert theirs.fileno() == -1


def test_a_part_is_what_is_kept_of_it(log):
    fill(log, LINES)
    while log.shelf.oldest < 200_000:
        assert log.drop_oldest(log.head)
    console = SimpleNamespace(
        log=log, times=Times(log.folder), record=SimpleNamespace(title="Bash")
    )
    oldest, head = log.shelf.oldest, log.head

    async def asked(wanted):
        spawned = []
        ours, theirs = socket.socketpair()
        with ours:
            told = log_reading.LogReaders(spawned.append, Path("/nowhere")).begin(
                console, theirs, wanted
            )
            spawned[0].close()
            theirs.close()
        return told["start"], told["end"]

    for first, end, expected in (
        (0, None, (oldest, head)), (0, 100, (100, 100)), (oldest + 5, oldest + 9, None),
        (head + 7, None, (head, head)), (oldest + 9, oldest + 5, (oldest + 5, oldest + 5)),
    ):  # fmt: skip
        got = asyncio.run(asked(log_reading.Wanted(first=first, end=end)))
        assert got == (expected or (first, end))
