"""A line that a line editor drew with its cursor reads as it stood there in the end."""

import random
import struct
import threading

import pytest

from ide.keeper.card import Card
from ide.keeper.card_store import CardStore
from ide.keeper.log_parts import part_from
from ide.keeper.output_log import OutputLog
from ide.keeper.settled import settled
from ide.keeper.settled_log import Commands, SettledLog
from ide.wire.plain_text import plain
from tests.unit.keeper.filled_log import fill
from tests.unit.keeper.indexed import Output
from tests.unit.keeper.test_card_reader import KEY, edited, mark

PROMPT = b"\x1b[34mw $\x1b[0m "
COMMAND = b"echo one two three four five six se"


def typed(number, line, *, before=b""):
    """Return a prompt with a line that was typed there, up to the mark of its command."""
    begins = mark("D", number - 1, 0) + mark("A", number, 0) + before + PROMPT + mark("B", number)
    return begins + line + mark("C", number)


def read(data, commands, cols=20):
    """Return the log as it reads."""
    text = bytearray(data)
    for first, said in settled(data, 0, commands, range(len(data)), lambda _: cols):
        text[first : first + len(said)] = said
    assert len(text) == len(data)
    return bytes(text)


def ends(data, number):
    """Return where the output of that command begins."""
    return data.index(mark("C", number)) + len(mark("C", number))


def test_an_edited_line_is_whole_in_as_many_bytes_and_nothing_else_changes():
    data = b"before\r\n" + typed(1, edited(1)) + b"out\r\x1b[Aput\r\n"
    text = read(data, {ends(data, 1)})
    line = data.index(edited(1))
    assert text[:line] == data[:line]
    assert text[line:].startswith(COMMAND + b"\0")
    assert text[line + len(edited(1)) :] == data[line + len(edited(1)) :]
    assert plain(text) == b"before\r\nw $ " + COMMAND + b"\r\nout\rput\r\n"


def test_marks_that_no_command_was_made_of_change_nothing():
    data = typed(1, edited(1)) + b"out\r\n"
    assert read(data, set()) == data
    other = typed(1, edited(1)).replace(KEY.encode(), b"f" * 32)
    data = typed(1, b"cat log\r\n") + other + typed(1, edited(1)) + mark("D", 1, 0)
    assert read(data, {ends(data, 1)}) == data
    assert read(other + data, {len(other) + ends(data, 1)}) == other + data
    printed = mark("A", 1, 0) + PROMPT + mark("B", 1) + b"old \x08line\r\n"  # of this session
    data = typed(5, b"tail log\r\n") + printed + typed(6, edited(6))
    assert printed in (text := read(data, {ends(data, 5), ends(data, 6)}))
    assert COMMAND in text


@pytest.mark.parametrize(
    ("line", "cols"),
    [
        (edited(1), 0),  # nobody knows the width any more
        (b"\x08" + b"x" * 20_000 + b"\r\n", 20),  # more than is played
        (
            ((b"\x1b[C\x1b[D" * 2000 + b"\r" + PROMPT + mark("B", 1)) * 6 + b"a \x08b\r\n"),
            20,
        ),  # further from its prompt than is looked
        (b"a \rb\r\n" * 300, 20),  # more rows than there are
        (b"\x1b[31mcoloured\x1b[0m \x07line\r\n\x1b[?2004l\r", 20),  # reads as well as it is
    ],
)
def test_what_is_too_long_or_needs_nothing_stays_as_it_was_printed(line, cols):
    data = typed(1, line) + b"out\r\n"
    assert read(data, {ends(data, 1)}, cols) == data


def test_lines_that_were_given_up_or_drawn_anew_are_whole_too():
    row = b"abcdefghijklmno" + b"p \rqr\x1b[A\r\x1b[C" + b"\n\r"
    data = typed(1, row + b"^C\r\n").removesuffix(mark("C", 1))
    data += typed(2, row + b"\r\none two\r\n" + PROMPT + mark("B", 2) + row + b"\r\n")
    data = data.replace(row, row.replace(b"o", b"O"), 1)
    assert plain(read(data, {ends(data, 2)})) == (
        b"w $ abcdefghijklmnOp^C\r\nw $ abcdefghijklmnopqr\r\none two\r\nw $ abcdefghijklmnopqr\r\n"
    )
    cleared = typed(1, row + b"\x1b[H\x1b[2J" + PROMPT + mark("B", 1) + row + b"\r\n")
    assert plain(read(cleared, {ends(cleared, 1)})) == b"w $ abcdefghijklmnopqr\r\n" * 2


