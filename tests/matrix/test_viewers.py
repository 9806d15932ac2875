"""Bad networks and bad viewers: whoever looks badly, the program and everybody else go on."""

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from ide.wire import frames, limits
from ide.wire.frames import Kind
from tests.matrix.load import under_load
from tests.matrix.numbers import Numbers
from tests.matrix.reader import Follower, Reader
from tests.matrix.scene import console_of, end_console
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0
CUTS, KEYS = 20, 50
SIZES = [(45, 70), (80, 24), (97, 31), (120, 40), (132, 43), (200, 60), (400, 100)]


@pytest.fixture
def console(scene):
    console = scene.owner.new_console()
    yield console
    end_console(scene.owner, console)


def attached(load, **hello):
    """A link that is attached to the console that counts, and whose size it has."""
    link = load.scene.owner.link()
    link.hello(load.console, **hello)
    link.size(90, 25)
    assert link.page in pages(load)
    return link


def pages(load):
    """The pages that are attached to the console that counts."""
    return {one["page"] for one in console_of(load.scene.owner, load.console)["attached"]}


@pytest.mark.long
def test_a_page_whose_link_is_cut_again_and_again_reads_every_line_once(scene, full):
    """Every other time the server is not told: the old connection just stays."""
    cuts, apart = (24, 5.0) if full else (12, 0.0)
    pause = threading.Event()
    with under_load(scene) as load:
        for cut in range(cuts):
            back = len(load.reader.modes) + 1
            if cut % 2:
                load.reader.cut()
            else:
                load.reader.abandon()
            load.reader.came_back(back)
            load.reader.goes_on(200)
            pause.wait(apart)
        load.lasts()
        assert len(pages(load)) == 1
    assert set(load.reader.modes[1:]) <= {"delta", "snapshot"}


@pytest.mark.long
def test_a_device_that_froze_holds_nobody_and_finds_everything_when_it_thaws(scene, full):
    """In full it freezes once more, and is let go: who is attached is told truly."""
    with under_load(scene) as load, attached(load) as frozen:
        load.lasts(lines=5000)
        thawed = Follower(frozen, Numbers())
        goal = load.reader.numbers.last + 1000
        wait_until(lambda: thawed.step() and thawed.numbers.last >= goal, SECONDS, "it is there")
        if full:
            wait_until(lambda: frozen.page not in pages(load), 2 * limits.DEAD_AFTER_SECONDS)


def test_the_next_socket_of_a_page_takes_the_place_of_one_that_died(scene, console):
    """A network that goes and comes leaves connections behind that nobody has ended."""
    with scene.owner.link() as first:
        first.hello(console)
        before = first
        for _ in range(2 * limits.MAX_VIEWERS_PER_CONSOLE):
            link = scene.owner.link()
            link.page = first.page
            link.hello(console)
            found = console_of(scene.owner, console)["attached"]
            assert [one["page"] for one in found] == [first.page]
            before.wait_closed()
            before.socket.close()
            before = link
        link.type(b"echo he''re\r")
        link.read_until(b"here")
        link.socket.close()


def test_keys_typed_through_cuts_reach_the_program_once_and_in_order(scene, console):
    """As link.ts does it: what was not acknowledged is sent again above WELCOME's in_seq."""
    page, numbers, waiting = "typist", itertools.count(1), {}
    with scene.owner.link() as link:
        link.hello(console)
        link.type(b"stty -echo; echo rea''dy; while read n; do echo got-$n; done\r")
        link.read_until(b"ready")
    for _ in range(CUTS):
        with scene.owner.link() as link:
            waiting = type_again(link, console, page, waiting)
            for number in itertools.islice(numbers, KEYS):
                waiting[number] = b"%d\r" % number
                link.send(Kind.INPUT, 1, frames.Input(number, waiting[number]).pack())
            link.cut()  # some have arrived, some are on their way, some have not left
    with scene.owner.link() as link:
        type_again(link, console, page, waiting)
        link.read_until(b"got-%d\r\n" % (CUTS * KEYS))
    log = scene.owner.api("GET", f"consoles/{console}/log").content
    assert [int(each) for each in re.findall(rb"got-(\d+)", log)] == [*range(1, CUTS * KEYS + 1)]


