"""Cards out of marks: begun, ended, corrected, and never by a mark that was printed before."""

import itertools
import subprocess
import sys

from ide.keeper import card_sample
from ide.keeper.card import Card
from ide.keeper.card_reader import CardReader, Origin
from ide.keeper.paper import TypedLine
from ide.keeper.typed_line import MAX_COMMAND_BYTES, command_of

KEY = "k" * 32
ORIGIN = Origin("c", "e", KEY, "command", "/bin/bash", "/home/user")


def typed(prompt: bytes, echo: bytes, cols: int) -> str:
    """Return the command that `echo` shows behind the last line of `prompt`."""
    return command_of(TypedLine(prompt, cols), echo)


def mark(what, number, status=None, more=""):
    said = "" if status is None else f";s={status}" if what == "A" else f";{status}"
    return f"\x1b]133;{what}{said};ide={KEY}-{number}{more}\x1b\\".encode()


def prompt(number, status=0, cwd="/w"):
    return mark("A", number, status, f";cwd={cwd}") + b"$ " + mark("B", number)


def command(number, text, output=b"", status=0):
    line = text.encode() + b"\r\n"
    return line + mark("C", number) + output + mark("D", number, status)


def reader(**more):
    ids = itertools.count(1)
    return CardReader(ORIGIN, lambda: next(ids), **({"offset": 0} | more))


def test_a_command_becomes_a_card_with_its_slice_of_the_log():
    one, data = reader(), prompt(1) + command(1, "make all", b"built\r\n", 2)
    (card,) = one.feed(data, 80, 5.0)
    assert (card.command, card.cwd, card.status, card.how) == ("make all", "/w", 2, "exit")
    assert data[card.first : card.last] == b"built\r\n"
    assert (card.state, card.epoch, card.kind) == ("ended", "e", "command")


def test_several_lines_in_one_prompt_are_one_card():
    one = reader()
    data = prompt(1) + b"a\r\nb\r\n" + mark("C", 1) + b"1" + mark("C", 1) + b"2" + mark("D", 1, 0)
    (card,) = one.feed(data, 80, 5.0)
    assert card.command == "a\nb"
    assert one.running is None


def test_what_was_printed_before_says_nothing_when_it_is_printed_again():
    one = reader()
    old = prompt(1) + command(1, "true")
    one.feed(old, 80, 1.0)
    (running,) = one.feed(prompt(2) + b"cat log\r\n" + mark("C", 2), 80, 2.0)
    assert one.feed(old + mark("D", 1, 0) + mark("C", 1), 80, 3.0) == []
    assert one.running is running
    (ended,) = one.feed(mark("D", 2, 1), 80, 4.0)
    assert (ended.id, ended.status) == (running.id, 1)


def test_a_prompt_without_an_end_before_it_ends_the_card():
    one = reader()
    one.feed(prompt(1) + b"x\r\n" + mark("C", 1), 80, 1.0)
    (card,) = one.feed(mark("A", 2, 7), 80, 2.0)
    assert (card.status, card.state) == (7, "ended")


def test_the_shells_own_status_wins_over_one_that_somebodys_prompt_command_left():
    one = reader()
    one.feed(prompt(1) + command(1, "false", status=0), 80, 1.0)
    (card,) = one.feed(prompt(2, status=1), 80, 2.0)
    assert card.status == 1
    assert one.feed(prompt(3, status=0), 80, 3.0) == [], "an empty line is no command"


def test_a_successor_goes_on_without_a_card_twice_or_never():
    data = b"".join(prompt(n) + command(n, f"echo {n}", b"out") for n in range(1, 4))
    for cut in range(len(data)):
        ids = itertools.count(1)
        first = CardReader(ORIGIN, lambda ids=ids: next(ids), offset=0)
        cards = {one.id: one for one in first.feed(data[:cut], 80, 1.0)}
        offset, number = first.resume
        second = CardReader(
            ORIGIN, lambda ids=ids: next(ids), offset=offset, number=number, running=first.running
        )
        cards |= {one.id: one for one in second.feed(data[offset:], 80, 2.0)}
        told = [(one.id, one.command, one.status, one.last - one.first) for one in cards.values()]
        assert told == [(n, f"echo {n}", 0, 3) for n in range(1, 4)], cut


def test_a_clock_that_was_set_back_makes_no_negative_time():
    one = reader()
    one.feed(prompt(1) + b"x\r\n" + mark("C", 1), 80, 100.0)
    (card,) = one.feed(mark("D", 1, 0), 80, 40.0)
    assert card.ended == card.started == 100.0


def test_a_limit_that_ends_a_command_is_why_it_ended():
    one = reader()
    one.feed(prompt(1) + command(1, "big", status=137) + prompt(2, 137), 80, 100.0)
    assert one.limit_ended(101.0).how == "limit"
    one.feed(b"big\r\n" + mark("C", 2), 80, 102.0)
    one.limit_ended(103.0)
    (card,) = one.feed(mark("D", 2, 137), 80, 103.5)
    assert card.how == "limit"
    assert one.limit_ended(200.0) is None


