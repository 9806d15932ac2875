"""The fake keeper of the web's tests gives the answers of the real one."""

import dataclasses
import time

import pytest

from ide.errors import ForbiddenError, NotFoundError
from ide.guard.grant import Grant, Right
from ide.settings import Settings
from ide.workspaces.keepers import Keeper
from tests.fakes.keeper import FakeKeeper
from tests.ordinary import IS_ROOT, make_server, open_folder
from tests.visitor import Visitor

pytestmark = pytest.mark.pty

OWNER = ("owner", "correct horse battery")
SIZE = {"cols": 80, "rows": 24}


class NoPlaces:
    """Both keepers listen already."""

    def ensure(self, workspace):
        raise AssertionError(workspace)


def grant_for(workspace):
    return Grant("login", "owner", workspace, frozenset(Right), time.time() + 600)


@pytest.fixture(scope="module")
def real():
    with open_folder() as folder, make_server("root" if IS_ROOT else "ordinary", folder) as server:
        server.add_user(*OWNER, owner=True)
        with Visitor(server.url).sign_in(*OWNER) as visitor:
            visitor.api("GET", "consoles")
            runtime = Settings(data=server.data).runtime
            yield Keeper(runtime, NoPlaces(), grant_for(visitor.workspace))


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    with open_folder() as folder:
        running = FakeKeeper(folder, "f" * 16).start()
        yield Keeper(folder, NoPlaces(), grant_for("f" * 16))
        running.stop()


@pytest.fixture(params=["real", "fake"])
def keeper(request):
    return request.getfixturevalue(request.param)


def test_calls_answer_in_the_same_shape(keeper):
    made = keeper.call("consoles.create", {"kind": "bash", **SIZE})
    assert {"id", "kind", "state", "cols", "rows"} <= set(made)
    assert (made["kind"], made["state"], made["cols"]) == ("bash", "running", 80)
    named = keeper.call("consoles.rename", {"console": made["id"], "title": "mine"})
    assert named["title"] == "mine"
    assert made["id"] in {each["id"] for each in keeper.call("consoles.list", {})["consoles"]}
    ended = keeper.call("consoles.end", {"console": made["id"], "how": "kill"})
    assert ended["state"] == "ended"
    keeper.call("consoles.remove", {"console": made["id"]})
    assert made["id"] not in {each["id"] for each in keeper.call("consoles.list", {})["consoles"]}
    assert set(keeper.call("workspace.wake", {})) >= {"sandbox", "network"}


def test_what_is_not_there_is_not_found(keeper):
    with pytest.raises(NotFoundError):
        keeper.call("consoles.rename", {"console": "nowhere", "title": "x"})


@pytest.mark.parametrize("op", ["consoles.create", "files.open"])
def test_rights_are_asked(keeper, op):
    less = dataclasses.replace(keeper.grant, rights=frozenset({Right.VIEW}))
    viewer = Keeper(keeper._runtime, NoPlaces(), less)
    with pytest.raises(ForbiddenError):
        viewer.call(op, {"kind": "bash", **SIZE} if op == "consoles.create" else {})
    assert "consoles" in viewer.call("consoles.list", {})


def test_a_stream_to_files_is_one_socket(keeper):
    with keeper.open_files() as opened:
        assert opened.getpeername() is not None


def test_a_log_is_one_socket_and_which_bytes_come(keeper):
    console = keeper.call("consoles.create", {"kind": "bash", **SIZE})["id"]
    value, opened = keeper.open_stream("log.open", {"console": console})
    opened.close()
    assert {"start", "end", "title"} <= set(value)
    with pytest.raises(NotFoundError):
        keeper.open_stream("log.open", {"console": "nowhere"})
    keeper.call("consoles.end", {"console": console, "how": "kill"})
