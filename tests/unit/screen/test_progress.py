"""OSC 9;4: how far a program is, wherever a read cuts the bytes."""

import pytest

from ide.screen.progress import Progress, ProgressScanner


def scanned(*reads: bytes) -> Progress | None:
    scanner = ProgressScanner()
    for data in reads:
        scanner.feed(data)
    return scanner.progress


@pytest.mark.parametrize(
    ("data", "progress"),
    [
        (b"\x1b]9;4;1;40\x07", Progress("set", 40)),
        (b"text\x1b]9;4;1;40\x1b\\text", Progress("set", 40)),
        (b"\x1b]9;4;1;999\x07", Progress("set", 100)),
        (b"\x1b]9;4;3\x07", Progress("indeterminate", None)),
        (b"\x1b]9;4;3;0\x07", Progress("indeterminate", None)),
        (b"\x1b]9;4;1;40\x07\x1b]9;4;2\x07", Progress("error", 40)),
        (b"\x1b]9;4;1;40\x07\x1b]9;4;4;\x07", Progress("paused", 40)),
        (b"\x1b]9;4;1;40\x07\x1b]9;4;0\x07", None),
        (b"\x1b]9;4;1;40\x07\x1b]9;4;0;\x1b\\", None),
        (b"\x1b]9;4;1;40\x07\x1b]9;4;7;3\x07", Progress("set", 40)),
        (b"\x1b]9;4;1;40\x07\x1b]9;4;1;-3\x07", Progress("set", 40)),
        (b"\x1b]9;4;1;1234\x07", None),
        (b"\x1b]9;a notice\x07", None),
        (b"9;4;1;40\x07", None),
    ],
)
def test_a_report_is_read(data, progress):
    assert scanned(data) == progress


@pytest.mark.parametrize("cut", range(30))
def test_a_report_that_a_read_cut_in_two_is_read_once(cut):
    data = b"ab\x1b]9;4;1;7\x07\x1b]9;4;1;100;\x1b\\cd\x1b"
    scanner = ProgressScanner()
    found = scanner.feed(data[:cut]) + scanner.feed(data[cut:])
    assert scanner.progress == Progress("set", 100)
    assert found in {1, 2}
    assert not scanner.feed(b"[0m")


def test_byte_by_byte():
    data = b"\x1b]9;4;1;40\x1b\\"
    assert scanned(*(data[at : at + 1] for at in range(len(data)))) == Progress("set", 40)


def test_what_is_never_finished_is_not_kept():
    scanner = ProgressScanner()
    for _ in range(1000):
        scanner.feed(b"\x1b]9;4;1;" + b"4" * 4096)
        assert len(scanner._rest) <= 14
