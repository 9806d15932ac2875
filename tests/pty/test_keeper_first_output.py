"""A new console's engine begins a moment after its program: what is printed first is not lost."""

from collections.abc import Iterator

import pytest

from ide.keeper import console_screen
from tests.keepers import SECONDS, KeeperRun, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
SIZE = {"cols": 80, "rows": 24, "mode": "ask"}


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


def started(keeper: KeeperRun, script: str) -> str:
    name = f"{abs(hash(script))}.sh"
    (keeper.agent.home / name).write_text(script)
    return str(keeper.call("runs.start", path=name, **SIZE)["id"])


def test_a_program_that_asks_the_terminal_at_once_is_answered(keeper):
    console = started(keeper, "printf '\\e[3;4H\\e[6n'; IFS= read -rsd R x; echo ${x#*[} answered")
    with keeper.link() as link:
        link.hello(console)
        link.read_until(b"3;4 answered")


def test_the_screen_of_a_program_that_has_ended_at_once_is_kept(keeper):
    console = started(keeper, "printf kept")
    saved = keeper.folder / "consoles" / console / "screen"
    wait_until(lambda: keeper.console(console)["state"] == "ended", SECONDS)
    wait_until(saved.exists, SECONDS)


def test_a_flood_from_the_first_byte_on_is_parsed_and_ends_with_its_end(keeper):
    size = 40 * console_screen.SOON_BYTES
    console = started(
        keeper, f"head -c {size} /dev/zero | tr '\\0' x; printf '\\e]2;end\\a'; read x"
    )
    wait_until(lambda: keeper.console(console)["program_title"] == "end", SECONDS)
    keeper.call("consoles.end", console=console, how="kill")


def test_a_snapshot_asked_for_before_the_engine_began_answers_what_was_asked_before_it(keeper):
    # Over 16 KiB: such a console is attached to with a snapshot, which makes the engine.
    script = "head -c 20000 /dev/zero | tr '\\0' x; printf '\\e[3;4H\\e[6n'; IFS= read -rsd R x;"
    console = started(keeper, script + "echo ${x#*[} answered")
    with keeper.link() as link:
        link.hello(console)
        link.read_until(b"3;4 answered")
