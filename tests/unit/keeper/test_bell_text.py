"""Plain text in output, however it is coloured and cut."""

from ide.keeper.bell_text import Search, excerpt, place

COLOURED = b"\x1b[1;31mep\x1b[0moch \x1b]0;title\x1b\\9\x1b(B\x1b]2;t\x07!\r\n"


def test_a_text_is_found_once_wherever_the_output_is_cut():
    texts = [b"epoch 9!", b"och"]
    for cut in range(len(COLOURED)):
        search = Search()
        found = search.feed(COLOURED[:cut], texts) + search.feed(COLOURED[cut:], texts)
        assert sorted(found) == [b"epoch 9!", b"och"], cut
        assert search.feed(b"nothing more", texts) == []


def test_a_text_that_is_coloured_within_is_placed_in_its_line():
    assert place(COLOURED, b"och") == COLOURED.index(b"och")
    assert place(b"one\r\n" + COLOURED + b"more\r\n", b"epoch 9") == len("one\r\n")
    assert place(b"9!\r\n", b"epoch 9!") == 0, "it began before"


def test_a_sequence_that_never_ends_hides_nothing_for_ever():
    search = Search()
    search.feed(b"\x1b]0;" + b"x" * 10_000, [b"late"])
    assert search.feed(b" late", [b"late"]) == [b"late"]


def test_an_excerpt_is_the_last_whole_lines_and_bounded():
    text = excerpt(b"".join(b"\x1b[32mline %d\x1b[0m\r\n" % n for n in range(500)), 64)
    assert len(text) <= 64
    assert text.endswith("line 498\nline 499")
    assert text.startswith("line ")
    assert excerpt(b"\xff\xfe\xe4\xb8", 10) == ""
