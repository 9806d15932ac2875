"""Programs that ask the terminal 100,000 times and read no answer: nobody chokes on the answers."""

import contextlib
import re
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from ide.wire import frames
from ide.wire.frames import Kind
from tests.keepers import KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

MAX_HEARD_BYTES = 32 * 1024
"""More than a terminal and the keeper hold of what is not read."""
QUERIES = (
    r"\033[c", r"\033[>c", r"\033[>q", r"\033[5n", r"\033[6n", r"\033[?2004$p",
    r"\033]10;?\007", r"\033]11;?\007", r"\033]4;1;?\007", r"\033P$qr\033\\",
)  # fmt: skip
THEME = {"fg": "#102030", "bg": "#405060", "cursor": "#ffffff", "palette": ["#010203"] * 16}

# Asks and does not listen; then listens until the answer comes that only it can have caused.
DEAF = r"""
import os, pathlib, select, sys, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
queries = "".join(sys.argv[1:]).encode().decode("unicode_escape").encode()
for _ in range(100):
    os.write(1, queries * 100)
os.write(1, b"\x1b]2;asked\x07")
while not pathlib.Path("listen").exists():
    select.select([], [], [], 0.02)
heard = b""
while b"\x1b[7;13R" not in heard:
    os.write(1, b"\x1b[7;13H\x1b[6n")
    while select.select([0], [], [], 0.2)[0]:
        heard += os.read(0, 65536)
pathlib.Path("heard").write_bytes(heard)
termios.tcsetattr(0, termios.TCSADRAIN, before)
os.write(1, b"done\n")
"""
ANSWER = re.compile(
    rb"\x1b\[\?1;2c|\x1b\[>0;276;0c|\x1bP>\|xterm\.js\([\d.]+\)\x1b\\|\x1b\[0n|\x1b\[\d+;\d+R"
    rb"|\x1b\[\?2004;[12]\$y|\x1b\](?:10|11|4;1);rgb:[0-9a-f/]+(?:\x07|\x1b\\)"
    rb"|\x1bP1\$r1;24r\x1b\\|(?P<typed>k)"
)


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


def assert_comes_back(link: LinkClient) -> None:
    """^C brings a prompt; more than one where answers on the line began one of readline's modes."""
    before = link.channels[1].output.count(b"\nwell\r")
    run_at_prompt(link, "echo we''ll", lambda: link.channels[1].output.count(b"\nwell\r") > before)


def run_at_prompt(link: LinkClient, command: str, done: Callable[[], bool]) -> None:
    """Interrupt what runs and type a command, again each second until it has done its work."""
    asked = 0.0

    def is_done() -> bool:
        nonlocal asked
        if time.monotonic() - asked > 1:
            asked = time.monotonic()
            link.type("\x03")
            link.type(f"\n{command}\n")
        with contextlib.suppress(TimeoutError):
            link.step(0.1)
        return done()

    wait_until(is_done, 60, command)


def test_answers_that_nobody_reads_are_few_and_whole_and_keep_no_key_waiting(keeper):
    home, console = keeper.agent.home, keeper.new_bash()
    (home / "deaf.py").write_text(DEAF)
    with keeper.link() as link:
        link.send(Kind.THEME, 0, frames.pack_json(THEME))
        link.hello(console)
        words = " ".join(f"'{one}'" for one in QUERIES)
        link.type(f"{sys.executable} deaf.py {words}\n")
        # All is asked and parsed: that nobody reads the answers stopped neither it nor the keeper.
        link.until(lambda: link.channels[1].meta["program_title"] == "asked", 60)
        typed = link.type("k" * 100)
        (home / "listen").touch()
        link.read_until(b"done\r\n", seconds=60)
        link.until(lambda: typed in link.inacks)
        heard = (home / "heard").read_bytes()
        assert not link.errors
        assert ANSWER.sub(b"", heard) == b""
        assert heard.count(b"k") == 100
        assert 1024 < len(heard) < MAX_HEARD_BYTES
        assert_comes_back(link)


def test_a_shell_that_printed_a_hundred_thousand_queries_takes_keys_after_an_interrupt(keeper):
    console = keeper.new_bash()
    with keeper.link() as link:
        link.send(Kind.THEME, 0, frames.pack_json(THEME))
        link.hello(console)
        queries = "".join(QUERIES).replace("\\033\\\\", "\\033\\\\\\\\")
        asked = r"printf '\033]2;asked\a'"
        link.type(f"for i in {{1..10000}}; do printf '{queries}'; done; {asked}\n")
        link.until(lambda: link.channels[1].meta["program_title"] == "asked", 60)
        assert_comes_back(link)
        assert not link.errors


def test_an_interrupt_ends_the_answers_to_what_was_asked_before_it(keeper):
    """Else a flood that the engine has not parsed yet is answered into the shell after it."""
    console = keeper.new_bash()
    with keeper.link() as link:
        link.send(Kind.THEME, 0, frames.pack_json(THEME))
        link.hello(console)
        channel = link.channels[1]
        queries = "".join(QUERIES).replace("\\033\\\\", "\\033\\\\\\\\")
        for number in range(3):
            begin = channel.offset
            link.type(f"while :; do printf '{queries}'; done\n")
            link.until(lambda begin=begin: channel.offset > begin + 300_000, 60)
            before = len(channel.output)
            # Then all is parsed that the program printed, and all answers are typed.
            title = f"parsed {number}"
            run_at_prompt(
                link,
                rf"printf '\033]2;{title}\a'",
                lambda title=title: channel.meta["program_title"] == title,
            )
            assert_comes_back(link)
            at = channel.output.index(b"^C", before)
            # Thousands of answers, and each one draws readline's line anew: a megabyte of it.
            assert len(channel.output) - at < 32 * 1024
