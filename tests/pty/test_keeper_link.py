"""The link itself: bad frames, grants, windows, slow and hidden viewers, sizes, queries."""

import os
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ide.guard.grant import Right
from ide.keeper.grid import RESIZE_APART_SECONDS, TAKEN_AT_ONCE
from ide.wire import frames, limits
from ide.wire.frames import ErrorCode, Kind
from tests import kept_logs
from tests.keepers import KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


@pytest.fixture
def console(keeper: KeeperRun) -> Iterator[str]:
    name = keeper.new_bash()
    yield name
    keeper.call("consoles.end", console=name, how="kill")
    keeper.call("consoles.remove", console=name)


def frame_header(first: int, length: int) -> bytes:
    """The head of a browser's frame (RFC 6455), masked with zeros."""
    return struct.pack(">BBQ", first, 0x80 | 127, length) + bytes(4)


def closed(link: LinkClient) -> bool:
    """Take what still comes; true when the keeper closed the connection."""
    link.acking = False
    try:
        while True:
            link.step()
    except (EOFError, ConnectionResetError):
        return True


def ping(link: LinkClient) -> None:
    """Take all that was sent before the answer to a PING."""
    link.send(Kind.PING, 0, b"all said")
    while link.step().kind != Kind.PONG:
        pass


# Frames.


@pytest.mark.parametrize(
    "message",
    [
        frames.encode(Kind.INPUT, 1, b"\0" * 70_000),
        b"\x02",
        frames.encode(Kind.INPUT, 1, b"\0\0"),
        frames.encode(Kind.ACK, 1, b"\0"),
        frames.encode(Kind.SIZE, 1, b"\0" * 20),
        frames.encode(Kind.HELLO, 1, b"{not json"),
        frames.encode(Kind.HELLO, 1, b"[]"),
        frames.encode(Kind.HELLO, 0, b"{}"),
        frames.encode(Kind.THEME, 0, b'{"fg": "red"}'),
        frames.encode(Kind.OUTPUT, 1, b"\0" * 8),
        frames.encode(Kind.REPLY, 0, b"{}"),
        frames.encode(Kind.GRANT, 0, b"{}"),
    ],
)
def test_a_bad_frame_ends_the_link_and_nothing_else(keeper, console, message):
    with keeper.link() as link:
        link.hello(console)
        link.send_browser(message)
        assert closed(link)
        assert link.close_code == 4400
    with keeper.link() as link:
        link.hello(console)
        link.type("echo stil''l\n")
        link.read_until(b"still")


