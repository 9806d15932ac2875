"""Marks are found wherever reads cut the output, and only those that know the key."""

from hypothesis import given
from hypothesis import strategies as st

from ide.keeper.shell_marks import MAX_MARK_BYTES, MarkScanner, ShellMark

KEY = "k" * 32
A = b"\x1b]133;A;s=3;ide=%b-7;t=12.5;cwd=/a%%20b\x1b\\" % KEY.encode()
C = b"\x1b]133;C;ide=%b-7\x07" % KEY.encode()
D = b"\x1b]133;D;130;ide=%b-7\x1b\\" % KEY.encode()
FOREIGN = b"\x1b]133;D;0\x1b\\"
FORGED = b"\x1b]133;D;0;ide=%b-7\x1b\\" % (b"x" * 32)


def found(*reads, offset=0):
    """Return the marks as (what, start, end), and the text between."""
    scanner = MarkScanner(KEY, offset)
    pieces = [piece for read in reads for piece in scanner.feed(read)]
    marks = [(one.what, one.start, one.end) for one in pieces if isinstance(one, ShellMark)]
    text = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    return marks, text, scanner


@given(
    st.lists(
        st.sampled_from([A, C, D, FOREIGN, FORGED, b"text", b"\x1b", b"\x1b]", b"\x1b]0;t\x07",
                         b"\x00\xff\xfe\x9d133;", b"\x1b]133;\x18"]) | st.binary(max_size=8),
        max_size=12,
    ),
    st.data(),
)  # fmt: skip
def test_cuts_change_nothing_and_no_byte_is_lost(parts, data):
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    reads = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    marks, text, scanner = found(*reads)
    once_marks, once_text, once = found(whole)
    assert marks == once_marks
    assert scanner.settled == once.settled
    assert text == once_text
    taken = sum(end - start for _, start, end in marks) + len(text)
    assert taken == scanner.settled


def test_a_mark_says_where_it_stands_and_what():
    scanner = MarkScanner(KEY, 100)
    text, mark, *rest = scanner.feed(b"ab" + A + b"cd" + D)
    assert text == b"ab"
    assert mark == ShellMark("A", 102, 102 + len(A), 7, 3, {"t": "12.5", "cwd": "/a b"})
    assert rest[0] == b"cd"
    assert (rest[1].what, rest[1].status) == ("D", 130)


def test_marks_of_others_are_text():
    marks, text, _ = found(FOREIGN + FORGED + b"\x1b]133;D;0;ide=-7\x1b\\")
    assert marks == []
    assert FORGED in text


def test_a_mark_that_never_ends_is_given_up():
    endless = b"\x1b]133;A;" + b"x" * (2 * MAX_MARK_BYTES)
    marks, text, scanner = found(endless, b"y" * 10, C)
    assert [what for what, *_ in marks] == ["C"]
    assert len(text) == len(endless) + 10
    assert scanner.settled == scanner.offset
