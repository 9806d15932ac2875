"""The same through the web: HTTP, link, keeper, agent, sandbox."""

import os
import signal
import time

from bench import processes
from ide.wire import frames
from ide.wire.frames import Kind
from tests.server import Server
from tests.visitor import Link, Visitor
from tests.waiting import wait_until

PROMPT = b"$ "


def new_console_seconds(visitor: Visitor, link: Link, channel: int) -> float:
    """From the click (POST) to the prompt on the open link; the console is ended afterwards."""
    started = time.perf_counter()
    console = visitor.new_console()
    link.hello(console, channel)
    link.read_until(PROMPT, channel)
    taken = time.perf_counter() - started
    link.send(Kind.DETACH, channel)
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    visitor.api("DELETE", f"consoles/{console}")
    return taken


def echo_seconds(link: Link, channel: int) -> float:
    """From a key to its echo as a frame."""
    started = time.perf_counter()
    link.type(b"x", channel)
    while True:
        frame = link.frame()
        if frame.kind == Kind.OUTPUT and frame.channel == channel:
            break
    taken = time.perf_counter() - started
    output = frames.Output.unpack(frame.payload)
    link.offset = output.offset + len(output.data)
    link.send(Kind.ACK, channel, frames.Ack(link.offset).pack())
    return taken


def keeper_gap_seconds(server: Server, visitor: Visitor) -> float:
    """From kill -9 of the keeper to the next line that a running program prints on a new link."""
    console = visitor.new_console()
    link = visitor.link()
    link.hello(console)
    link.read_until(PROMPT)
    link.type(b"i=0; while :; do i=$((i+1)); echo line-$i; sleep 0.02; done\r")
    link.read_until(b"line-20\r")
    (keeper,) = processes.keepers(server.data)
    os.kill(keeper, signal.SIGKILL)
    started = time.perf_counter()
    wait_until(lambda: _resumed(visitor, link, console), 20, "the console goes on")
    taken = time.perf_counter() - started
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    visitor.api("DELETE", f"consoles/{console}")
    return taken


def _resumed(visitor: Visitor, old: Link, console: str) -> bool:
    """Try what the page does after its link was cut: link, HELLO with the offset, next line."""
    try:
        with visitor.link() as link:
            link.offset, link.epoch = old.offset, old.epoch
            link.hello(console, resume=True)
            link.read_until(b"line-", seconds=5)
    except (OSError, AssertionError):
        return False
    return True
