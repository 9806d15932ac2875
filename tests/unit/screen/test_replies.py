"""The list of answers that reach a program: what is not on it would be typed into a shell."""

import pytest

from ide.screen.replies import allowed


@pytest.mark.parametrize(
    "reply",
    [
        b"\x1bP1$r1;24r\x1b\\",
        b"\x1bP0$r\x1b\\",
        b"\x1bP1$r0;1;38:5:3m\x1b\\",
        b'\x1bP1$r1"q\x1b\\',
        b"\x1b[24;80R",
    ],
)
def test_an_answer_of_the_list_passes_as_it_is(reply):
    assert allowed(reply) == reply


@pytest.mark.parametrize("control", [b"\r", b"\n", b"\x03", b"\x04", b"\x7f", b"\xc2\x9c"])
def test_no_answer_carries_a_key_that_acts(control):
    assert allowed(b"\x1bP1$rrm -r x" + control + b"\x1b\\") == b""
    assert allowed(b"\x1b[1;1R" + control) == b""