@pytest.mark.parametrize(
    "data",
    [
        frame_header(0x82, limits.MAX_CLIENT_FRAME_BYTES + 1) + bytes(70_000),
        frame_header(0x82, 1 << 40) + bytes(70_000),
        frame_header(0x81, 4) + b"text",
        frame_header(0xF2, 4) + b"bits",
        b"\x82\x04not masked",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["long", "endless", "text", "reserved bits", "not masked", "http"],
)
def test_what_is_no_binary_message_ends_the_link_and_nothing_else(keeper, console, data):
    with keeper.link() as link:
        link.hello(console)
        link.send_raw(data)
        assert closed(link)
        assert link.close_code in {4400, 1002, 1003, 1009}
    with keeper.link() as link:
        link.hello(console)


def test_a_length_over_the_maximum_ends_the_connection(keeper):
    with keeper.link() as link:
        link.socket.sendall((limits.MAX_STREAM_MESSAGE_BYTES + 1).to_bytes(4, "big") + b"x" * 100)
        assert closed(link)


def test_a_truncated_frame_waits_for_its_rest(keeper, console):
    with keeper.link() as link:
        link.hello(console)
        keys = frames.encode(Kind.INPUT, 1, frames.Input(1, b"echo who''le\n").pack())
        message = link.masked(keys)
        link.acking = False
        link.send_raw(message[:9])
        link.idle(0.1)
        link.send_raw(message[9:])
        link.read_until(b"whole")


def test_unknown_types_are_skipped(keeper, console):
    with keeper.link() as link:
        link.send(0x7E, 3, b"from the future")
        assert link.hello(console)["console"] == console


@pytest.mark.parametrize("console_id", ["", "0" * 16, "../../etc", "x" * 5000])
def test_hello_for_a_console_of_somebody_else_is_gone(keeper, console_id):
    with keeper.link() as link:
        assert link.hello(console_id)["error"].code == ErrorCode.GONE


def test_input_on_a_channel_that_is_not_attached_goes_nowhere(keeper, console):
    with keeper.link() as link:
        link.hello(console)
        link.type("echo lo''st\n", channel=9)
        link.until(lambda: link.errors)
        assert link.errors[-1].code == ErrorCode.GONE


# Grants.


def test_the_first_frame_must_be_a_grant(keeper):
    for kind in (Kind.CALL, Kind.HANDOVER, Kind.END):
        with LinkClient(keeper.socket, None) as link:
            link.send(kind, 0, b"{}")
            assert closed(link)


def test_a_grant_for_another_workspace_is_refused(keeper):
    with keeper.link(workspace="f" * 16) as link:
        assert closed(link)
        assert link.errors[-1].code == ErrorCode.FORBIDDEN


def test_who_may_only_look_cannot_type_size_or_manage(keeper, console):
    with keeper.link(rights=frozenset({Right.VIEW})) as link:
        welcome = link.hello(console, cols=133, rows=44)
        assert (welcome["cols"], welcome["owner"]) == (80, False)
        link.type("echo no\n")
        link.until(lambda: link.errors)
        assert link.errors[-1].code == ErrorCode.FORBIDDEN
        with pytest.raises(Exception, match="forbidden"):
            link.call("consoles.end", console=console, how="kill")
    after = keeper.console(console)
    assert (after["state"], after["cols"]) == ("running", 80)


def test_a_renewed_grant_may_allow_less(keeper, console):
    with keeper.link() as link:
        assert link.hello(console)["owner"]
        less = keeper.grant(rights=frozenset({Right.VIEW}))
        link.send(Kind.GRANT, 0, frames.pack_json(less.to_json()))
        # It holds the size no more, so that it can neither choose it nor slow the program.
        link.until(lambda: [one["owner"] for one in link.channels[1].meta["attached"]] == [False])
        link.type("echo no\n")
        link.until(lambda: link.errors)
        assert link.errors[-1].code == ErrorCode.FORBIDDEN
        link.size(133, 44, flags=7)
        ping(link)
        with keeper.link() as other:
            other.hello(console, cols=90, rows=25)
            other.type("echo ye''s\n")
            other.read_until(b"yes")
        link.read_until(b"yes")
    assert keeper.console(console)["cols"] == 90


def test_a_grant_that_ran_out_is_worth_nothing_until_renewed(keeper, console):
    with keeper.link(until=time.time() - 1) as link:
        assert link.hello(console)["error"].code == ErrorCode.FORBIDDEN
        link.send(Kind.GRANT, 0, frames.pack_json(keeper.grant().to_json()))

        def attaches() -> bool:
            link.errors.clear()
            return link.hello(console).get("console") == console

        wait_until(attaches, 20, "the grant, which comes on another socket than HELLO")


# Flow.


def test_what_is_not_acknowledged_never_exceeds_the_window_of_the_link(keeper, console):
    with keeper.link() as link:
        link.acking = False
        link.hello(console)
        link.type("seq 1 1000000\n")
        link.until(lambda: link.channels[1].offset > limits.WINDOW_BYTES * 0.9)
        # Much more is printed than may be sent; whatever is sent lies before the answers.
        folder = keeper.folder / "consoles" / console
        for _ in range(3):
            head = kept_logs.head(folder)
            wait_until(lambda head=head: kept_logs.head(folder) > head, what="more output")
            ping(link)
        assert link.channels[1].offset <= limits.WINDOW_BYTES
        link.type(b"\x03")


def test_a_viewer_that_stops_reading_does_not_stop_the_program(keeper, console):
    flag = keeper.agent.home / f"done-{console}"
    with keeper.link() as link:
        link.acking = False
        link.hello(console)
        link.type(f"seq 1 2000000; touch {flag}\n")
        wait_until(flag.exists, 60)
        # When it reads again it gets the screen, not megabytes.
        link.acking = True
        link.idle(0.2)
        link.ack()
        channel = link.channels[1]
        link.until(lambda: b"\r\n2000000\r\n" in (channel.snapshot or b"") + channel.output)
        assert channel.snapshots >= 1
        link.type("echo aft''er\n")
        link.read_until(b"after")


def test_a_viewer_that_keeps_up_slows_the_program_to_its_pace(keeper, console):
    folder = keeper.folder / "consoles" / console
    with keeper.link() as link:
        link.hello(console)
        link.type("seq 1 10000000\n")
        link.read_until(b"\r\n3000\r\n")
        for _ in range(20):
            link.idle(0.02)
            # What was printed but not parsed is at most window, one turn, and the pipe.
            assert kept_logs.head(folder) - link.channels[1].offset < 512 * 1024
        link.type(b"\x03")
        link.until(lambda: link.channels[1].output.endswith(b"$ "))
        assert link.channels[1].snapshots == 0


def test_with_nobody_attached_the_program_goes_on(keeper, console):
    flag = keeper.agent.home / f"alone-{console}"
    with keeper.link() as link:
        link.hello(console)
        link.type(f"seq 1 1000000; touch {flag}\n")
        link.until(lambda: link.inacks)
    wait_until(flag.exists, 60)


@pytest.mark.alone
def test_the_focused_console_goes_first_and_the_others_still_move(keeper, console):
    other = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console, channel=1)
        link.hello(other, channel=2)
        link.type("seq 1 10000000\n", channel=2)
        link.type("seq 1 10000000\n", channel=1)
        link.until(lambda: min(link.channels[one].offset for one in (1, 2)) > 200_000)
        began = time.monotonic()
        link.type(b"\x03", channel=1)
        link.until(lambda: link.channels[1].output.endswith(b"$ "), 5)
        assert time.monotonic() - began < 2
    keeper.call("consoles.end", console=other, how="kill")
    keeper.call("consoles.remove", console=other)


