"""Commands whose output is hostile, huge or of a machine far away, and very many of them."""

import contextlib
import random
import sqlite3
import time

import pytest

from ide.wire.limits import MAX_CARDS_PER_WORKSPACE
from tests.keepers import running_keeper
from tests.pty.start_file import with_our_start_file
from tests.pty.test_bells import letters
from tests.pty.test_bells_of_commands import typing
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
AT_ONCE = 100
ANSWER_SECONDS = 3.0


@pytest.fixture(scope="module")
def keeper():
    with running_keeper(before=with_our_start_file) as run:
        yield run


def ended(keeper, console, **args):
    listed = keeper.call("cards.list", console=console, state="ended", **args)
    return list(reversed(listed["cards"]))


def last_of(keeper, console):
    return ([""] + [one["command"] for one in ended(keeper, console)])[-1]


def test_a_program_far_away_is_one_command_and_its_bells_ring_when_it_is_left(keeper):
    ssh = keeper.agent.home / "ssh"  # a terminal of its own within ours, as the real one has
    there = "PS1='far> ' exec bash --norc"
    ssh.write_text(f'#!/bin/sh\nscript -qec "{there}" /dev/null; exit 7\n')
    ssh.chmod(0o755)
    with typing(keeper, "./ssh far") as (console, link, card):
        link.read_until(b"far> ")
        for when in ("finished", "failed"):
            keeper.call("bells.set", console=console, when=when)
        link.type("sleep 0.6; echo do''ne\r")
        link.read_until(b"done\r\n")
        link.idle(1.2)
        assert letters(keeper, console) == [], "nobody here knows what ends over there"
        link.type("exit\r")
        told = wait_until(lambda: len(letters(keeper, console)) == 2 and letters(keeper, console))
        assert {one["ending"].partition(" after ")[0] for one in told} == {"failed with status 7"}
        assert [one["id"] for one in ended(keeper, console)] == [card["id"]]


def test_what_a_program_prints_of_marks_and_bytes_changes_no_command(keeper):
    seeded = random.Random(6)
    noise = bytes(byte for byte in seeded.randbytes(1 << 18) if byte not in b"\x05\x1b\x9b")
    with typing(keeper, "cat marks; read x; (exit 3)") as (console, link, _card):
        link.type("\r")
        wait_until(lambda: ended(keeper, console), 20)
        log = keeper.read_log(console)
        marks = [part.split(b"\x1b\\")[0] for part in log.split(b"\x1b]133;")[1:]]
        key = marks[0].partition(b"ide=")[2].partition(b"-")[0]
        other = key.translate(bytes.maketrans(b"0123456789abcdef", b"123456789abcdef0"))
        (keeper.agent.home / "marks").write_bytes(
            noise + log
            + b"".join(b"\x1b]133;D;0;ide=%b-%d\x1b\\" % (other, one) for one in range(9))
            + b"\x1b]133;D;0;ide=%b-\x1b\\\x1b]133;D;0\x07\x1b]133;C;ide=" % key
        )  # fmt: skip
        link.type("cat marks; (exit 9)\r")
        wait_until(lambda: len(ended(keeper, console)) == 2, 20)
        link.type("\x15echo on\r")
        wait_until(lambda: len(ended(keeper, console)) == 3, 20)
    cards = ended(keeper, console)
    assert [one["status"] for one in cards] == [3, 9, 0]
    assert cards[1]["end"] - cards[1]["start"] > len(noise)
    assert cards[2]["command"].endswith("echo on")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_command_that_prints_very_much_is_one_card_and_keeps_nobody_waiting(keeper, full):
    count = (500 if full else 12) << 20
    line = f"read x; yes $(printf %0999d 0) | head -c {count}; (exit 4)"
    with typing(keeper, line) as (console, link, card):
        link.type("\r")
        link.read_until(b"0000\r\n")
    slowest = 0.0

    def over():
        nonlocal slowest
        begun = time.monotonic()
        keeper.call("consoles.list")
        slowest = max(slowest, time.monotonic() - begun)
        return ended(keeper, console)

    (whole,) = wait_until(over, 800)
    assert (whole["id"], whole["status"]) == (card["id"], 4)
    assert whole["end"] - whole["start"] == count + count // 1000 + len("\r\n")  # and the answer
    assert slowest < ANSWER_SECONDS


@pytest.mark.long
@pytest.mark.timeout(900)
def test_very_many_commands_leave_so_many_cards_and_keep_nobody_waiting(full):
    count = MAX_CARDS_PER_WORKSPACE + 2000 if full else 800
    with (
        running_keeper(before=with_our_start_file) as keeper,
        typing(keeper, "read x") as (console, link, _card),
    ):
        slowest = 0.0
        link.type("\r")
        for _ in range(0, count, AT_ONCE):
            seq = link.type(":\r" * AT_ONCE)
            begun = time.monotonic()
            link.call("consoles.list")
            slowest = max(slowest, time.monotonic() - begun)
            link.until(lambda seq=seq: link.inacks and link.inacks[-1] >= seq, 60)
        link.type("echo al''l\r")
        wait_until(lambda: last_of(keeper, console) == "echo al''l", 800)
        assert slowest < ANSWER_SECONDS
        with contextlib.closing(sqlite3.connect(keeper.folder / "cards.db")) as db:
            (kept,) = db.execute("SELECT count(*) FROM cards").fetchone()
        assert kept == min(count + 2, MAX_CARDS_PER_WORKSPACE)
