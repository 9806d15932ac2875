"""The index of output: every line is found once, whatever ends, fails or goes meanwhile."""

import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ide.keeper import (
    index_bounds,
    index_in_console,
    index_part,
    index_plan,
    indexing,
    segments,
)
from ide.keeper.card import Card
from ide.keeper.card_store import CardStore
from ide.keeper.index_pace import Pace
from ide.keeper.index_part import FOLDER, Part
from ide.keeper.index_text import CELL_BYTES
from tests.unit.keeper.indexed import Output
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def output(tmp_path):
    return Output(tmp_path)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(index_plan, "PART_CELLS", 40)


@pytest.fixture(autouse=True)
def time_for_all(monkeypatch):
    """Let no answer depend on how busy the machine is."""
    monkeypatch.setattr(index_bounds, "SOFT_CPU_SECONDS", 60.0)


def log_of(count: int, first: int = 0) -> bytes:
    """Lines of unlike lengths, each with a word of its own."""
    lines = (
        b"\x1b[32mline%06d\x1b[0m said %s\r\n" % (number, b"word " * (number % 40))
        for number in range(first, first + count)
    )
    return b"".join(lines)


def assert_all_found(output: Output, count: int, name: str = "c") -> None:
    for number in range(0, count, 89):
        (line,) = output.found(f"line{number:06d}")
        assert line.startswith(f"line{number:06d} said")


def test_each_line_is_found_once_with_its_offset_and_time(output):
    data = log_of(12_000)
    output.printed(data)
    said = output.index()
    assert said["failed"] == ""
    assert said["indexed"]["c"] == (len(data) - 1024) // CELL_BYTES * CELL_BYTES
    assert len(output.parts()) == 3
    assert_all_found(output, 12_000)
    (group,) = output.search("line007777")["consoles"]
    (hit,) = group["hits"]
    assert data[hit["at"] : hit["end"]] == b"\x1b[32mline007777\x1b[0m said " + (
        b"word " * (7777 % 40) + b"\r\n"
    )
    assert hit["parts"][:2] == ["", "line007777"]
    assert hit["time"] == 1_700_000_000 + hit["at"] // 16384


def test_it_goes_on_where_the_last_job_ended_however_that_was(output):
    data = log_of(6000)
    for end in range(0, len(data), 200_000):
        output.printed(data[:end])
        output.index(pieces=1)
    output.printed(data)
    before = output.parts()
    child = subprocess.Popen(
        [sys.executable, "-m", indexing.__name__], stdin=subprocess.PIPE, cwd=ROOT
    )
    child.stdin.write(json.dumps(output.job()).encode())
    child.stdin.close()
    child.kill()
    child.wait(20)
    output.index()
    assert before[0] in output.parts()
    assert_all_found(output, 6000)


def test_behind_a_flood_the_newest_comes_first_and_the_rest_is_named(output):
    data = log_of(12_000)
    output.printed(data)
    assert output.index(pieces=1)["left"]
    assert output.found("line011999")
    assert not output.found("line003000")
    (left,) = output.search("line003000")["unsearched"]
    assert left["console"] == "c"
    assert left["from"] == 1_700_000_000
    assert left["bytes"] > 700_000
    assert not left["dropped"]
    assert not output.index()["left"]
    assert output.found("line003000")
    assert output.search("line003000")["unsearched"] == []


def test_under_another_epoch_the_newest_part_is_made_anew(output):
    output.printed(log_of(9000))
    output.index()
    kept = output.parts()[0]
    made = (output.folder / "c" / FOLDER / kept).stat().st_mtime_ns
    output.consoles["c"]["epoch"] = "f"
    output.printed(log_of(8000) + b"other words in place of them\r\n" * 2000)
    assert output.found("other", limit=1)  # before it is, too
    output.index()
    assert output.found("other", limit=1)
    assert not output.found("line008999")
    assert (output.folder / "c" / FOLDER / kept).stat().st_mtime_ns == made
    left = output.index()  # and only once
    assert left["indexed"]["c"] > 0


def test_the_index_of_dropped_output_goes_and_its_lines_are_not_found(output):
    data = log_of(12_000)
    output.printed(data)
    output.index()
    first = output.parts()[0]
    output.printed(data[1_000_000:], at=1_000_000)
    output.index()
    assert first not in output.parts()
    assert not output.found("line000001")
    assert output.found("line011000")