def test_attaching_anew_ends_what_the_channel_had_before(keeper, console):
    """Also when it was the focused one: the page would get every byte twice."""
    with keeper.link() as link, keeper.link() as other:
        link.hello(console)
        link.type("echo on''e\n")
        link.read_until(b"\r\none")
        link.until(lambda: link.channels[1].output.endswith(b"$ "))  # nothing is on its way
        link.hello(console)
        other.hello(console)
        for text in (b"two", b"three", b"four"):
            other.type(b"echo ''" + text + b"\n")
            link.read_until(b"\r\n" + text)


def test_more_viewers_than_the_maximum_are_refused(keeper, console):
    with keeper.link() as link:
        for channel in range(1, limits.MAX_VIEWERS_PER_CONSOLE + 1):
            link.hello(console, channel=channel)
        link.hello(console, channel=99)
        link.until(lambda: link.errors)
        assert link.errors[-1].code == ErrorCode.REFUSED
        # Detaching makes room, and the number can be used again.
        link.send(Kind.DETACH, 1)
        link.errors.clear()
        assert link.hello(console, channel=1).get("console") == console


def test_input_that_the_program_does_not_read_is_bounded(keeper, console):
    with keeper.link() as link:
        link.hello(console)
        link.type("stty raw -echo; sleep 1000\n")
        link.until(lambda: link.channels[1].meta["busy"])
        for _ in range(80):
            link.type(b"x" * limits.MAX_INPUT_BYTES)
        link.until(lambda: link.errors)
        assert link.errors[-1].code == ErrorCode.BUSY


def test_ping_is_answered_with_its_own_bytes(keeper):
    with keeper.link() as link:
        link.send(Kind.PING, 0, b"8 bytes!")
        frame = link.receive()
        while frame.kind == Kind.EVENT:
            frame = link.receive()
        assert (frame.kind, frame.payload) == (Kind.PONG, b"8 bytes!")


# Sizes.


