"""What survives: a keeper that is killed in a flood, an agent that dies, a link that breaks."""

import contextlib
import random
import re
import signal
import sqlite3
import time
from contextlib import suppress

import pytest

from ide.wire.frames import Ending
from tests import kept_logs
from tests.keepers import CallError, KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

COUNTER = "awk 'BEGIN { for (i = 1; i <= %d; i++) print \"n\" i }'\n"
_NUMBER = re.compile(rb"n(\d+)\r\n")


def log_of(run: KeeperRun, console: str) -> bytes:
    return kept_logs.content(run.folder / "consoles" / console)[1]


def assert_counts(log: bytes, last: int) -> None:
    """Every number once, in order, and nothing else between them."""
    begin = log.index(b"n1\r\nn2\r\n")
    numbers = b"".join(b"n%d\r\n" % number for number in range(1, last + 1))
    got = log[begin : begin + len(numbers)]
    if got != numbers:
        at = next(
            i for i, (one, other) in enumerate(zip(got, numbers, strict=False)) if one != other
        )
        raise AssertionError(f"broke at {at}: {got[at - 40 : at + 60]!r}")


@pytest.mark.long
def test_a_killed_keeper_costs_no_line_of_a_flood(full):
    kills, last = (20, 6_000_000) if full else (4, 1_200_000)
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type(COUNTER % last)
            link.read_until(b"n1000\r\n")
        folder = run.folder / "consoles" / console
        whole = sum(len(b"n%d\r\n" % number) for number in range(1, last + 1))
        for kill in range(kills):
            goal = whole * (kill + 1) // (kills + 2)
            wait_until(lambda goal=goal: kept_logs.head(folder) >= goal, 60)
            kept_logs.wait_until_the_screen_is_back(folder)
            run.kill()
            run.start()
        wait_until(lambda: not run.console(console)["busy"], 60)
        with run.link() as link:
            # The screen was rebuilt: the last lines are on it, and the shell takes input.
            assert link.hello(console)["mode"] == "snapshot"
            channel = link.channels[1]
            link.until(lambda: b"n%d\r\n" % last in (channel.snapshot or b"") + channel.output)
            link.type("echo al''ive\n")
            link.read_until(b"alive\r\n")
        assert_counts(log_of(run, console), last)


def test_epoch_and_offsets_outlive_the_keeper_and_generations_do_not():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            first = link.hello(console)
            link.type("echo on''e\n")
            link.read_until(b"one\r\n$ ")
            have = link.channels[1].offset
        run.kill()
        run.start()
        with run.link() as link:
            again = link.hello(console, epoch=first["epoch"], have=have)
            assert again["mode"] == "delta"
            assert again["offset"] == have
            assert again["generation"] != first["generation"]
            assert again["in_seq"] == 0
            link.type("echo tw''o\n")
            assert link.read_until(b"two\r\n").count(b"one") == 0


def test_what_ended_while_no_keeper_was_there_is_learnt_from_the_agent():
    with running_keeper() as run:
        console = run.new_bash()
        flag = run.agent.home / "go"
        with run.link() as link:
            link.hello(console)
            link.type(f"until [ -e {flag} ]; do sleep 0.05; done; echo la''st; exit 5\n")
            link.until(lambda: link.inacks)
        run.kill()
        flag.touch()
        with run.agent.client() as agent:
            wait_until(lambda: agent.hello()["consoles"][0]["exit"])
        run.start()
        info = wait_until(lambda: _ended(run, console))
        assert info["exit"] == {"how": "exit", "status": 5}
        with run.link() as link:
            link.hello(console)
            assert link.until(lambda: link.channels[1].exit).status == 5
            assert b"last\r\n" in link.channels[1].output


def _ended(run: KeeperRun, console: str):
    info = run.console(console)
    return info if info["state"] == "ended" else None


