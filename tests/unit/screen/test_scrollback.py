"""As much scrollback as is promised, at every width, without asking the system for memory again."""

import resource

import pytest

from ide.screen.engine import SCROLLBACK_BYTES, SCROLLBACK_LINES
from ide.screen.ghostty import GhosttyScreen
from ide.screen.scrollback import Scrollback

ROWS = 10


def lines(screen: GhosttyScreen) -> list[bytes]:
    return screen.snapshot().split(b"\r\n")


def numbered(count: int) -> bytes:
    return b"".join(b"%06d\r\n" % number for number in range(count))


@pytest.mark.parametrize("cols", [20, 80, 100, 237, 300])
def test_five_thousand_lines_stay_at_every_width(cols):
    screen = GhosttyScreen.new(cols, ROWS)
    screen.feed(numbered(20_000))
    kept = lines(screen)
    assert len(kept) == SCROLLBACK_LINES + ROWS
    assert kept[0].endswith(b"%06d" % (20_000 - len(kept) + 1))  # after what gives colours back
    screen.close()


def test_they_stay_over_a_resize_and_a_rebuild():
    screen = GhosttyScreen.new(200, ROWS)
    screen.feed(numbered(20_000))
    screen.resize(60, ROWS)
    again = GhosttyScreen.restore(screen.checkpoint())
    for each in (screen, again):
        each.feed(numbered(20_000))
        assert len(lines(each)) == SCROLLBACK_LINES + ROWS
        each.close()


def test_the_same_lines_are_there_under_a_full_screen_program():
    screen = GhosttyScreen.new(100, ROWS)
    screen.feed(numbered(20_000))
    shown = lines(screen)
    screen.feed(b"\x1b[?1049h\x1b[Hfull screen")
    assert lines(screen)[: len(shown) - 1] == shown[:-1]
    screen.close()


def test_a_flood_of_short_lines_uses_the_same_memory_again():
    screen = GhosttyScreen.new(100, ROWS)
    for _ in range(20):
        screen.feed(b"y\r\n" * 20_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        screen.feed(b"y\r\n" * 20_000)
    # With a limit in lines alone there were 170,000.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 20_000
    screen.close()


class Limits:
    def __init__(self) -> None:
        self.said: list[tuple[int, int]] = []
        self.scrollback = Scrollback(lambda *limits: self.said.append(limits))
        self.scrollback.fit(100, ROWS)


def test_more_lines_than_wanted_lower_the_limit_until_pages_are_used_again():
    limits = Limits()
    for _ in range(100):
        pages_of_plain_lines = (limits.said[-1][0] // 401_408) * 462
        limits.scrollback.look(min(pages_of_plain_lines, limits.said[-1][1]))
    sizes = [in_bytes for in_bytes, _ in limits.said]
    assert sizes == sorted(sizes, reverse=True)
    assert (SCROLLBACK_LINES + ROWS) / 462 < sizes[-1] // 401_408 < 15
    assert len(sizes) < 15


def test_where_rich_pages_hold_fewer_lines_more_bytes_are_allowed_up_to_the_maximum():
    limits = Limits()
    for _ in range(20):
        limits.scrollback.look(6500)
    least = limits.said[-1][0]
    for _ in range(20):
        limits.scrollback.look(3000)
        limits.scrollback.look(2800)
    sizes = [in_bytes for in_bytes, _ in limits.said]
    assert least < SCROLLBACK_BYTES // 2
    assert SCROLLBACK_BYTES - 401_408 < max(sizes) == sizes[-1] <= SCROLLBACK_BYTES


def test_clearing_the_scrollback_changes_no_limit():
    limits = Limits()
    for rows in (5500, ROWS, 5500):
        limits.scrollback.look(rows)
    assert len(limits.said) == 1
