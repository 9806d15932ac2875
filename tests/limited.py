"""A server on which every workspace has little disk space, and people who use it up."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from ide.wire.frames import Kind, unpack_json
from tests.ordinary import make_server
from tests.server import OWNER, Server
from tests.visitor import Link, Visitor

MIB = 1024 * 1024
LIMIT = 40 * MIB
"""The environment for Python takes 12 of it."""
FILES = 3_000
OTHER = ("bob", "correct horse battery")


class LimitedServer(Server):
    """A server whose machine has ceilings for the disk."""

    def environment(self) -> dict[str, str]:
        ceilings = {"IDE_CEILING_DISK_BYTES": str(LIMIT), "IDE_CEILING_FILES": str(FILES)}
        return super().environment() | ceilings


@contextlib.contextmanager
def limited_server(account: str, folder: Path) -> Iterator[LimitedServer]:
    """Run one as "root" (skipped when we are not) or an "ordinary" user, with two people."""
    made = make_server(account, folder)
    with LimitedServer(made.data, command=made.command) as server:
        server.add_user(*OWNER, owner=True)
        server.add_user(*OTHER)
        yield server


class Person:
    """Somebody at a console of their own."""

    def __init__(self, visitor: Visitor, link: Link) -> None:
        self.visitor = visitor
        self.link = link
        self.console = visitor.new_console()
        link.hello(self.console)
        self._count = 0
        # Made in the background as soon as the sandbox runs; it is part of what is counted.
        self.says("while ! [ -e ~/.venv/.ready ]; do read -t 0.1 <> <(:); done")

    def says(self, command: str, seconds: float = 60.0) -> str:
        """Type a command and return what came until it had ended."""
        self._count += 1
        mark = f"done{self._count}"
        self.link.type(f"{command}\necho =$?=do''ne{self._count}\n".encode())
        said = self.link.read_until(mark.encode(), seconds=seconds).decode("utf-8", "replace")
        found = re.search(rf"=(\d+)={mark}", said)  # Bash may tell of an ended job after it
        assert found, said
        self.status = int(found[1])
        return said

    def does(self, command: str, seconds: float = 60.0) -> bool:
        """Type a command and return whether it ended well."""
        self.says(command, seconds)
        return self.status == 0

    def info(self, console: str = "") -> dict:
        """Return the console as JSON, the own one unless another is named."""
        (found,) = [
            one
            for one in self.visitor.api("GET", "consoles").json()["consoles"]
            if one["id"] == (console or self.console)
        ]
        return found

    def wait_full(self, *, full: bool = True) -> dict:
        """Wait until pages are told that the workspace is full, or that it is not; return that."""
        with self.visitor.link() as events:  # hears at once what was told last
            while True:
                told = unpack_json(events.until(Kind.EVENT, 0, 40).payload)
                if told["type"] == "usage" and (told["disk"] or {}).get("full") is full:
                    return told["disk"]


@contextlib.contextmanager
def person(server: Server, who: tuple[str, str] = OWNER) -> Iterator[Person]:
    """Sign somebody in."""
    with Visitor(server.url).sign_in(*who) as visitor, visitor.link() as link:
        yield Person(visitor, link)