def known(folder, *offsets):
    """Have the database of cards say that commands begin there."""
    store = CardStore(folder / "cards.db")
    cards = [
        Card(id=store.new_id(), console="c", epoch="e", kind="command", command="", cwd="/",
             interpreter="", started=1.0, first=offset)
        for offset in offsets
    ]  # fmt: skip
    store.write(cards, {})
    store.close()


def sizes(folder, *sizes):
    (folder / "sizes").write_bytes(b"".join(struct.pack(">QHH", *one) for one in sizes))


@pytest.fixture
def log(tmp_path):
    log = OutputLog(tmp_path / "c", 16 << 20)
    yield log
    log.close()


def test_it_reads_the_same_wherever_one_begins(log, tmp_path):
    lines = [b"line\r\n" * 30 + typed(number, edited(number)) for number in range(1, 60)]
    data = b"".join(lines) + b"end\r\n"
    fill(log, data)
    known(tmp_path, *(ends(data, number) for number in range(1, 60)))
    sizes(tmp_path / "c", (0, 20, 5), (len(data) - 500, 90, 5))
    commands = Commands(tmp_path / "cards.db")
    shown = SettledLog(log, "c", tmp_path / "c", commands)
    text = shown.read(0, len(data))
    assert plain(text).count(b"w $ " + COMMAND + b"\r\n") >= 58
    chance = random.Random(1)
    for _ in range(200):
        at, size = chance.randrange(len(data)), chance.randrange(1, 3000)
        assert shown.read(at, size) == text[at : at + size], (at, size)
    part = part_from(shown, data.index(edited(9)) + 100, 2000, exact=False)
    assert plain(part.data).startswith(b"w $ " + COMMAND + b"\r\nline\r\n")
    assert text[part.first : part.end] == part.data
    commands.close()


def test_without_cards_or_sizes_a_log_is_as_it_was_printed(log, tmp_path):
    data = typed(1, edited(1)) + b"out\r\n"
    fill(log, data)
    missing = SettledLog(log, "c", tmp_path / "c", Commands(tmp_path / "cards.db"))
    assert missing.read(0, 5000) == data
    known(tmp_path, ends(data, 1))
    missing = SettledLog(log, "c", tmp_path / "c", Commands(tmp_path / "cards.db"))
    assert missing.read(0, 5000) == data
    (tmp_path / "broken.db").write_bytes(b"nonsense" * 1000)
    sizes(tmp_path / "c", (0, 20, 5))
    assert SettledLog(log, "c", tmp_path / "c", Commands(tmp_path / "broken.db")).read(0, 5000) == (
        data
    )
    assert missing.read(0, 5000) != data


def test_nobody_closes_what_a_thread_asks_just_now(tmp_path):
    commands, order = Commands(tmp_path / "cards.db"), []
    closer = threading.Thread(target=commands.close)

    class Database:
        def execute(self, *_):
            closer.start()
            closer.join(0.1)
            order.append("answered")
            return (row for row in [(1,)])

        def close(self):
            order.append("closed")

    commands._db = Database()
    assert commands.between("c", 0, 1) == {1}
    closer.join(10)
    assert order == ["answered", "closed"]


def test_a_search_over_everything_has_the_line_once_and_whole(tmp_path):
    output = Output(tmp_path)
    filler = b"~~~ ~~~ ~~~\r\n" * 9000
    data = filler + typed(1, edited(1)) + b"one\r\n" + filler
    known(tmp_path, ends(data, 1))
    (tmp_path / "c" / "index").mkdir(parents=True)
    (tmp_path / "c" / "index" / "000000000000-000000000099.part").touch()
    output.printed(data)
    sizes(tmp_path / "c", (0, 20, 5))
    for _ in ("not indexed", "indexed"):
        assert output.found("three se") == ["w $ " + COMMAND.decode()]
        (hit,) = output.search("ech four")["consoles"][0]["hits"]
        assert data[hit["at"] :].startswith(mark("D", 0, 0) + mark("A", 1, 0))
        assert output.index()["failed"] == ""
    assert not (tmp_path / "c" / "index").exists()
    assert output.found('"ee four"') == []
