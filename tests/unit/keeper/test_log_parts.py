"""Pieces of a log: whole lines with their offsets, gaps told, cut only where nothing is torn."""

import asyncio
import itertools
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from ide.errors import TooManyError
from ide.keeper import log_parts, log_pieces
from ide.keeper.log_parts import overview, part_before, part_from
from ide.keeper.output_log import OutputLog
from ide.keeper.packing import BLOCK_BYTES
from ide.keeper.times import Times
from ide.wire.files import Reader
from tests.unit.keeper.filled_log import damage, fill

CAP = 4 * 1024 * 1024
LINES = b"".join(b"line %d\n" % number for number in range(60_000))
GLYPH = "€".encode()
UNTORN = re.compile(
    rb"\x1b\[[0-9;]*m|\x1b\].*?(?:\x07|\x1b\\)|[\xc0-\xff][\x80-\xbf]*|[\x00-\x7f]", re.DOTALL
)
"""One sequence or character."""


def forwards(log, size):
    """Return the pieces from the oldest byte to the end, as a view asks for them."""
    parts = [part_from(log, 0, size, exact=False)]
    while parts[-1].end < log.head:
        parts.append(part_from(log, parts[-1].end, size, exact=True))
    return parts


def backwards(log, size):
    parts = [part_before(log, log.head, size, exact=True)]
    while parts[0].first > log.shelf.oldest:
        parts.insert(0, part_before(log, parts[0].first, size, exact=True))
    return parts


@pytest.mark.parametrize("read", [forwards, backwards])
def test_pieces_are_whole_lines_and_together_all_of_it_across_segments(log, read):
    fill(log, LINES)
    raw = log.shelf.next_to_pack()
    log.shelf.replace(raw, raw.pack())
    parts = read(log, 10_000)
    assert b"".join(part.data for part in parts) == LINES
    assert all(part.data.endswith(b"\n") and len(part.data) <= 10_000 for part in parts)
    assert all(part.end == after.first for part, after in itertools.pairwise(parts))
    assert not any(part.cut_start or part.cut_end for part in parts)


def test_a_piece_begins_with_the_line_that_an_offset_lies_in(log):
    fill(log, LINES)
    at = LINES.index(b"line 31234\n")
    for inside in (at, at + 3, at + 10):
        part = part_from(log, inside, 1000, exact=False)
        assert (part.first, part.cut_start) == (at, False)
        before = part_before(log, inside, 1000, exact=False)
        assert before.end == at
        assert before.data.endswith(b"line 31233\n")
    assert part_from(log, log.head + 5, 1000, exact=False).data == b""


