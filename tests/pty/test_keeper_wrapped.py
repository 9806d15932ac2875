"""What is typed on a narrow screen, with a real Bash, reads as it stood there in the end."""

import json
from functools import partial

import pytest

from ide.wire.plain_text import plain
from tests.keepers import running_keeper
from tests.pty.start_file import with_our_start_file
from tests.pty.test_keeper_search import PRINTS, found, parts, printed
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
COLS = 38
PROMPT = r"\[\e[34m\]home\[\e[0m\] > "
LONG = ": one " + "abcdefghij " * 7 + "wonderful end"
EDITED = LONG.replace("one", "two").replace("wonderful", "marvellous")
LEFT, RIGHT, UP = "\x1b[D", "\x1b[C", "\x1b[A"
HOME, END, BACKSPACE, CTRL_C = "\x01", "\x05", "\x7f", "\x03"


@pytest.fixture
def keeper():
    with running_keeper(before=partial(with_our_start_file, prompt=PROMPT)) as run:
        yield run


def at_prompt(keeper, console, number):
    """Wait for the prompt with that number."""
    wait_until(
        lambda: (
            (log := keeper.read_log(console)).count(b"\x1b]133;A") >= number
            and b"\x1b]133;B" in log.rpartition(b"\x1b]133;A")[2]
        ),
        20,
    )


def keys(link, *pressed):
    """Press one key after the other, as people do: each is drawn by itself."""
    for key in pressed:
        offset = link.channels[1].offset
        link.type(key)
        link.until(lambda offset=offset: link.channels[1].offset > offset)


def lines(log):
    return plain(log).decode().replace("\r\n", "\n").split("\n")


def test_a_wrapped_command_is_one_line_wherever_one_reads_it(keeper):
    console = keeper.new_bash(cols=COLS)
    with keeper.link() as link:
        link.hello(console, cols=COLS)  # another width would have Bash draw while one types
        at_prompt(keeper, console, 1)
        keys(link, *LONG, *[LEFT] * 20, "X", BACKSPACE, END, CTRL_C)
        at_prompt(keeper, console, 2)
        keys(link, *LONG, "\r")
        at_prompt(keeper, console, 3)
        # In the middle, and beside the prompt.
        keys(link, UP, *[LEFT] * len(" end"), *[BACKSPACE] * len("wonderful"), *"marvellous")
        keys(link, HOME, *[RIGHT] * 5, *[BACKSPACE] * 3, *"two", HOME, "x", BACKSPACE, "\r")
        at_prompt(keeper, console, 4)
        keys(link, UP, UP, "\r")
        at_prompt(keeper, console, 5)
    cards = wait_until(lambda: (c := keeper.call("cards.list")["cards"])[2:] and c, 20)
    assert [one["command"] for one in cards] == [LONG, EDITED, LONG]
    prompt = "home > "
    log = keeper.read_log(console)
    text = keeper.read_log(console, settled=True)
    assert len(text) == len(log)
    typed = [line for line in lines(text) if line.startswith(prompt)]
    assert [one.replace("^C", "") for one in typed] == [
        prompt + one for one in (LONG, LONG, EDITED, LONG, "")
    ]
    part = keeper.read_log(console, "log.part", at=0, bytes=200_000, settled=True)
    assert part == text
    assert keeper.read_log(console, "log.part", at=0, bytes=200_000) == log
    said = keeper.read_log(console, "log.search", pattern="two.*marvellous", regex=True)
    (hit,) = [json.loads(one)["hit"] for one in said.splitlines() if b'hit"' in one]
    assert hit["before"] + hit["match"] + hit["after"] == prompt + EDITED
    assert lines(text[hit["at"] :])[0] == prompt + EDITED
    assert found(keeper, "marvel tw") == [(console, prompt + EDITED)]
    printed(keeper, PRINTS.format(60_000), console)
    wait_until(lambda: parts(keeper, console), 60, "an index")
    wait_until(lambda: not keeper.call("search.find", q="word59999")["unsearched"], 60)
    assert found(keeper, "marvel tw") == [(console, prompt + EDITED)]
