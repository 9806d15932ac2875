"""The search over everything with a real keeper: indexed behind its back, whatever dies."""

import secrets
import sys
from pathlib import Path

import pytest

from tests.keepers import CallError, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
PRINTS = (
    f"{sys.executable} -c \"for n in range({{}}): print('word%d of a line' % n)\"; echo .e''nd.\r"
)


@pytest.fixture
def keeper():
    with running_keeper() as run:
        yield run


def printed(keeper, line, console=None, **more):
    """Have a console print something to its end; returns the console."""
    end = secrets.token_hex(4)
    console = console or keeper.call("consoles.create", kind="bash", cols=80, rows=24, **more)["id"]
    with keeper.link() as link:
        link.hello(console)
        link.type(line.replace("nd.", f"nd{end}."))
        link.until(
            lambda: (
                f".end{end}.".encode()
                in (link.channels[1].snapshot or b"") + link.channels[1].output
            )
        )
    return console


def found(keeper, text, **more):
    """Return (console, line) of what is found, however many pieces that takes."""

    def said():
        answer = keeper.call("search.find", q=text, **more)
        return answer if answer["failed"] != "database is locked" else None

    answer = wait_until(said, 20)  # who indexes is nice, and may close a part for a second or two
    assert not answer["failed"]
    lines = [
        (one["console"], "".join(hit["parts"])) for one in answer["consoles"]
        for hit in one["hits"]
    ]  # fmt: skip
    for one in answer["consoles"]:
        if one["left"]:
            lines += found(keeper, text, console=one["console"], before=one["left"]["at"])
    return lines


def parts(keeper, console="*"):
    found = (keeper.folder / "consoles").glob(f"{console}/index-2/*")
    return [path for path in found if path.suffix in {".part", ".growing"}]


def indexing(keeper):
    """Return the process ids of what indexes for this keeper."""
    pid = keeper.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in children if b"ide.keeper.indexing" in command(one)]


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_line_is_found_at_once_and_by_the_index_and_goes_with_its_console(keeper):
    console = printed(keeper, PRINTS.format(3))
    assert found(keeper, "word2 line") == [(console, "word2 of a line")]
    printed(keeper, PRINTS.format(60_000).replace("word", "secret"), record=False)
    printed(keeper, PRINTS.format(60_000), console)
    assert (console, "word59999 of a line") in found(keeper, "word59999")
    wait_until(lambda: parts(keeper), 40, "an index")
    wait_until(lambda: not indexing(keeper), 40)
    (index,) = (keeper.folder / "consoles").glob("*/index-2")
    assert index.parent.name == console
    assert found(keeper, "secret100") == []
    assert found(keeper, "word31234") == [(console, "word31234 of a line")]
    (hit,) = keeper.call("search.find", q="word31234")["consoles"][0]["hits"]
    log = keeper.read_log(console)
    assert log[hit["at"] : hit["end"]] == b"word31234 of a line\r\n"
    assert (hit["parts"][1], keeper.console(console)["epoch"]) == (
        "word31234", keeper.call("search.find", q="word31234")["consoles"][0]["epoch"],
    )  # fmt: skip
    with pytest.raises(CallError, match="does not exist"):
        keeper.call("search.find", q="word", console="other")
    with pytest.raises(CallError, match="at least one letter"):
        keeper.call("search.find", q="***")
    keeper.call("consoles.end", console=console, how="kill")
    assert found(keeper, "word31234", console=console)
    keeper.call("consoles.remove", console=console)
    assert found(keeper, "word31234") == []
    assert parts(keeper) == []


def test_a_keeper_killed_while_it_indexes_leaves_nothing_behind_and_its_successor_goes_on(keeper):
    console = printed(keeper, PRINTS.format(300_000))
    (child,) = wait_until(lambda: parts(keeper) and indexing(keeper), 40, "indexing")
    keeper.kill()
    wait_until(lambda: not command(child), 20, "the end of what indexed")
    keeper.start()
    wait_until(lambda: not keeper.call("search.find", q="word7")["unsearched"], 90)
    for number in (7, 123_456, 299_999):
        assert (console, f"word{number} of a line") in found(keeper, f'"word{number}"')