def test_the_size_changes_in_the_stream_and_belongs_to_who_used_the_console_last(keeper, console):
    with keeper.link() as laptop, keeper.link() as tablet:
        assert laptop.hello(console, cols=100, rows=30)["owner"]
        assert not tablet.hello(console, cols=60, rows=20)["owner"]
        laptop.type("stty size\n")
        laptop.read_until(b"30 100\r\n")
        tablet.size(60, 20, flags=1)  # visible, but not used: nothing changes
        tablet.type("stty size\n")
        laptop.read_until(b"20 60\r\n")
        resize = laptop.channels[1].resizes[-1]
        assert (resize.cols, resize.rows, resize.owner) == (60, 20, 0)
        own = tablet.until(lambda: [one for one in tablet.channels[1].resizes if one.cols == 60])
        assert own[-1].owner == 1
        before_resize = laptop.channels[1].output.index(b"30 100")
        assert before_resize < resize.offset - laptop.channels[1].welcome["offset"]


def test_two_who_take_the_console_from_each_other_do_not_resize_it_without_end(keeper, console):
    with keeper.link() as one, keeper.link() as two:
        one.hello(console)
        two.hello(console)
        began = time.monotonic()
        for number in range(300):
            for link in (one, two):
                link.size(40 + number % 100, 10 + number % 20, flags=7)
        for link in (one, two):
            ping(link)
        two.size(111, 33, flags=7)
        for link in (one, two):
            link.until(lambda link=link: link.channels[1].resizes[-1].cols == 111)
        most = TAKEN_AT_ONCE + 2 + (time.monotonic() - began) / RESIZE_APART_SECONDS
        assert len(one.channels[1].resizes) <= most
        two.type("stty size\n")
        two.read_until(b"33 111\r\n")


def test_what_a_terminal_says_of_its_focus_takes_no_size(keeper, console):
    with keeper.link() as laptop, keeper.link() as tablet:
        laptop.hello(console, cols=100, rows=30)
        tablet.hello(console, cols=60, rows=20)
        # What is typed while the line editor has the terminal is not echoed as it is.
        laptop.type("echo re''ady; od -An -tx1 -N6; stty size\n")
        laptop.read_until(b"ready\r\n")
        for report in ("\x1b[I", "\x1b[O"):
            tablet.type(report)
        laptop.read_until(b"^[[I^[[O")
        assert 60 not in [one.cols for one in laptop.channels[1].resizes]
        tablet.type("\n")  # a key does
        laptop.read_until(b"1b 5b 49 1b 5b 4f\r\n20 60\r\n")


def test_sizes_are_clamped(keeper, console):
    with keeper.link() as link:
        link.hello(console, cols=3, rows=1)
        link.type("stty size\n")
        link.read_until(b"5 20\r\n")
        link.size(60_000, 60_000)
        resizes = link.channels[1].resizes
        link.until(lambda: resizes and resizes[-1].cols == limits.MAX_COLS)
        assert resizes[-1].rows == limits.MAX_ROWS


def test_a_new_viewer_gets_the_grid_that_each_byte_was_printed_for(keeper, console):
    with keeper.link() as link:
        link.hello(console, cols=80, rows=24)
        link.type("echo o''ne\n")
        link.read_until(b"one\r\n")
        link.size(50, 20)
        link.until(lambda: [one for one in link.channels[1].resizes if one.cols == 50])
        link.type("echo tw''o\n")
        link.read_until(b"two\r\n")
        old = [(one.offset, one.cols, one.rows) for one in link.channels[1].resizes]
    with keeper.link() as link:
        welcome = link.hello(console, cols=50, rows=20)
        assert (welcome["mode"], welcome["cols"], welcome["rows"]) == ("fresh", 80, 24)
        link.read_until(b"two\r\n")
        new = [(one.offset, one.cols, one.rows) for one in link.channels[1].resizes]
        assert old[-1] in new


# Queries.

_REPORT = re.compile(rb"\^\[\[\d+;\d+R")


