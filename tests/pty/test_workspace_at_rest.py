"""A stopped workspace stays so for whoever only looks; one that slept says that it was woken."""

from dataclasses import replace

import pytest

from ide.errors import StoppedError
from ide.files import schemas, service
from ide.guard.grant import Grant, Right
from ide.workspaces.keepers import Keeper
from tests.supervisors import running_supervisor
from tests.waiting import wait_until
from tests.workspaces import Workspace

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def machine():
    with running_supervisor() as run:
        yield run


@pytest.fixture
def workspace(machine):
    workspace = Workspace(machine)
    yield workspace
    machine.client.stop(workspace.name)


def list_home(workspace, *, reads):
    """List the home folder as the web does it, for a page that `reads` or for somebody's wish."""
    until = 4_000_000_000
    grant = Grant("1", "alice", workspace.name, frozenset(Right), until, "test", workspace.plan)
    machine = workspace.machine
    keeper = Keeper(machine.settings.runtime, machine.client, grant, reads=reads)
    return service.ask(keeper, schemas.Listing, "list", "")


def woken(link):
    return [event["text"] for event in link.events if event.get("about") == "woken"]


def new_bash(link):
    console = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
    link.hello(console)
    link.read_until(b"$ ")
    return console


def test_what_was_stopped_stays_so_until_somebody_needs_it(workspace):
    with workspace.link() as link:
        console = new_bash(link)
        link.call("workspace.stop")
        for _ in range(2):
            with pytest.raises(StoppedError, match="You stopped this workspace"):
                list_home(workspace, reads=True)
            assert workspace.call("workspace.wake", **{"for": "page"})["sandbox"] == ""
            assert workspace.call("workspace.wake", **{"for": "about"})["sandbox"] == ""
        assert workspace.sandbox_pid() is None
        told = len(link.events)
        assert workspace.call("workspace.wake")["sandbox"] == "bubblewrap"
        # Pages that were refused their files look again; nobody is told what they know.
        link.until(lambda: "files" in [event["type"] for event in link.events[told:]])
        assert list_home(workspace, reads=True).entries
        assert workspace.console(console)["state"] == "ended"
        assert woken(link) == []
        link.call("workspace.stop")
        list_home(workspace, reads=False)
        assert workspace.sandbox_pid() is not None


def test_what_slept_is_started_for_a_page_and_says_so_once(workspace):
    workspace.plan = replace(workspace.plan, sleep_seconds=1)
    with workspace.link() as link:
        console = new_bash(link)
        link.size(80, 24, 0, 1)
    wait_until(lambda: workspace.console(console)["state"] == "ended", 30, "it fell asleep")
    assert workspace.call("workspace.wake", **{"for": "about"})["sandbox"] == ""
    workspace.plan = replace(workspace.plan, sleep_seconds=0)
    assert workspace.call("workspace.wake", **{"for": "page"})["sandbox"] == "bubblewrap"
    list_home(workspace, reads=True)
    with workspace.link() as link:  # a moment later than the page itself
        link.hand_over_once()
        link.until(lambda: woken(link))
        assert "Consoles stay ended until Start again" in woken(link)[0]
        assert workspace.console(console)["state"] == "ended"
        assert len(woken(link)) == 1