def test_when_the_sandbox_dies_consoles_end_with_the_cause_and_keep_their_output():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type("echo ke''pt\n")
            link.read_until(b"kept\r\n")
            run.agent.kill()
            assert link.until(lambda: link.channels[1].exit).how == Ending.LOST
            assert link.call("consoles.list")["consoles"][0]["exit"]["cause"]
            # The next console has a new sandbox.
            other = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
            link.hello(other, channel=2)
            link.type("echo ne''w\n", channel=2)
            link.read_until(b"new\r\n", channel=2)
        with run.link() as link:
            link.hello(console)
            link.read_until(b"kept\r\n")


@pytest.mark.long
def test_attaching_at_any_time_and_offset_shows_every_line_once(full):
    rounds = 300 if full else 40
    chance = random.Random(5)
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as watcher:
            watcher.hello(console)
            watcher.type("i=0; while :; do echo n$((i+=1)); done\n")
            watcher.read_until(b"n100\r\n")
        epoch, have = None, None
        tail = b""
        for _ in range(rounds):
            with run.link() as link:
                welcome = link.hello(console, epoch=epoch, have=have)
                epoch = welcome["epoch"]
                head = welcome["head"]
                channel = link.channels[1]
                link.until(lambda c=channel, h=head: c.offset >= h + chance.randrange(3000))
                # The keeper's own check of offsets is in Channel; here the counter is checked.
                if welcome["mode"] == "delta":
                    tail = (tail + channel.output)[-100_000:]
                else:
                    tail = bytes(channel.output)
                _assert_rises(tail)
                have = channel.offset - chance.choice([0, 0, 1, 7])
                tail = tail[: len(tail) - (channel.offset - have)]


def _assert_rises(output: bytes) -> None:
    numbers = [int(one) for one in _NUMBER.findall(output[output.find(b"\n") + 1 :])]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


def test_two_viewers_see_the_same_bytes():
    with running_keeper() as run, run.link() as one, run.link() as other:
        console = run.new_bash()
        one.hello(console)
        other.hello(console)
        one.type("seq 1 20000; echo en''d\n")
        # What comes after, as the next prompt, may be in the same frame or not.
        first, second = (
            link.read_until(b"end\r\n").partition(b"end\r\n")[:2] for link in (one, other)
        )
        assert first == second


@pytest.mark.alone
def test_control_c_stops_a_flood_for_a_slow_reader_at_once():
    with running_keeper() as run, run.link() as link:
        link.hello(run.new_bash())
        link.type("seq 1 100000000\n")
        link.read_until(b"\r\n5000\r\n")
        link.type(b"\x03")
        link.until(lambda: link.channels[1].output.endswith(b"$ "), 5)


def test_a_queue_of_input_is_written_once_and_in_order():
    with running_keeper() as run, run.link() as link:
        welcome = link.hello(run.new_bash())
        console = welcome["console"]
        link.type("echo o''ne\n")
        link.read_until(b"one\r\n")
        link._seq[1] = 0
        link.type("echo o''ne\n")  # the same number again: a link that broke before INACK
        link.until(lambda: len(link.inacks) == 2)
        link.type("echo tw''o\n")
        link._seq[1] = 1
        link.type("echo tw''o\n")
        output = link.read_until(b"two\r\n")
        assert output.count(b"one\r\n") == 1
        with run.link() as again:
            again.page = link.page
            assert again.hello(console)["in_seq"] == 2


def _start_link(run: KeeperRun, console: str) -> LinkClient:
    link = run.link()
    link.hello(console)
    return link


def test_an_orderly_end_of_the_keeper_leaves_programs_running():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type("x=kept\n")
            link.until(lambda: link.inacks)
        run.stop()
        assert run.process.returncode == 0
        run.start()
        with run.link() as link:
            link.hello(console)
            link.type("echo $x''$x\n")
            link.read_until(b"keptkept\r\n")


def test_a_second_keeper_finds_the_lock_and_leaves():
    with running_keeper() as run:
        assert run.start_second() == 3
        run.process.send_signal(signal.SIGTERM)


