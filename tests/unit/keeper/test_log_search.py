"""Searching a log: in a process of its own, bounded, over what is left without escape sequences."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ide.errors import TooManyError
from ide.keeper import index_search, log_search, log_searches
from ide.keeper.log_search import FrozenLog, finder, hits, search
from ide.keeper.output_log import OutputLog
from ide.keeper.packing import BLOCK_BYTES
from ide.wire.files import Reader
from tests.unit.keeper.filled_log import damage, fill
from tests.waiting import wait_until

CAP = 16 * 1024 * 1024
NO_CARDS = Path("/nowhere")
COLOURED = (
    b"one \x1b[31mre\x1b[1md\x1b[0m two\r\n\x1b]0;title\x07plain\r\n50 %\r100 %\r\n\xff\xfe tail"
)


def found(data, pattern, *, regex=True, case=True, first=0):
    return [
        (hit["at"], hit["before"], hit["match"], hit["after"])
        for hit in hits(data, first, finder(pattern, regex=regex, case=case))
    ]


def test_escape_sequences_are_not_in_the_way_and_offsets_are_the_logs():
    assert found(COLOURED, "red t", first=100) == [(100, "one ", "red t", "wo")]
    assert found(COLOURED, "title") == []
    plain = COLOURED.index(b"\x1b]0;")
    assert found(COLOURED, "^PLAIN$", case=False) == [(plain, "", "plain", "")]
    assert found(COLOURED, "(?i)Plain") == [(plain, "", "plain", "")]
    assert [hit[2] for hit in found(COLOURED, r"\d+ %$")] == ["100 %"]
    assert [hit[2] for hit in found(COLOURED, "tail")] == ["tail"]
    assert found(COLOURED, "ed.two.plain") == []
    assert [hit[2] for hit in found(COLOURED, "%", regex=False)] == ["%"]


def test_a_pattern_that_matches_everything_has_a_hit_a_line():
    assert len(found(b"a\nb\n\nc\n", "")) == 4
    assert len(found(b"a\nb\n\nc\n", "x*")) == 4


def test_a_pattern_that_is_none_is_a_value_error_and_one_that_explodes_is_linear():
    for bad in ("(", "a)(b", "[z-a]", r"(a)\1", "a{9999}"):
        with pytest.raises(ValueError, match=r"."):
            finder(bad, regex=True, case=True)
    began = time.process_time()
    assert found(b"a" * 100_000 + b"\n", "(a*)*b") == []
    assert time.process_time() - began < 5


def test_the_newest_is_found_first_across_packed_segments_and_gaps(log):
    fill(log, b"".join(b"line %d\n" % number for number in range(100_000)))
    raw = log.shelf.next_to_pack()
    log.shelf.replace(raw, raw.pack())
    log.stop("disk")
    log.append(b"line 77777 lost\n")
    assert log.record_again()
    log.append(b"line 77777 again\n")
    log.shelf.forget_memory(log.head)
    frozen = FrozenLog(list(log.shelf.all), log.head)
    said = list(search(frozen, finder("77777", regex=False, case=True)))
    texts = [one["hit"]["after"] for one in said if "hit" in one]
    assert texts == [" again", ""]
    assert said[-1] == {"end": "all", "at": 0, "missing": len(b"line 77777 lost\n")}


def test_hits_and_time_are_bounded(log, monkeypatch):
    fill(log, b"x\n" * 600_000)
    frozen = FrozenLog(list(log.shelf.all), log.head)
    said = list(search(frozen, finder("x", regex=True, case=True)))
    assert sum("hit" in one for one in said) == log_search.MAX_HITS
    assert said[-1]["end"] == "hits"
    monkeypatch.setattr(log_search, "CPU_SECONDS", 0)
    assert list(search(frozen, finder("y", regex=True, case=True)))[-1]["end"] == "time"


@pytest.mark.parametrize(("module", "seconds"), [(log_search, 22), (index_search, 4)])
def test_each_search_has_its_limits_before_it_reads_what_somebody_typed(module, seconds):
    command = [sys.executable, "-m", module.__name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            said = Path(f"/proc/{child.pid}/limits")
            for limit in (rf"Max cpu time +{seconds} ", "Max address space +[0-9]"):
                wait_until(lambda limit=limit: re.search(limit, said.read_text()), 20, limit)
        finally:
            child.kill()


def console_of(log):
    return SimpleNamespace(log=log, record=SimpleNamespace(id="c"), folder=NO_CARDS)


def searched(log, pattern, take):
    """Begin a search in a process, have `take` read from it, and wait for its end."""

    async def both():
        tasks = []
        searches = log_searches.LogSearches(
            lambda work: tasks.append(asyncio.create_task(work)), NO_CARDS
        )
        ours, theirs = socket.socketpair()
        with ours:
            searches.begin(console_of(log), theirs, pattern, regex=True, case=True)
            ours.settimeout(30)
            got = await asyncio.to_thread(take, ours)
        await asyncio.wait_for(tasks[0], 30)
        return got, searches

    return asyncio.run(both())


def test_a_process_of_its_own_searches_what_memory_holds_too(tmp_path):
    log = OutputLog(tmp_path, CAP, never=True)
    log.append(b"a secret\nmore\n")
    text = searched(log, "s.cret", lambda ours: b"".join(Reader(ours.recv).body()))[0]
    said = [json.loads(line) for line in text.splitlines()]
    assert [one["hit"]["match"] for one in said if "hit" in one] == ["secret"]
    assert said[-1]["end"] == "all"
    log.close()


def test_what_is_compressed_while_it_is_searched_is_found_all_the_same(log, monkeypatch):
    fill(log, b"the oldest line\n" + b"another line\n" * 100_000)
    run = log_searches._run

    def packed_first(*args):
        while raw := log.shelf.next_to_pack():
            log.shelf.replace(raw, raw.pack())
        run(*args)

    monkeypatch.setattr(log_searches, "_run", packed_first)
    text = searched(log, "oldest", lambda ours: b"".join(Reader(ours.recv).body()))[0]
    said = [json.loads(line) for line in text.splitlines()]
    assert [one["hit"]["at"] for one in said if "hit" in one] == [0]


def test_what_the_disk_does_not_give_hides_nothing_that_is_older(log):
    fill(log, b"the oldest line\n" + b"another line\n" * 200_000)
    log.shelf.all[2].unlink()
    frozen = FrozenLog(list(log.shelf.all), log.head)
    said = list(search(frozen, finder("oldest", regex=False, case=True)))
    assert [one["hit"]["at"] for one in said if "hit" in one] == [0]


def test_beside_a_damaged_block_every_line_is_found_and_what_is_missing_is_told(log):
    lines = [b"line %06d of the log, as long as others\n" % number for number in range(20_000)]
    fill(log, b"".join(lines))
    raw = log.shelf.next_to_pack()
    packed = raw.pack()
    log.shelf.replace(raw, packed)
    damage(packed, 3)
    frozen = FrozenLog(list(log.shelf.all), log.head)
    *said, last = search(frozen, finder("00 of", regex=False, case=True))
    found = {int(one["hit"]["before"].split()[1] + "00") for one in said if "hit" in one}
    gone = range(3 * BLOCK_BYTES // len(lines[0]), 4 * BLOCK_BYTES // len(lines[0]) + 1)
    assert found == {n for n in range(0, 20_000, 100) if n not in gone}
    assert last == {"end": "all", "at": 0, "missing": BLOCK_BYTES}


def test_a_keeper_that_ends_does_not_wait_for_a_search(log):
    fill(log, (b"x" * 300 + b"\n") * 5000)

    async def end_meanwhile():
        tasks = []
        searches = log_searches.LogSearches(
            lambda work: tasks.append(asyncio.create_task(work)), NO_CARDS
        )
        ours, theirs = socket.socketpair()
        with ours:
            searches.begin(console_of(log), theirs, "x", regex=False, case=True)
            await asyncio.to_thread(ours.recv, 1)  # and takes no more, so that it would stay
            tasks[0].cancel()
            await asyncio.get_running_loop().shutdown_default_executor()

    asyncio.run(asyncio.wait_for(end_meanwhile(), 15))


def test_who_goes_away_ends_the_process_and_the_third_is_refused(log, monkeypatch):
    fill(log, b"some line that is long enough to be read for a while\n" * 200_000)
    searches = searched(log, "nothing like it", lambda _: None)[1]
    assert searches._running == 0
    monkeypatch.setattr(log_searches, "MAX_SEARCHES", 0)
    with pytest.raises(TooManyError), socket.socket() as sock:
        searches.begin(console_of(log), sock, "x", regex=False, case=True)