def test_over_its_cap_the_oldest_goes_for_good_and_that_is_said(output):
    cap = 1 << 20
    output.printed(log_of(9000))
    output.printed(b"older output of another console\r\n" * 40_000, "d")
    assert output.index()["failed"] == ""
    assert sum(path.stat().st_size for path in output.folder.glob("*/index-2/*")) < cap
    output.printed(b"".join(b"%x " % (n * 7919) for n in range(600_000)) + b"\r\n")
    for _ in range(3):
        output.index(cap)
        sizes = [path.stat().st_size for path in output.folder.glob("*/index-2/*")]
        assert sum(sizes) < cap * 1.5
    before = output.parts()
    output.index(cap)
    assert output.parts() == before
    dropped = [one["dropped"] for one in output.search("nothing")["unsearched"]]
    assert dropped
    assert all(dropped)


def test_what_is_given_up_is_not_indexed_once_more_nor_asked_for(output, monkeypatch):
    monkeypatch.setattr(indexing, "part_cells", lambda _cap: 40)  # all of them grow
    for number in range(6):
        words = (b"%x " % (n * 7919 + number) for n in range(40_000))
        output.printed(b"".join(words) + b"\r\n", f"c{number}")
    said = output.index(1 << 19)
    kept = {name: output.parts(name) for name in output.consoles}
    assert [] in kept.values()
    whole = (output.consoles["c0"]["head"] - 1024) // CELL_BYTES * CELL_BYTES
    assert set(said["indexed"].values()) == {whole}
    monkeypatch.setattr(indexing.Indexing, "_write", None)
    assert output.index(1 << 19) == said


def test_a_piece_that_is_compressed_during_a_job_or_a_search_is_read_all_the_same(output):
    data = log_of(6000)
    output.printed(data)
    here = output.consoles["c"]
    (path,) = Path(here["folder"]).glob("*.raw")
    segments.Segment(0, len(data), path, 0).pack()
    path.unlink()
    assert output.found("line005999")
    output.index()
    assert_all_found(output, 6000)


def test_what_the_disk_lost_of_a_log_costs_nothing_beside_it(output):
    data = log_of(4500)
    output.printed(data)
    here = output.consoles["c"]
    (path,) = Path(here["folder"]).glob("*.raw")
    packed = segments.Segment(0, len(data), path, 0).pack()
    here["segments"] = [(0, len(data), packed.path.name, 0, True)]
    damaged = packed.path.read_bytes()
    packed.path.write_bytes(bytes(100) + damaged[100:])  # one block, of 64 KiB of output
    output.index()
    assert not output.found("line000001")
    for number in range(1000, 4500, 89):
        assert output.found(f"line{number:06d}")


