"""workspaces/<ws>/consoles/<id>/log: the whole log as a file, for the workspace's own person."""

import json
import threading

import pytest
import re2

from ide.wire import timed
from ide.wire.files import END_OF_BODY, CutOffError, pack_chunk
from tests.waiting import wait_until

ADDRESS = "workspaces/{ws}/consoles/c1/log"


@pytest.fixture(autouse=True)
def console(keeper):
    keeper.consoles["c1"] = {"id": "c1", "state": "running", "title": "my/ümlaut\r\n"}
    keeper.senders = []
    yield
    for sender in keeper.senders:
        sender.join(20)  # the keeper closes its end of the stream after this


def answer_with(keeper, *pieces):
    """Have the keeper send these on the stream that it hands over, then close it."""

    def send():
        end = wait_until(lambda: keeper.file_ends and keeper.file_ends[0])
        for piece in pieces:
            end.sendall(piece)
        end.shutdown(2)

    keeper.senders.append(threading.Thread(target=send, daemon=True))
    keeper.senders[-1].start()


def test_it_comes_as_an_attachment_that_no_browser_takes_for_a_page(alice, keeper):
    answer_with(keeper, pack_chunk(b"\x1b[1m<script>"), pack_chunk(b"more"), END_OF_BODY)
    answer = alice.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.data == b"\x1b[1m<script>more"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my_')
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (answer.headers["X-Log-Start"], answer.headers["X-Log-End"]) == ("0", "4")
    assert keeper.calls == [("log.open", {"console": "c1"})]


def test_it_comes_as_text_too_wherever_its_pieces_are_cut(alice, keeper):
    log = "\x1b[1mé\x1b[0m one\r\n\x1b]0;title\x0750 %\r100 %\r\r\n\x1b[?25lend".encode()
    answer_with(
        keeper, *(pack_chunk(log[at : at + 3]) for at in range(0, len(log), 3)), END_OF_BODY
    )
    answer = alice.get(f"{ADDRESS}?as=text")
    assert answer.data.decode() == "é one\n50 %\n100 %\nend"
    assert keeper.calls == [("log.open", {"console": "c1", "settled": True})]
    assert 'filename="my_' in answer.headers["Content-Disposition"]
    assert ".txt" in answer.headers["Content-Disposition"]
    assert alice.get(f"{ADDRESS}?as=pdf").status_code == 400


def test_as_text_there_is_no_line_that_a_shell_did_not_print(alice, keeper):
    """It sends a carriage return before its prompt, and with its modes behind a command."""
    log = b"~ $ \r\x1b[K\r\x1b[34m~\x1b[0m $ make\r\n\x1b[?2004l\rone\r\n\r\n\x1b[?2004h~ $ "
    answer_with(keeper, pack_chunk(log), END_OF_BODY)
    assert alice.get(f"{ADDRESS}?as=text").data.decode() == "~ $ \n~ $ make\none\n\n~ $ "


def test_it_comes_as_an_asciicast_with_the_logs_clock(alice, keeper):
    chunks = [
        *timed.pack_times([(0, 1_700_000_000_000), (2, 1_700_000_007_500)]),
        *timed.pack_sizes([(0, 100, 30)]),
        *timed.pack_output(0, b"\x1b[1m"),
    ]
    answer_with(keeper, *map(pack_chunk, chunks), END_OF_BODY)
    answer = alice.get(f"{ADDRESS}?as=asciicast")
    assert answer.headers["Content-Type"] == "application/x-asciicast"
    assert ".cast" in answer.headers["Content-Disposition"]
    header, *events = map(json.loads, answer.data.splitlines())
    assert (header["width"], header["timestamp"]) == (100, 1_700_000_000)
    assert events == [[0.0, "o", "\x1b["], [7.5, "o", "1m"]]
    assert keeper.calls == [("log.open", {"console": "c1", "timed": True})]


def test_a_keeper_that_knows_no_clock_is_told_of(alice, keeper):
    keeper.knows_clocks = False
    assert alice.get(f"{ADDRESS}?as=asciicast").status_code == 503


def test_it_can_begin_at_a_time(alice, keeper):
    answer_with(keeper, END_OF_BODY)
    assert alice.get(f"{ADDRESS}?since=1700000000.5").status_code == 200
    assert keeper.calls == [("log.open", {"console": "c1", "since": 1700000000.5})]


