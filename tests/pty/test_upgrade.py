"""A newer server takes over from an older one while programs run, and they do not notice.

The trees are copies of this one, so that both sides run code that is really on the disk.
"""

import shutil
import sys
from pathlib import Path

import pytest

from ide.build import build_id, is_newer
from tests.counting import check_goes_on, start_counting
from tests.ordinary import open_folder
from tests.server import OWNER, ROOT, Server
from tests.visitor import Visitor
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

SECONDS = 60.0
SECOND = ("second", "another long password")


class Tree:
    """A copy of the code, to be changed and run."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        for part in ("ide", "migrations"):
            shutil.copytree(ROOT / part, self.path / part)

    def change(self, module: str, old: str, new: str) -> None:
        path = self.path / "ide" / module
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    @property
    def build(self) -> str:
        return build_id(self.path / "ide")

    @property
    def command(self) -> list[str]:
        return ["env", f"PYTHONPATH={self.path}", sys.executable, "-P", "-m", "ide.cli.main"]


@pytest.fixture
def trees():
    with open_folder() as folder:
        yield Tree(folder, "old"), Tree(folder, "new"), folder


@pytest.fixture
def server(trees):
    old, new, folder = trees
    new.change("__init__.py", '"0.1.0"', '"0.2.0"')
    server = Server(folder / "data", command=old.command)
    try:
        server.start()
        server.add_user(*OWNER, owner=True)
        yield server
    finally:
        server.stop()


def words(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def keepers(server, build):
    """The keepers of a build."""
    return [pid for pid in server.pids("ide.keeper") if build in words(pid)]


def upgrade(server, tree):
    server.kill_web()
    server.command = tree.command
    server.start()


def check_still_counts(server, console, who=OWNER):
    with Visitor(server.url).sign_in(*who) as visitor:
        check_goes_on(visitor, console, reached=30)


def test_programs_do_not_notice_an_upgrade(server, trees):
    old, new, _ = trees
    with Visitor(server.url).sign_in(*OWNER) as visitor:
        console = start_counting(visitor)
    assert keepers(server, old.build)
    upgrade(server, new)
    wait_until(lambda: keepers(server, new.build), SECONDS, "a keeper of the new version")
    assert not keepers(server, old.build)
    assert len(server.pids("ide.placement.supervisor")) == 1
    assert "Upgraded the supervisor from version 0.1.0 to 0.2.0" in server.printed
    check_still_counts(server, console)

    # Back to the older one: it must not take the newer supervisor's place.
    before = server.pids("ide.placement.supervisor"), keepers(server, new.build)
    upgrade(server, old)
    assert "It is newer than this server (0.1.0); start the newer one." in server.printed
    assert (server.pids("ide.placement.supervisor"), keepers(server, new.build)) == before


def test_a_keeper_whose_screens_cannot_be_read_stays_until_its_consoles_end(server, trees):
    old, new, _ = trees
    new.change("screen/engine.py", '"ghostty-1"', '"ghostty-2"')
    with Visitor(server.url).sign_in(*OWNER) as visitor:
        console = start_counting(visitor)
    before = keepers(server, old.build)
    upgrade(server, new)
    stays = '"event": "keeper stays until idle"'
    log = server.data / "server.log"
    wait_until(lambda: stays in log.read_text(), SECONDS, "the supervisor has looked")
    check_still_counts(server, console)
    assert keepers(server, old.build) == before
    with Visitor(server.url).sign_in(*OWNER) as visitor:
        visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    wait_until(lambda: keepers(server, new.build), SECONDS, "a keeper of the new version")
    assert not keepers(server, old.build)


def test_a_version_whose_keepers_do_not_start_breaks_one_workspace_at_most(server, trees):
    old, new, _ = trees
    new.change("keeper/main.py", "    held = lock(config)", "    return 1\n    held = lock(config)")
    server.add_user(*SECOND)
    consoles = {}
    for who in (OWNER, SECOND):
        with Visitor(server.url).sign_in(*who) as visitor:
            consoles[who] = start_counting(visitor)
    upgrade(server, new)
    log = server.data / "server.log"
    wait_until(lambda: '"keepers not replaced"' in log.read_text(), SECONDS, "it gave up")
    assert len(keepers(server, old.build)) == 1

    server.kill_web()
    new.change("keeper/main.py", "    return 1\n", "")
    server.start()
    wait_until(lambda: len(keepers(server, new.build)) == 2, SECONDS, "both are back")
    for who, console in consoles.items():
        check_still_counts(server, console, who)


@pytest.mark.parametrize(
    ("version", "than", "answer"),
    [("0.2.0", "0.1.9", True), ("0.10.0", "0.9", True), ("1.0", "1.0", False), ("", "0", False)],
)
def test_versions_compare_by_their_numbers(version, than, answer):
    assert is_newer(version, than) is answer
    assert not (answer and is_newer(than, version))