def test_processor_time_is_the_shells_word_and_memory_the_most_that_was_seen():
    one = reader()
    one.feed(prompt(1) + b"x\r\n" + mark("C", 1), 80, 1.0)
    for memory in (5, 9, 7):
        one.sampled(memory, 123)
    (card,) = one.feed(mark("D", 1, 0, ";c=250000"), 80, 2.0)
    told = card.to_json()
    assert (told["cpu_seconds"], told["peak_bytes"], told["peak_how"]) == (0.25, 9, "sampled")
    one.sampled(100, 1)
    assert card.peak_bytes == 9, "what comes later is of no command"
    one.feed(prompt(2) + b"x\r\n" + mark("C", 2), 80, 3.0)
    (card,) = one.feed(mark("D", 2, 0, f";c={'9' * 40}"), 80, 4.0)
    assert (card.cpu_usec, card.peak_bytes, card.peak_how) == (None, None, None)


def test_a_sample_sums_what_lives_below_a_process():
    code = "import os; x = b'x' * 50_000_000; print(len(x), flush=True); os.read(0, 1)"
    below = ["sh", "-c", f'{sys.executable} -c "{code}"; :']
    with subprocess.Popen(below, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        whole, used = card_sample.of_session(process.pid, with_leader=True)
        part, _ = card_sample.of_session(process.pid, with_leader=False)
        process.stdin.close()
    assert whole > part > 50_000_000
    assert used > 0
    assert card_sample.of_session(process.pid, with_leader=True) == (0, 0), "it is gone"


def test_nothing_is_written_of_what_is_never_recorded():
    one = reader()
    one.never = True
    assert one.feed(prompt(1) + command(1, "secret"), 80, 1.0) == []
    one.heed("e", never=True)
    one.feed(prompt(2) + b"secret\r\n", 80, 1.0)
    one.heed("e", never=False)
    assert one.feed(mark("C", 2) + mark("D", 2, 0), 80, 1.0) == [], "it was typed before"
    one.feed(prompt(3) + b"raise Mine\r\n" + mark("C", 3), 80, 1.0)
    one.heed("e", never=True)
    (card,) = one.feed(mark("D", 3, 1, ";exception=Mine"), 80, 1.0)
    assert (card.status, card.exception) == (1, None)


def test_a_session_that_ends_ends_what_ran_in_it():
    one = reader()
    one.feed(prompt(1) + b"sleep 9\r\n" + mark("C", 1), 80, 1.0)
    card = one.over("signal", 9, 3.0, 500)
    assert (card.how, card.status, card.last) == ("signal", 9, 500)
    assert one.over("exit", 0, 4.0, 500) is None
    assert isinstance(card, Card)


def test_the_line_is_read_off_its_echo():
    assert typed(b"out\r\n$ ", b"echo abd\bc\r\n", 80) == "echo abc"
    assert typed(b"$ ", b"\xe4\xb8\xad\xe6\x96\x87x\b \b\r\n", 80) == "中文"
    assert typed(b"$ ", b"abcdefgh \rij\r\n", 10) == "abcdefghij", "a line that wrapped"
    assert typed(b"$ ", b"for i in 1\r\n> do :\r\n> done\r\n", 80) == "for i in 1\ndo :\ndone"
    assert typed(b"$ ", b" secret\r\n", 80) == "", "a space before it keeps it to oneself"
    assert typed(b"$ ", b"abc\x1b[2D\x1b[1@X\r\n", 80) == "aXbc"
    assert typed(b"$ ", b"ab\b\x1b[99@\r\n", 80) == "a", "pushed off the row, which stays bounded"
    ahead = b"echo 2\r\n\x1b[?2004l\recho 3\r\nx\r\n"
    assert typed(b"$ ", ahead, 80) == "echo 2", "what is typed before it runs is no part of it"
    more = b"x\r\n\x1b[?2004h> y\r\n\x1b[?2004l\rz\r\n"
    assert typed(b"$ ", b"for i in 1\r\n\x1b[?2004l\r" + more, 80) == "for i in 1\ny"
    assert typed(b"$ ", b"echo \x1b[?2004la\x1b[?2004hb\r\n", 80) == "echo ab"
    assert typed(b"$ ", b"a\xe2\x80\xaeb\x00\r\n", 80) == "a b"
    long = typed(b"$ ", "ä".encode() * 9000 + b"\r\n", 80)
    assert len(long.encode()) <= MAX_COMMAND_BYTES
    assert (
        typed(b"", b"\x1b[9999999999999999999B\x1b[999999C" + bytes(range(256)) * 9, 5) is not None
    )


def edited(number):
    """A line on 20 columns, its first row edited, as Bash 5.2 draws it: prompts where they are."""
    return (b"\x1b[34mw $\x1b[0m " + mark("B", number)).join((
        (
            b"cho one two thre \re four five six se\x1b[A\r\x1b[C\x1b[C\x1b[C\x1b[C"
            b"echo one two thre\x1b[1@e\x1b[A\r"
        ),
        b"\x1b[C\x1b[Ccho one two thr\x1b[Ce four five six se \x1b[A\x1b[A\r",
        (
            b"\x1b[C\x1b[Cho one two thre\x1b[C\x1b[1P\r\n\r\x1b[K\x1b[A\x1b[A"
            + b"\x1b[C" * 6 + b"\r\n\r\r\n\x1b[?2004l\r"
        ),
    ))  # fmt: skip


def test_a_line_is_whole_that_was_edited_beside_its_prompt():
    one = reader()
    begins = mark("A", 1, 0) + b"\x1b[34mw $\x1b[0m " + mark("B", 1)
    (card,) = one.feed(begins + edited(1) + mark("C", 1), 20, 5.0)
    assert card.command == "echo one two three four five six se"
