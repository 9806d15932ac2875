"""A log as an asciicast: what https://docs.asciinema.org/manual/asciicast/v2 asks for holds."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.consoles.asciicast import as_cast
from ide.wire import timed
from ide.wire.frames import BadFrameError

BEGAN = 1_700_000_000_000
"""In milliseconds."""


def events(data, *, times=(), sizes=(), start=0, gaps=(), step=1000):
    """Return header and events of `data`, which comes `step` bytes at a time, without the gaps."""
    end = start + len(data)
    chunks = [*timed.pack_times(times), *timed.pack_sizes(sizes)]
    for at in range(start, end, step):
        if not any(first <= at < after for first, after in gaps):
            chunks += timed.pack_output(at, data[at - start : at - start + step])
    header, *rest = b"".join(as_cast(chunks, "Bash", start, end)).decode("ascii").splitlines()
    return json.loads(header), [json.loads(line) for line in rest]


def played(found):
    """Return what a player prints, after checking what holds for each event."""
    assert all(len(one) == 3 and one[1] in {"o", "r", "m"} for one in found)
    assert all(isinstance(one[0], float) and isinstance(one[2], str) for one in found)
    assert all(one[0] <= after[0] for one, after in itertools.pairwise(found))
    return "".join(data for _, kind, data in found if kind == "o")


def test_the_header_has_size_and_time_of_where_it_begins():
    header, found = events(
        b"hello\r\n", start=500, sizes=[(500, 132, 43)], times=[(400, BEGAN + 7), (504, BEGAN + 9)]
    )
    assert header == {
        "version": 2, "width": 132, "height": 43, "timestamp": BEGAN // 1000, "title": "Bash",
        "idle_time_limit": 2, "env": {"TERM": "xterm-256color"},
    }  # fmt: skip
    assert played(found) == "hello\r\n"


def test_without_any_times_and_sizes_it_is_one_all_the_same():
    header, found = events(b"in memory alone")
    assert (header["width"], header["height"], "timestamp" in header) == (80, 24, False)
    assert found == [[0.0, "o", "in memory alone"]]
    assert events(b"")[1] == []


def test_times_are_those_of_the_log_and_what_came_together_is_spread_over_it():
    data = b"a" * 20_000 + b"later"
    times = [(0, BEGAN), (20_000, BEGAN + 3_600_000)]
    _, found = events(data, times=times)
    assert played(found) == data.decode()
    *first, last = found
    assert last[0] == 3600.0
    assert 8 <= len({one[0] for one in first}) <= 20
    assert 0.0 == first[0][0] < first[-1][0] < 0.25


def test_sizes_come_just_where_the_grid_changed_and_once():
    sizes = [(0, 80, 24), (3, 80, 24), (5, 100, 30), (5, 120, 40), (8, 80, 24)]
    header, found = events(b"01234567890", sizes=sizes, step=4)
    assert (header["width"], header["height"]) == (80, 24)
    kinds = [(kind, data) for _, kind, data in found]
    assert "".join(f"<{data}>" if kind == "r" else data for kind, data in kinds) == (
        "01234<120x40>567<80x24>890"
    )


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_characters_are_whole_however_the_log_is_cut(step):
    text = 'é€日本🂡\u0085\x7f\u2028\x1b[1;31m\\"\x00\x07\r\n'
    _, found = events(text.encode(), step=step, times=[(at, BEGAN + at) for at in range(26)])
    assert played(found) == text
    raw = b"".join(as_cast(timed.pack_output(0, text.encode()), "é", 0, len(text.encode())))
    assert all(byte == 10 or 32 <= byte < 127 for byte in raw), "what cannot be printed is escaped"


def test_what_is_no_text_is_marked_as_such_and_nothing_is_held_back():
    _, found = events(b"\xff\xfe ok \xe6\x97")
    assert played(found) == "\ufffd\ufffd ok \ufffd"


def test_missing_bytes_are_a_marker_and_tear_no_character():
    data = "日".encode()[:2] + b"xxxx" + b"on"
    _, found = events(data, gaps=[(2, 6)], step=2, times=[(0, BEGAN), (6, BEGAN + 5000)])
    assert [one[1:] for one in found] == [
        ["o", "\ufffd"],
        ["m", "4 bytes are missing here"],
        ["o", "on"],
    ]
    assert found[-1][0] == 5.0
    _, found = events(b"onxx", gaps=[(2, 4)], step=2)
    assert found[-1][1:] == ["m", "2 bytes are missing here"]


@given(
    st.binary(max_size=400),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10_000)), max_size=8),
    st.lists(st.tuples(st.integers(0, 400), st.integers(20, 90), st.integers(5, 50)), max_size=8),
    st.integers(1, 50),
)
def test_whatever_is_printed_is_played_in_order(data, times, sizes, step):
    offsets, stamps = sorted(one[0] for one in times), sorted(BEGAN + one[1] for one in times)
    records = list(zip(offsets, stamps, strict=True))
    _, found = events(data, times=records, sizes=sorted(sizes), step=step)
    assert played(found) == data.decode("utf-8", "replace")


def test_what_the_wire_does_not_say_is_refused_and_what_is_new_is_skipped():
    assert timed.unpack(b"xnew") == []
    for bad in (b"o123", b"t" + bytes(15), b"s" + bytes(13)):
        with pytest.raises(BadFrameError):
            timed.unpack(bad)
