"""Many pages at once, and a log that cannot be read: what one takes, the others do not miss."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import kept_logs
from tests.keepers import KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


def refused(link: LinkClient) -> bool:
    """Whether the keeper ends this link; takes frames until that or the list of consoles."""
    link.hand_over_once()
    try:
        link.until(lambda: link.events)
    except (EOFError, ConnectionResetError):
        return True
    return False


def test_however_many_pages_are_open_calls_go_through_and_more_pages_hear_why_not():
    with running_keeper() as run, ExitStack() as after:
        links: list[LinkClient] = []
        while not (links and refused(links[-1])):
            links.append(after.enter_context(run.link()))
        late = links.pop()
        assert len(links) == 104
        assert (late.close_code, "too many pages" in late.close_reason) == (4429, True)
        # As many calls as are kept free, at the same time.
        calls = [after.enter_context(run.connect()) for _ in range(16)]
        for call in calls:
            assert call.call("consoles.list")["consoles"] == []
        for one in links[8:]:
            one.close()

        def opens() -> bool:
            with run.link() as link:
                return not refused(link)

        wait_until(opens, what="room for a link")


def drop_closed_pieces(folder: Path) -> bool:
    """Remove all of a log but what grows; false when there was nothing to remove."""
    *closed, _ = kept_logs.pieces(folder)
    for _, _, path in closed:
        path.unlink(missing_ok=True)
    return bool(closed)


def screen_of(run: KeeperRun, console: str) -> bytes:
    with run.link() as link:
        link.hello(console)
        return bytes(link.until(lambda: link.channels[1].snapshot))


def test_a_console_whose_log_cannot_be_read_gets_its_screen_and_stops_no_other():
    with running_keeper(env={"IDE_LOG_CAP_BYTES": str(2 << 20)}) as run, run.link() as link:
        console, other = run.new_bash(), run.new_bash()
        folder = run.folder / "consoles" / console
        link.hello(other, channel=2)
        link.hello(console)
        link.acking = False
        link.type("seq 1 50000\n")
        # It is set aside after two seconds, too little behind for a snapshot.
        wait_until(lambda: kept_logs.head(folder) > 338_894, what="all of the output")
        wait_until(lambda: b"50000" in screen_of(run, console), what="all of it on the screen")
        assert link.channels[1].snapshots == 0
        wait_until(lambda: not drop_closed_pieces(folder))
        link.acking = True
        link.idle(0.1)
        link.ack()
        with run.link() as hand:  # so that it is not this link's focused console
            hand.hello(other)
            hand.type("echo ot''her\n")
            hand.until(lambda: hand.inacks)
        link.read_until(b"other", channel=2)
        channel = link.channels[1]
        assert b"50000" in link.until(lambda: channel.snapshot)
        link.type("echo aft''er\n")
        link.read_until(b"after")
