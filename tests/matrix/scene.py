"""A whole server with two people: web, supervisor, keepers and sandboxes, spoken to as browsers do.

Nothing here knows more than docs/protocol.md and `ide status`'s list of processes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ide.placement.client import Supervisor
from ide.settings import Settings
from tests.ordinary import open_folder
from tests.ports import free_port
from tests.server import OWNER, Server
from tests.visitor import Visitor

NEIGHBOUR = ("neighbour", "another long password")


class Scene:
    """`owner` is whose consoles suffer, `neighbour` is somebody else on the same machine."""

    def __init__(self, server: Server, owner: Visitor, neighbour: Visitor) -> None:
        self.server = server
        self.owner = owner
        self.neighbour = neighbour

    def placed(self, visitor: Visitor) -> dict[str, int]:
        """Return `keeper_pid` and `sandbox_pid` of a person's workspace."""
        found = Supervisor(Settings(data=self.server.data).runtime).list()
        return next(one for one in found if one["workspace"] == visitor.workspace)


def console_of(visitor: Visitor, console: str) -> dict:
    """Return a console as JSON."""
    found = visitor.api("GET", "consoles").json()["consoles"]
    return next(one for one in found if one["id"] == console)


def end_console(visitor: Visitor, console: str) -> None:
    """End a console if it runs, and remove it."""
    if console_of(visitor, console)["state"] == "running":
        visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    visitor.api("DELETE", f"consoles/{console}")


@contextmanager
def running_scene() -> Iterator[Scene]:
    """Start a server on a port that it keeps when it is started again, with both signed in."""
    with open_folder() as folder:
        options = ["--bind", f"127.0.0.1:{free_port()}"]
        with Server(folder / "data", *options) as server:
            server.add_user(*OWNER, owner=True)
            server.add_user(*NEIGHBOUR)
            with Visitor(server.url) as owner, Visitor(server.url) as neighbour:
                yield Scene(server, owner.sign_in(*OWNER), neighbour.sign_in(*NEIGHBOUR))
