"""A server in use: a program that counts, somebody who reads it, two who type elsewhere.

What any failure must leave alone, asked for in one place:

    with under_load(scene) as load:
        ...                      # do harm
        load.lasts()             # until enough keys were typed and lines read meanwhile
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.matrix.echo import TRIES, Echo
from tests.matrix.memory import PEAK_MEGABYTES, Memory
from tests.matrix.numbers import LINES_AT_ONCE, assert_counts_from_zero, program
from tests.matrix.reader import Reader
from tests.matrix.scene import Scene, console_of, end_console


class Load:
    """`console` counts; `reader` follows it; `echoes` are of another console and another person."""

    def __init__(self, scene: Scene, console: str, reader: Reader, echoes: list[Echo]) -> None:
        self.scene = scene
        self.console = console
        self.reader = reader
        self.echoes = echoes

    def lasts(self, tries: int = TRIES, lines: int = 1000) -> None:
        """Wait until so many more keys came back everywhere, and the program counted on."""
        for echo in self.echoes:
            echo.tried(tries)
        if console_of(self.scene.owner, self.console)["state"] == "running":
            self.reader.goes_on(lines)

    def assert_unharmed(self) -> None:
        """The log has every number once, at least those that the reader saw; keys were prompt."""
        answer = self.scene.owner.api("GET", f"consoles/{self.console}/log")
        assert assert_counts_from_zero(answer.content) >= self.reader.numbers.last > 0
        for echo in self.echoes:
            echo.assert_prompt()


def start_counting(scene: Scene, lines_at_once: int = LINES_AT_ONCE) -> str:
    """Start the program in a new console of the owner's and return the console."""
    console = scene.owner.new_console()
    with scene.owner.link() as link:
        link.hello(console)
        link.read_until(b"$ ")
        link.type(program(lines_at_once))
        link.read_until(b"n%07d" % lines_at_once)
    return console


@contextmanager
def under_load(
    scene: Scene,
    lines_at_once: int = LINES_AT_ONCE,
    *,
    beside: bool = True,
    keeper_megabytes: int = PEAK_MEGABYTES["ide.keeper"],
) -> Iterator[Load]:
    """Count, read and type until the block ends; then everything must be unharmed.

    Without `beside` nobody types in another console of the same workspace. `keeper_megabytes` is
    what a keeper may take, when that is less than keepers usually may.
    """
    console = start_counting(scene, lines_at_once)
    echoes = [Echo(scene.neighbour, "a console of somebody else")]
    if beside:
        echoes.append(Echo(scene.owner, "a console of the same workspace"))
    reader = Reader(scene.owner, console)
    memory = Memory(scene.server, [scene.owner.workspace, scene.neighbour.workspace])
    with ExitStack() as stack:
        for each in (memory, reader, *echoes):
            stack.enter_context(each)
        load = Load(scene, console, reader, echoes)
        reader.goes_on(lines_at_once)  # whatever happens now happens in the middle
        yield load
        load.lasts(0)
    load.assert_unharmed()
    memory.assert_bounded(keeper_megabytes)
    for echo in echoes:
        echo.remove()
    end_console(scene.owner, console)