def test_a_damaged_part_is_made_anew_and_said(output):
    output.printed(log_of(12_000))
    output.index()
    closed = output.folder / "c" / FOLDER / output.parts()[0]
    data = bytearray(closed.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    closed.write_bytes(data)
    growing = output.folder / "c" / FOLDER / output.parts()[-1]
    growing.write_bytes(b"this is no database at all, " * 400)
    assert output.search("line000007")["damaged"]
    assert output.index()["failed"] == ""
    assert_all_found(output, 12_000)
    growing = output.folder / "c" / FOLDER / output.parts()[-1]
    growing.write_bytes(b"")
    assert output.index()["damaged"] == 1
    assert_all_found(output, 12_000)


def test_a_part_whose_removal_is_cut_short_is_whole_or_gone(tmp_path, monkeypatch):
    file, unlink = index_part.growing(tmp_path, 0), Path.unlink
    with closing(Part(file, "e")) as part:
        part.write([(0, "word")], 1)
        moments = [shutil.copytree(tmp_path / FOLDER, tmp_path / f"{n}/{FOLDER}") for n in range(4)]
    for moment, folder in enumerate(moments):
        left = [KeyboardInterrupt(), *[None] * moment]

        def killed(path, left=left, **more):
            if error := left.pop():
                raise error
            unlink(path, **more)

        with monkeypatch.context() as during:
            during.setattr(Path, "unlink", killed)
            with pytest.raises(KeyboardInterrupt):
                replace(file, path=folder / file.path.name).remove()
        for one in index_part.listing(folder.parent):
            with closing(Part(one)) as kept:
                assert (kept.end, list(kept.cells("word", 9))) == (1, [0])
        index_part.clear_up(folder.parent)
        assert moment == 0 or list(folder.iterdir()) == []


def test_a_locked_part_is_said_and_tried_again(output, monkeypatch):
    monkeypatch.setattr("ide.keeper.index_part._BUSY_SECONDS", 0.05)
    output.printed(log_of(2000))
    output.index()
    output.printed(log_of(4000))
    (part,) = output.parts()
    path = output.folder / "c" / FOLDER / part
    with closing(sqlite3.connect(path, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        assert "locked" in output.index()["failed"]
        assert output.found("line001000")
    assert output.index()["failed"] == ""
    assert_all_found(output, 4000)


def test_a_full_disk_is_said_and_tried_again(output):
    output.printed(log_of(6000))

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    child = subprocess.run(
        [sys.executable, "-m", indexing.__name__], input=json.dumps(output.job()).encode(),
        cwd=ROOT, preexec_fn=full, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(child.stdout)["failed"]
    little = output.job() | {"min_free_bytes": 1 << 60}
    assert "MB are free" in indexing.Indexing(little, lambda: None).run()["failed"]
    assert output.index()["failed"] == ""
    assert_all_found(output, 6000)


def test_nothing_is_written_of_a_console_that_is_never_recorded(output):
    output.printed(log_of(3000))
    output.consoles["c"]["never"] = True
    output.index()
    assert not (output.folder / "c" / FOLDER).exists()


def test_a_gap_and_lines_of_any_length_are_no_matter(output):
    long = b"begin " + b"0123456789abcdef " * 4000 + b"finish\r\n"
    output.printed(long + b"progress 1%\rprogress 2%\r\n" + log_of(100))
    here = output.consoles["c"]
    gap = Path(here["folder"]) / f"{1 << 30:020d}.raw"
    gap.write_bytes(b"beyond the gap\r\n" + b"x" * 40_000)
    first = here["segments"][0]
    here["segments"] = [(0, here["head"], *first[2:]), (1 << 30, None, gap.name, 1 << 30, False)]
    here["head"] = (1 << 30) + gap.stat().st_size
    assert output.index()["failed"] == ""
    assert output.found("beyond") == ["beyond the gap"]
    assert output.found("2%") == ["progress 2%"]
    assert len(output.found("finish")) == 1
    assert len(output.found("begin")) == 1


def test_a_tab_parts_words_and_other_controls_and_sequences_do_not(output):
    output.printed(
        b"ok  \tname\t0.1s\r\nco\x1b[1mlo\x00ur\x1b]0;title\x07 \x1b(Bend\x1b\r\n" * 3000
    )
    for _ in range(2):
        assert output.found("name", limit=1) == ["ok   name 0.1s"]
        assert output.found('"ok name"', limit=1) == ["ok   name 0.1s"]
        assert output.found("colour", limit=1) == ["colour end"]
        assert not output.found("title")
        output.index()


def test_a_search_that_matches_everything_is_bounded_and_says_so(output, monkeypatch):
    for name in "abcd":
        output.printed(b"the same line again and again\r\n" * 30_000, name)
    output.index()
    answer = output.search("again same", limit=3)
    assert [len(one["hits"]) for one in answer["consoles"]] == [3] * 4
    assert all(one["more"] and one["count"] <= 100 for one in answer["consoles"])
    assert len(json.dumps(answer)) < 10_000
    monkeypatch.setattr(index_bounds, "MAX_HITS_BYTES", 1000)
    few = output.search("again same", limit=50)
    assert 0 < len(few["consoles"][0]["hits"]) < 50
    assert all(one["more"] and one["count"] > len(one["hits"]) for one in few["consoles"])
    assert len(json.dumps(few["consoles"])) < 2000
    oldest = answer["consoles"][0]["hits"][-1]["at"]
    nexts = output.search("again same", before=oldest)["consoles"][0]["hits"]
    assert all(hit["at"] < oldest for hit in nexts)


def test_frequent_words_that_are_seldom_in_one_line_are_answered_in_pieces(output, monkeypatch):
    lines = b"often one\r\nseldom two\r\n" * 9_000
    for name in "abc":
        output.printed(b"often seldom %s\r\n" % name.encode() + lines, name)
    output.printed(lines, "none")
    output.printed(b"often seldom soon\r\n", "soon")
    output.index()
    calls = Counter()

    def is_late(search: index_bounds.Search) -> bool:
        calls[search] += 1
        return calls[search] > 30

    monkeypatch.setattr(index_bounds.Search, "is_late", is_late)
    monkeypatch.setattr(index_in_console, "TURN_CELLS", 2)
    answer = output.search("often seldom")
    left = {one["console"]: one["left"] for one in answer["consoles"]}
    assert left.pop("soon") is None  # each had its turns
    assert set(left) == {"a", "b", "c", "none"}
    found = [hit for one in answer["consoles"] for hit in one["hits"]]
    for name, one in left.items():
        at = one["at"]
        while at is not None:
            more = output.search("often seldom", console=name, before=at)["consoles"]
            found += [hit for group in more for hit in group["hits"]]
            on = more[0]["left"] if more else None
            assert on is None or on["at"] <= at
            at = on and on["at"]
    assert sorted("".join(hit["parts"]) for hit in found) == [
        "often seldom a", "often seldom b", "often seldom c", "often seldom soon",
    ]  # fmt: skip


def test_a_search_counts_from_when_it_was_asked_for():
    begun = time.monotonic()
    job = {"q": "a", "before": None, "cards": "/nowhere"}
    late = index_bounds.Search({**job, "asked_at": begun - 60})
    soon = index_bounds.Search({**job, "asked_at": begun + 60})
    wait_until(late.is_late, 20)
    assert not soon.is_late()
    assert time.monotonic() - begun >= index_bounds.LEAST_SECONDS


def test_the_newest_come_first_in_a_console_and_consoles_too(output):
    output.printed(b"match one\r\nmatch two\r\n", "old")
    output.printed(b"x\r\n" * 30_000 + b"match three\r\n", "new")
    assert output.found("match") == ["match three", "match two", "match one"]


def test_titles_are_found(output):
    output.printed(b"nothing\r\n")
    output.consoles["c"]["title"] = "Training of the large model"
    (group,) = output.search("train model")["consoles"]
    assert "".join(group["title_parts"]) == "Training of the large model"
    assert group["hits"] == []


def test_commands_are_found_and_a_database_that_gives_none_is_said(output, monkeypatch):
    output.printed(b"nothing\r\n")
    output.printed(b"nothing\r\n", "d")
    with closing(CardStore(output.folder / "cards.db")) as store:
        for number, (console, typed) in enumerate(
            [("c", "make all"), ("c", "make it\nall"), ("gone", "make all"), ("d", "ls")], 1
        ):
            card = Card(
                id=number, console=console, epoch="e", kind="command", command=typed, cwd="/",
                interpreter="", started=float(number), first=number,
            )  # fmt: skip
            store.write([card], {})
        store._db.execute("UPDATE cards SET command = CAST(x'616cff' AS TEXT) WHERE id = 4")
    answer = output.search("all make")
    assert [(one["id"], one["first"], "".join(one["parts"])) for one in answer["commands"]] == [
        (2, 2, "make it all"), (1, 1, "make all"),
    ]  # fmt: skip
    monkeypatch.setattr("ide.keeper.index_cards.MAX_COMMANDS", 1)
    answer = output.search("make")
    assert (len(answer["commands"]), answer["commands_more"]) == (1, True)
    monkeypatch.setattr("ide.keeper.index_cards._SECONDS", -1)
    assert len(output.search("it all")["commands"]) == 1, "the newest are found however late it is"
    monkeypatch.setattr("ide.keeper.index_cards._AT_LEAST", 2)
    answer = output.search("it all")
    assert (answer["commands"], answer["commands_more"]) == ([], True), "perhaps: nobody looked"
    (output.folder / "cards.db").write_bytes(b"damaged" * 1000)
    for suffix in ("-wal", "-shm"):
        (output.folder / f"cards.db{suffix}").unlink(missing_ok=True)
    assert output.search("make")["commands_failed"]


def test_cells_are_made_later_once_where_the_commands_cannot_be_read_for_now(output, monkeypatch):
    monkeypatch.setattr("ide.keeper.settled_log._BUSY_SECONDS", 0.01)
    output.printed(log_of(2000))
    CardStore(output.folder / "cards.db").close()
    with closing(sqlite3.connect(output.folder / "cards.db", isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("BEGIN EXCLUSIVE")
        patient = {**output.job(), "is_patient": True}
        said = indexing.Indexing(patient, lambda: None).run()
        assert (said["left"], said["waits"], said["failed"]) == (True, True, "")
        assert said["indexed"] == {"c": 0}
        assert output.found("line001000"), "a search does without"
        assert output.index()["indexed"]["c"] > 0, "the second time so does a job"
        shutil.rmtree(output.folder / "c" / FOLDER)
    said = indexing.Indexing(patient, lambda: None).run()
    assert (said["left"], said["waits"]) == (False, False)
    assert said["indexed"]["c"] > 0
    assert_all_found(output, 2000)


def test_indexing_takes_less_than_a_tenth_of_what_a_busy_keeper_takes():
    own = keeper = clock = used = 0.0
    pace = Pace(lambda: keeper, lambda: own, lambda: clock)
    for _ in range(400):
        own += 0.03  # a piece of work
        rest = 0.03 + pace.rest()
        clock += rest
        keeper += rest * 0.6
    used = own / keeper
    assert 0.03 < used < 0.08
    own = keeper = clock = 0.0
    pace = Pace(lambda: keeper, lambda: own, lambda: clock)
    for _ in range(400):
        own += 0.03
        clock += 0.03 + pace.rest()
    assert 0.2 < own / clock < 0.3
