"""ide.workspaces.keepers against a real socket: starts, fds, faults."""

import os
import socket
import threading
import time

import pytest

from ide import errors
from ide.guard.grant import Grant, Right
from ide.wire import frames, stream
from ide.wire.frames import Kind
from ide.workspaces import keepers
from tests.fakes.keeper import FakeKeeper
from tests.waiting import wait_until
from tests.web.conftest import NoPlaces

WORKSPACE = "0123456789abcdef"


@pytest.fixture
def grant():
    return Grant("login", "alice", WORKSPACE, frozenset(Right), time.time() + 60)


@pytest.fixture
def fake(runtime):
    made = FakeKeeper(runtime, WORKSPACE).start()
    yield made
    made.stop()


class Places:
    """A supervisor that starts the fake keeper when asked."""

    def __init__(self, runtime):
        self.runtime, self.started = runtime, []

    def ensure(self, workspace):
        self.started.append(FakeKeeper(self.runtime, workspace).start())
        return self.started[-1].path


def test_a_running_keeper_is_asked_without_the_supervisor(runtime, grant, fake):
    keeper = keepers.Keeper(runtime, NoPlaces(), grant)
    assert keeper.call("consoles.list", {}) == {"consoles": []}


def test_a_keeper_that_does_not_run_is_started_also_after_kill_9(runtime, grant):
    places = Places(runtime)
    keeper = keepers.Keeper(runtime, places, grant)
    assert keeper.call("consoles.list", {}) == {"consoles": []}
    places.started[0].stop()
    assert keeper.call("consoles.list", {}) == {"consoles": []}
    assert len(places.started) == 2
    places.started[1].stop()


def test_a_stream_to_the_files_is_handed_over(runtime, grant, fake):
    with keepers.Keeper(runtime, NoPlaces(), grant).open_files() as mine:
        mine.sendall(b"hello")
        assert fake.file_ends[0].recv(10) == b"hello"


def test_no_fd_is_left_behind(runtime, grant, fake):
    keeper = keepers.Keeper(runtime, NoPlaces(), grant)
    keeper.call("consoles.list", {})
    before = open_fds()
    for _ in range(5):
        keeper.call("consoles.list", {})
        keeper.call("files.open", {})
    for end in fake.file_ends:
        end.close()
    # The fake closes its ends in threads of its own, a moment later.
    wait_until(lambda: open_fds() <= before + 1, what="all descriptors are closed")


def open_fds():
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only the number


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\xff\xff\xff",
        stream.prefixed(b""),
        stream.prefixed(frames.encode(Kind.REPLY, 0, b"not json")),
    ],
    ids=["closes", "too long", "no frame", "no json"],
)
def test_a_keeper_that_talks_nonsense_is_unavailable(runtime, grant, answer):
    path = runtime / WORKSPACE / "keeper.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(errors.UnavailableError):
            keepers.Keeper(runtime, NoPlaces(), grant).call("consoles.list", {})
        thread.join(20)


def test_a_keeper_that_says_nothing_is_given_up(runtime, grant, monkeypatch):
    monkeypatch.setattr(keepers, "CALL_SECONDS", 0.1)
    path = runtime / WORKSPACE / "keeper.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(errors.UnavailableError):
            keepers.Keeper(runtime, NoPlaces(), grant).call("consoles.list", {})


def test_the_code_of_a_refusal_becomes_the_error(runtime, grant, fake):
    fake.answers["runs.start"] = {
        "ok": False,
        "code": "conflict",
        "message": "running",
        "detail": {"console": "c1"},
    }
    with pytest.raises(errors.ConflictError) as raised:
        keepers.Keeper(runtime, NoPlaces(), grant).call("runs.start", {})
    assert raised.value.detail == {"console": "c1"}