def test_it_can_be_a_part_of_it(alice, keeper):
    answer_with(keeper, END_OF_BODY)
    assert alice.get(f"{ADDRESS}?first=7&end=9").status_code == 200
    assert keeper.calls == [("log.open", {"console": "c1", "first": 7, "end": 9})]
    assert alice.get(f"{ADDRESS}?first=-1").status_code == 400


@pytest.mark.parametrize("since", ["", "soon", "nan", "inf"])
def test_a_time_that_is_none_is_refused(alice, keeper, since):
    assert alice.get(f"{ADDRESS}?since={since}").status_code == 400
    assert keeper.calls == []


def test_one_that_breaks_off_never_looks_whole(alice, keeper):
    answer_with(keeper, pack_chunk(b"half"))
    with pytest.raises(CutOffError):
        _ = alice.get(ADDRESS).data


def test_a_piece_comes_with_its_offsets(alice, keeper):
    answer_with(keeper, pack_chunk(b"\x1b[1m"), END_OF_BODY)
    answer = alice.get(f"{ADDRESS}/part?at=8&bytes=100&before=1&settled=1")
    assert (answer.status_code, answer.data) == (200, b"\x1b[1m")
    told = {name: value for name, value in answer.headers.items() if name.startswith("X-Log-")}
    assert told == {
        "X-Log-Start": "7", "X-Log-End": "11", "X-Log-Oldest": "2", "X-Log-Head": "99",
        "X-Log-Cut": "end", "X-Log-Time": "1700000000.5",
    }  # fmt: skip
    asked = {"console": "c1", "at": 8, "bytes": 100, "before": True, "exact": False}
    assert keeper.calls == [("log.part", {**asked, "settled": True})]


@pytest.mark.parametrize(
    "query",
    [
        "part",
        "part?at=",
        "part?at=-1",
        "part?at=x",
        "part?at=1&bytes=x",
        "map?time=never",
        "map?sizes=x",
    ],
)
def test_an_offset_or_a_time_that_is_none_is_refused(alice, keeper, query):
    assert alice.get(f"{ADDRESS}/{query}").status_code == 400
    assert keeper.calls == []


def test_the_map_is_the_keepers(alice, keeper):
    told = {"start": 1, "end": 9, "gaps": [[2, 3]], "times": [[1, 2.0]], "epoch": "e", "at": 5}
    keeper.answers["log.map"] = {"ok": True, "value": told}
    assert alice.get(f"{ADDRESS}/map?time=1700000000").get_json() == told
    assert alice.get(f"{ADDRESS}/map?sizes=7").get_json() == told
    asked = [{"console": "c1", "time": 1700000000.0}, {"console": "c1", "sizes": 7}]
    assert keeper.calls == [("log.map", args) for args in asked]


def test_a_search_streams_what_the_keeper_finds(alice, keeper):
    answer_with(keeper, pack_chunk(b'{"at": 1}\n'), pack_chunk(b'{"end": "all"}\n'), END_OF_BODY)
    answer = alice.get(f"{ADDRESS}/search?pattern=a.b&regex=1")
    assert answer.data == b'{"at": 1}\n{"end": "all"}\n'
    asked = {"console": "c1", "pattern": "a.b", "regex": True, "case": False}
    assert keeper.calls == [("log.search", asked)]
    assert re2._Regexp._make.cache_info().currsize == 0, "patterns stay in the web's memory"


@pytest.mark.parametrize(
    "query",
    ["", "pattern=", "pattern=(&regex=1", "pattern=" + "x" * 1001, "pattern=(a)%5C1&regex=1"],
)
def test_a_pattern_that_is_none_is_refused(alice, keeper, query):
    answer = alice.get(f"{ADDRESS}/search?{query}")
    assert answer.status_code == 400
    assert "?m" not in answer.text, "shown is what was typed"
    assert keeper.calls == []


def test_others_and_strangers_do_not_reach_the_keeper(alice, bob, charlie, keeper):
    for end in ("", "/part?at=0", "/map", "/search?pattern=x"):
        address = ADDRESS.format(ws=alice.workspace) + end
        assert bob.get(address).status_code == 404
        assert charlie.get(address).status_code == 401
    assert keeper.calls == []


def test_a_console_that_is_not_there_is_not_found(alice, keeper):
    assert alice.get("workspaces/{ws}/consoles/gone/log").status_code == 404