def type_again(link, console, page, waiting):
    """Attach as this page; send what was not written yet, and return it."""
    link.page = page
    written = link.hello(console)["in_seq"]
    left = {number: keys for number, keys in waiting.items() if number > written}
    for number, keys in left.items():
        link.send(Kind.INPUT, 1, frames.Input(number, keys).pack())
    return left


@pytest.mark.long
def test_a_page_that_reads_a_byte_a_second_holds_nobody(scene, full):
    seconds = 60 if full else 1
    pause = threading.Event()
    with under_load(scene) as load, attached(load) as slow:
        for _ in range(seconds):
            assert len(slow.socket.recv(1)) == 1
            pause.wait(1.0)
        load.lasts()


def test_who_acknowledges_nothing_or_what_was_never_sent_gets_a_window_and_then_what_is_new(scene):
    with under_load(scene) as load, attached(load) as liar, attached(load) as silent:
        for ahead in (1, 10_000_000, 2**63):
            ack = frames.Ack(liar.offset + limits.WINDOW_BYTES + ahead)
            liar.send(Kind.ACK, 1, ack.pack())
        with ThreadPoolExecutor(2) as pool:
            took = list(pool.map(take_unacknowledged, (silent, liar), (load, load)))
        assert all(0 < each <= limits.WINDOW_BYTES for each in took)
        assert_comes_up_to_date(silent, load)
        assert_comes_up_to_date(liar, load)


def take_unacknowledged(link, load):
    """Take whatever comes while the program prints several windows; return the bytes of output."""
    goal = load.reader.numbers.last + 5000
    begun = None
    while load.reader.numbers.last < goal:
        load.reader.check()
        try:
            frame = link.frame(0.2)
        except TimeoutError:
            continue
        link.take(frame)
        begun = link.offset if begun is None or frame.kind == Kind.SNAP_END else begun
    return link.offset - begun


def assert_comes_up_to_date(link, load):
    """Once it acknowledges what it had, it gets the screen and follows from there."""
    link.ack()
    follower = Follower(link, Numbers())
    goal = load.reader.numbers.last + 1000
    wait_until(lambda: follower.step() and follower.numbers.last >= goal, SECONDS, "up to date")


def test_as_many_viewers_as_may_be_each_of_another_size(scene):
    with under_load(scene) as load, ExitStack() as stack:
        readers = [stack.enter_context(Reader(scene.owner, load.console, *size)) for size in SIZES]
        assert len(readers) + 1 == limits.MAX_VIEWERS_PER_CONSOLE
        for reader in readers:
            reader.came_back(1)
        with scene.owner.link() as one_too_many, pytest.raises(AssertionError, match="Too many"):
            one_too_many.hello(load.console)
        for reader, (cols, rows) in zip(readers, SIZES, strict=True):
            reader.link.size(cols, rows)
            wait_for_size(scene, load.console, cols, rows)
            reader.goes_on(200)
        load.lasts()
        for reader in readers:
            assert reader.modes == ["snapshot"], "nobody was cut off"


def wait_for_size(scene, console, cols, rows):
    def found():
        now = console_of(scene.owner, console)
        return (now["cols"], now["rows"]) == (cols, rows)

    wait_until(found, SECONDS, f"{cols} x {rows}")


def test_a_terminal_that_is_resized_a_thousand_times_in_a_second(scene):
    """By one hand that drags a corner, then by two devices that take it from each other."""
    with under_load(scene) as load, attached(load) as one, attached(load) as other:
        for links in ([other], [one, other]):
            resize(links)
            for link in links:  # what two connections carry arrives in no order
                link.send(Kind.PING, 0, b"all said")
                link.until(Kind.PONG, 0)
            other.size(111, 33)
            wait_for_size(scene, load.console, 111, 33)
        load.lasts()


def resize(links):
    """A thousand sizes, by these in turn, in about a second."""
    pause = threading.Event()
    for number, link in zip(range(1000), itertools.cycle(links), strict=False):
        link.size(70 + number % 300, 20 + number % 50)
        if number % 50 == 49:
            pause.wait(0.05)