def test_a_damaged_journal_costs_no_program_and_no_output():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type("word=ker; echo be''fore\n")
            link.read_until(b"before\r\n")
            run.kill()
        for name in ("journal.db-wal", "journal.db-shm"):
            (run.folder / name).unlink(missing_ok=True)
        (run.folder / "journal.db").write_bytes(b"SQLite format 3\0" + b"nonsense" * 2000)
        run.start()
        with run.link() as link:
            link.hello(console)
            link.until(lambda: any("was damaged" in one.get("text", "") for one in link.events))
            link.type("echo still-$word\n")
            link.read_until(b"still-ker\r\n")
        assert b"before\r\n" in run.read_log(console)
        assert run.console(console)["title"] == "Recovered 1"
        assert "journal repaired" in run.log.read_text()


def test_a_journal_that_is_locked_keeps_nobody_waiting_and_loses_no_letter():
    with running_keeper() as run:
        console = run.new_bash()
        run.call("bells.set", console=console, when="printed", text="done")
        lock = sqlite3.connect(run.folder / "journal.db", isolation_level=None)
        with contextlib.closing(lock), run.link() as link:
            link.hello(console)
            lock.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            link.type("echo do''ne; cd /tmp\n")  # a letter, and a console that changes
            link.read_until(b"done\r\n")
            for op in ("bells.set", "consoles.create"):
                with pytest.raises(CallError, match="has locked the list of consoles"):
                    link.call(op, console=console, when="died", kind="bash", cols=80, rows=24)
            assert time.monotonic() - began < 9, "each of these waited 5 s for the lock"
            assert not link.call("letters.list")["letters"]
            lock.execute("ROLLBACK")
            link.until(lambda: link.call("letters.list")["letters"])
            lock.execute("BEGIN IMMEDIATE")
            run.kill()
            run.start()
            with run.link() as again:
                again.hello(console)
                again.until(lambda: any("has locked" in e.get("text", "") for e in again.events))
                again.type("echo still he''re\n")
                again.read_until(b"still here\r\n")


@pytest.mark.parametrize("how", ["damaged", pytest.param("gone", marks=pytest.mark.in_full)])
def test_a_journal_that_is_lost_while_its_keeper_runs_is_written_anew_with_all_it_knows(how):
    with running_keeper() as run:
        console = run.new_bash()
        run.call("consoles.rename", console=console, title="Training")
        kept = run.call("bells.set", console=console, when="died", once=False)
        run.call("bells.set", console=console, when="printed", text="done")
        with run.link() as link:
            link.hello(console)
            link.type("echo do''ne\n")
            (told,) = link.until(lambda: link.call("letters.list")["letters"])
            for path in run.folder.glob("journal.db*"):
                if how == "gone":
                    path.unlink()
                else:  # in place: the keeper has it open
                    with path.open("r+b") as file:
                        file.write(b"nonsense" * (path.stat().st_size // 8))
            with suppress(CallError):
                link.call("bells.set", console=console, when="failed")
            link.until(lambda: any("written anew" in one.get("text", "") for one in link.events))
            assert "journal mended" in run.log.read_text()
            link.type("echo still he''re\n")
            link.read_until(b"still here\r\n")
        bells = run.call("bells.list")["bells"]
        run.kill()
        run.start()
        assert run.call("bells.list")["bells"] == bells
        assert kept in bells
        assert run.call("letters.list", unseen=True)["letters"] == []
        assert run.console(console)["title"] == "Training"
        again = run.call("bells.set", console=console, when="printed", text="done")
        with run.link() as link:
            link.hello(console)
            link.type("echo do''ne\n")
            above = {"after": told["id"]}  # no number comes again
            (later,) = link.until(lambda: link.call("letters.list", **above)["letters"])
        assert later["bell"] == again["id"]
        if how == "gone":
            waits = run.call("outbox.take")["letters"]
            assert [one["id"] for one in waits] == [told["id"], later["id"]]
