"""Output without escape sequences and control characters, as search, downloads and bells see it."""

import pytest

from ide.wire.plain_text import plain


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        (b"\x1b[1;31mep\x1b[0moch \x1b]0;title\x1b\\9\x1b(B\x1b]2;t\x07!\r\n", b"epoch 9!\r\n"),
        (b"a\x00\x08b\x1b7\tc\x7f", b"ab\tc"),
        (b"\x1bP1;2q#0\x1b\\x \x1b_G1\x1b\\y \x1b[?25l\x1b[2 qz", b"x y z"),
        (b"\x1b]0;broken\nnext line", b"\nnext line"),
        (b"half a sequence \x1b[1", b"half a sequence [1"),
        (b"lone \x1b\x1b\n", b"lone \n"),
        ("é 日本 \u0085".encode(), "é 日本 \u0085".encode()),
    ],
)
def test_only_what_is_read_is_left(printed, text):
    assert plain(printed) == text
