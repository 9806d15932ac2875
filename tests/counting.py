"""A program that counts in a console: whoever kills something around it must not lose a number."""

import re

from tests.visitor import Visitor

COUNT = b"i=0; while :; do echo n$((i++)); sleep 0.05; done\n"


def start_counting(visitor: Visitor) -> str:
    """Start it in a new console; return the console once it has counted to nine."""
    console = visitor.new_console()
    with visitor.link() as link:
        link.hello(console)
        link.type(COUNT)
        link.read_until(b"\nn9\r\n")
    return console


def check_goes_on(visitor: Visitor, console: str, reached: int = 20, more: int = 10) -> None:
    """Attach, read the log from its beginning: every number is there once, and new ones come."""
    with visitor.link() as link:
        link.hello(console)
        printed = link.read_until(b"\nn%d\r\n" % reached)
        printed += link.read_until(b"n%d\r\n" % (_numbers(printed)[-1] + more))
    seen = _numbers(printed)
    assert seen == list(range(seen[0], seen[0] + len(seen)))


def _numbers(printed: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"\bn(\d+)\r\n", printed)]