@pytest.mark.parametrize(
    "unit", [GLYPH, b"\x1b[38;2;1;22;133mx", b"\x1b]8;;http://x\x1b\\l\x1b]8;;\x07"]
)
def test_a_line_longer_than_a_piece_is_cut_between_characters_and_sequences(log, unit):
    line = b"a" + unit * (300_000 // len(unit)) + b"\n"
    whole = b"first\n" + line + b"last\n"
    fill(log, whole)
    starts = {match.start() for match in UNTORN.finditer(whole)}
    for read in (forwards, backwards):
        parts = read(log, 50_001)
        assert b"".join(part.data for part in parts) == whole
        assert len(parts) >= 7
        assert all(part.first in starts for part in parts if part.data)
    middle = part_from(log, 150_000, 5000, exact=False)
    assert middle.cut_start
    assert middle.cut_end
    assert 150_000 - len(unit) < middle.first <= 150_000
    assert middle.first in starts


def test_what_is_no_text_is_cut_somewhere_and_reading_goes_on(log):
    data = (b"\x1b" * 9000 + bytes(range(128, 256)) * 300 + b"\x1b]" * 5000).replace(b"\n", b"")
    fill(log, data)
    for read in (forwards, backwards):
        parts = read(log, 3000)
        assert b"".join(part.data for part in parts) == data
        assert len(parts) < 400


def test_a_gap_is_seen_by_the_offsets_from_either_side(log):
    fill(log, b"before\nhalf")
    log.stop("disk")
    log.append(b"x" * 1234)
    assert log.record_again()
    log.append(b"after\n")
    log.shelf.forget_memory(log.head)
    missing = (11, 11 + 1234)
    first = part_from(log, 0, 1000, exact=False)
    assert (first.data, first.end) == (b"before\nhalf", missing[0])
    for at in (missing[0], missing[0] + 600, missing[1] + 2):
        second = part_from(log, at, 1000, exact=False)
        assert (second.first, second.data, second.cut_start) == (missing[1], b"after\n", False)
    for at in (missing[1], missing[0] + 600):
        back = part_before(log, at, 1000, exact=True)
        assert (back.end, back.data) == (missing[0], b"before\nhalf")
    assert overview(log, Times(log.folder))["gaps"] == [missing]


def test_dropped_oldest_bytes_are_told_by_where_the_first_piece_begins(log):
    fill(log, LINES)
    while log.shelf.oldest < 200_000:
        assert log.drop_oldest(log.head)
    oldest = log.shelf.oldest
    assert part_from(log, 0, 1000, exact=False).first == oldest
    assert part_before(log, 1000, 1000, exact=True).data == b""
    assert overview(log, Times(log.folder))["start"] == oldest


def test_what_cannot_be_read_any_more_is_nothing(log, monkeypatch):
    fill(log, LINES)
    monkeypatch.setattr(OutputLog, "read", lambda *_: b"")
    for at in (0, 300_000, log.head):
        assert part_before(log, at, 1000, exact=True).data == b""
        assert part_from(log, at, 1000, exact=False).data == b""


@pytest.mark.parametrize("read", [forwards, backwards])
@pytest.mark.parametrize("size", [5000, 32 * 1024, 200_000])
def test_a_damaged_block_is_a_gap_that_is_passed_from_either_side(log, read, size):
    fill(log, LINES)
    raw = log.shelf.next_to_pack()
    packed = raw.pack()
    log.shelf.replace(raw, packed)
    damage(packed, 1)
    parts = read(log, size)
    gone = slice(BLOCK_BYTES, min(2 * BLOCK_BYTES, packed.end))
    assert b"".join(part.data for part in parts) == LINES[: gone.start] + LINES[gone.stop :]
    assert all(part.data == LINES[part.first : part.end] for part in parts)
    inside = part_from(log, gone.stop + 3, 1000, exact=False)
    assert inside.first == gone.stop, "what stands before it in its line is missing"
    assert part_from(log, gone.start + 9, 1000, exact=False).first == gone.stop


def test_a_console_that_is_never_recorded_gives_what_memory_holds(tmp_path):
    log = OutputLog(tmp_path, CAP, never=True)
    log.append(b"secret\n" * 1000)
    assert b"".join(part.data for part in forwards(log, 500)) == b"secret\n" * 1000
    assert list(tmp_path.iterdir()) == []
    log.close()


def test_the_overview_tells_coarsely_when_what_came(tmp_path, log):
    seconds = iter(range(1_700_000_000, 1_700_009_000))
    times = Times(tmp_path, lambda: float(next(seconds)))
    for number in range(1000):
        times.note(number * 10, 0)
    told = overview(log, times)["times"]
    assert 100 < len(told) <= 257
    assert told[0] == (0, 1_700_000_000.0)
    assert told[-1] == (9990, 1_700_000_999.0)


def test_so_many_read_at_a_time_and_who_takes_nothing_is_not_waited_for(log, monkeypatch):
    monkeypatch.setattr(log_pieces, "FILE_STALL_SECONDS", 0.2)
    fill(log, LINES)
    console = SimpleNamespace(log=log, times=Times(log.folder))

    async def ask():
        sending = []
        pieces = log_pieces.LogPieces(
            lambda sends: sending.append(asyncio.create_task(sends)), Path("/nowhere")
        )
        ours, theirs = socket.socketpair()
        with ours:
            value = await pieces.part(console, theirs, 100, 5000, before=False, exact=False)
            ours.settimeout(20)
            got = await asyncio.to_thread(lambda: b"".join(Reader(ours.recv).body()))
        assert got == LINES[value["start"] : value["end"]]
        idle, theirs = socket.socketpair()
        with idle:
            await pieces.part(console, theirs, 0, 256 * 1024, before=False, exact=False)
            await asyncio.wait(sending, timeout=20)
            assert theirs.fileno() == -1
        monkeypatch.setattr(log_pieces, "MAX_PIECES", 0)
        with pytest.raises(TooManyError):
            await pieces.overview(console, None)

    asyncio.run(ask())


def test_a_packed_block_is_unpacked_once_for_a_piece(log, monkeypatch):
    fill(log, LINES)
    raw = log.shelf.next_to_pack()
    packed = raw.pack()
    log.shelf.replace(raw, packed)
    reads = []
    read = OutputLog.read
    monkeypatch.setattr(OutputLog, "read", lambda self, *a: reads.append(a) or read(self, *a))
    part_from(log, 70_000, log_parts.MAX_PART_BYTES, exact=True)
    assert len(reads) <= log_parts.MAX_PART_BYTES // 65_536 + 2