@pytest.mark.parametrize("viewers", [0, 1, 3])
def test_each_query_is_answered_once_however_many_look(keeper, console, viewers):
    out = keeper.agent.home / f"answer-{console}"
    links = [keeper.link() for _ in range(max(1, viewers))]
    for link in links:
        link.hello(console)
    links[0].type(
        f"stty raw -echo; sleep 0.3; printf '\\033[6n'; sleep 0.3;"
        f" dd bs=100 count=1 of={out} status=none; stty sane\n"
    )
    links[0].until(lambda: links[0].inacks)
    if not viewers:
        links[0].close()
    wait_until(lambda: out.exists() and out.read_bytes(), 30)
    assert re.fullmatch(rb"\x1b\[\d+;\d+R", out.read_bytes())
    for link in links:
        link.close()


def test_replayed_queries_type_nothing_into_the_shell(keeper, console):
    out = keeper.agent.home / f"typed-{console}"
    with keeper.link() as link:
        link.hello(console)
        # The answer to the last of each three ends with R: then nothing is on its way.
        link.type(
            "for i in $(seq 100); do printf '\\033[c\\033]11;?\\a\\033[6n';"
            " IFS= read -rsd R -t 20; done; echo answ''ered\n"
        )
        link.read_until(b"answered\r\n", seconds=60)
        link.type(f"clear; cat > {out}\n")
        wait_until(out.exists, 20, "its own part: busy may be of what ran before")
        link.until(lambda: link.channels[1].meta["busy"])
    keeper.kill()
    keeper.start()
    for _ in range(10):
        with keeper.link() as one, keeper.link() as two:
            one.hello(console)
            two.hello(console)
            one.until(lambda one=one: one.channels[1].snapshot or one.channels[1].output)
    with keeper.link() as link:
        link.hello(console)
        link.type(b"\x04")
        link.until(lambda: not link.channels[1].meta["busy"])
    assert out.read_bytes() == b""


def test_colour_queries_are_answered_from_the_theme(keeper, console):
    out = keeper.agent.home / f"colour-{console}"
    with keeper.link() as link:
        theme = {"fg": "#102030", "bg": "#405060", "cursor": "#ffffff", "palette": []}
        link.send(Kind.THEME, 0, frames.pack_json(theme))
        link.hello(console)
        link.type(
            "stty raw -echo; printf '\\033]11;?\\a'; sleep 0.2;"
            f" dd bs=100 count=1 of={out} status=none; stty sane\n"
        )
        wait_until(lambda: out.exists() and out.read_bytes(), 30)
    assert out.read_bytes() == b"\x1b]11;rgb:4040/5050/6060\x07"


# What it costs.


def test_memory_stays_flat_under_a_flood_that_nobody_reads(keeper, console):
    with keeper.link() as link:
        link.acking = False
        link.hello(console)
        link.type("yes | head -c 8000000 | cat; echo do''ne\n")
        folder = keeper.folder / "consoles" / console
        wait_until(lambda: kept_logs.head(folder) > 8_000_000, 60)
    assert _rss_bytes(keeper.process.pid) < 60_000_000


def _rss_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_an_endless_sequence_refuses_new_viewers_with_a_reason_and_stops_no_program():
    with running_keeper() as run, run.link() as link:
        console = run.new_bash()
        link.hello(console)
        letters = "head -c 2500000 /dev/zero | tr '\\0' a"
        link.type(f"printf '\\033P'; {letters}; echo en''d1\n")
        link.read_until(b"end1\r\n")
        with run.link() as other:
            assert "encode" in other.hello(console)["error"].text
            assert run.console(console)["viewers"] == 1  # who was refused is not attached
        link.type(f"{letters}; printf '\\033\\\\'; echo en''d2\n")
        link.read_until(b"end2\r\n")
        with run.link() as other:
            assert other.hello(console)["mode"] == "snapshot"


def test_a_snapshot_is_followed_by_no_resize_from_before_it(keeper):
    console = keeper.new_bash()
    with keeper.link() as first, keeper.link() as second:
        first.hello(console)
        second.hello(console)
        second.type("seq 4000\n")  # takes the grid over, at the same size
        second.read_until(b"\r\n4000\r\n")
        with keeper.link() as third:
            assert third.hello(console)["mode"] == "snapshot"
            third.type("echo he''re\n")
            third.read_until(b"here")
