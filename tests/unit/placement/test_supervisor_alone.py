"""The supervisor and its places without any process: what they do when something fails."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from ide.errors import UnavailableError
from ide.keeper.config import STOPPING
from ide.placement import supervisor as module
from ide.placement import sweep
from ide.placement.place import Place
from ide.placement.places import Places
from ide.placement.supervisor import Supervisor
from ide.sandbox.cgroups import Groups
from ide.sandbox.disk import Disks
from tests.waiting import wait_until

WORKSPACE = "0123456789abcdef"


class Machine:
    """One without accounts, whose folders cannot be made when `failure` is set."""

    service = None

    def __init__(self, runtime: Path, failure: Exception | None = None) -> None:
        self.settings = SimpleNamespace(runtime=runtime, data=runtime)
        self.runtime_fd = self.data_fd = os.open(runtime, os.O_RDONLY | os.O_DIRECTORY)
        self.failure = failure
        self.disks = Disks()
        self.network = SimpleNamespace(look=lambda: None)

    def removed_folder(self) -> Path | None:
        return None

    def keeper_account(self, _workspace: str) -> None:
        return None

    def sandbox_account(self, _workspace: str) -> None:
        return None

    def make_folders(self, _workspace: str) -> None:
        if self.failure:
            raise self.failure

    def groups(self) -> Groups:
        return Groups("none", {}, {})

    def keeper_ended(self, _workspace: str) -> None:
        """Nothing is left of it."""

    def workspace_of(self, _uid: int) -> str:
        return WORKSPACE


class Busy:
    """A listener that somebody is always waiting at."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._left = 3

    def settimeout(self, _seconds: float) -> None:
        """Nothing waits here."""

    def accept(self) -> tuple[socket.socket, None]:
        self._left -= 1
        if self._left == 0:
            self._supervisor._retired.set()
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours, None


@pytest.mark.parametrize(
    "failure", [UnavailableError("the folder belongs to somebody else"), FileNotFoundError()]
)
def test_what_cannot_start_is_not_tried_without_a_pause(tmp_path, failure):
    place = Place(Machine(tmp_path, failure), WORKSPACE)
    place.open()
    try:
        wait_until(lambda: says_when_it_tries_again(place), 20)
    finally:
        place.stop()


def says_when_it_tries_again(place: Place) -> bool:
    try:
        place.ensure()
    except (UnavailableError, FileNotFoundError) as error:
        return "the next try is in" in str(error)
    return False


_KEEPER = """
import fcntl, os, socket, sys
folder = sys.argv[1]
lock = os.open(folder + "/keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.readline()
os.write(lock, b"%d" % os.getpid())
listener = socket.socket(socket.AF_UNIX)
listener.bind(folder + "/keeper.sock")
listener.listen()
print("listens", flush=True)
sys.stdin.readline()
"""


def test_a_keeper_that_was_just_starting_when_the_supervisor_was_killed_is_found_later(tmp_path):
    folder = tmp_path / WORKSPACE
    folder.mkdir()
    command = [sys.executable, "-c", _KEEPER, str(folder), "ide.keeper", WORKSPACE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as keeper:
        assert keeper.stdout.readline() == "locked\n"
        place = Place(Machine(tmp_path), WORKSPACE)  # it could not start another one
        assert place.adopt()
        assert place.describe()["keeper_pid"] is None
        keeper.stdin.write("\n")
        assert keeper.stdout.readline() == "listens\n"
        assert place.ensure() == folder / "keeper.sock"
        assert place.describe()["keeper_pid"] == keeper.pid
        place.stop()
        keeper.wait(20)


def test_nothing_in_place_of_the_mark_keeps_a_workspace_from_being_adopted(tmp_path):
    (tmp_path / WORKSPACE / STOPPING).mkdir(parents=True)
    assert not Place(Machine(tmp_path), WORKSPACE).adopt()  # nothing runs there


@pytest.mark.parametrize("name", ["agent.sock", "sandbox.json", "sandbox.json.new"])
def test_a_folder_that_a_keeper_made_keeps_nothing_from_being_adopted_and_ended(tmp_path, name):
    (tmp_path / WORKSPACE / name).mkdir(parents=True)
    place = Place(Machine(tmp_path), WORKSPACE)
    place.adopt()
    place.stop()


def test_a_place_that_is_stopped_twice_leaves_its_successors_folder_alone(tmp_path):
    place = Place(Machine(tmp_path), WORKSPACE)
    folder = tmp_path / WORKSPACE
    folder.mkdir()
    place.stop()
    assert not folder.exists()
    folder.mkdir()
    (folder / "keeper.sock").touch()
    place.stop()
    assert (folder / "keeper.sock").exists()


def test_a_place_that_came_while_its_predecessor_stopped_stays_known(tmp_path):
    places = Places(Machine(tmp_path))
    successor = object()

    def stop() -> None:
        places._all[WORKSPACE] = successor

    places._all[WORKSPACE] = SimpleNamespace(stop=stop)
    places.stop(WORKSPACE)
    assert places._all == {WORKSPACE: successor}


def test_limits_hold_on_though_those_of_one_workspace_cannot_be_had(tmp_path):
    places, held = Places(Machine(tmp_path)), []

    def fail() -> None:
        raise TimeoutError("process 1 does not end")

    places._all["a" * 16] = SimpleNamespace(hold_limits=fail, describe=dict)
    places._all["b" * 16] = SimpleNamespace(hold_limits=lambda: held.append("b"))
    places.hold_limits()
    assert held == ["b"]


class Stuck:
    """Groups of which one ends only when `may_end` is set; `asked` is what was to be kept."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.may_end = threading.Event()

    def sweep(self, known: set[str], seconds: float) -> dict[str, bool]:
        assert seconds == 0, "nothing waits under the lock"
        self.asked.append(known)
        return {"ws-left": self.may_end.is_set()}


def test_a_group_that_does_not_end_keeps_nobody_from_starting(tmp_path, monkeypatch):
    machine, stuck = Machine(tmp_path), Stuck()
    monkeypatch.setattr(machine, "groups", lambda: stuck)
    machine.sweep_accounts = tuple
    monkeypatch.setattr(sweep, "_GROUPS_SECONDS", 60.0)
    places = Places(machine)
    sweeping = threading.Thread(target=places.sweep)
    sweeping.start()
    wait_until(lambda: stuck.asked)
    with places._lock:
        places._all[WORKSPACE] = None
    wait_until(lambda: stuck.asked[-1] == {WORKSPACE}, 30, "what began meanwhile is left alone")
    stuck.may_end.set()
    sweeping.join(20)
    assert not sweeping.is_alive()


def test_the_server_log_is_bounded_though_somebody_always_asks(tmp_path, monkeypatch):
    bounded = []
    monkeypatch.setattr(module, "bound_server_log", bounded.append)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.0)
    supervisor = Supervisor(Machine(tmp_path))
    supervisor.run(Busy(supervisor))
    assert bounded == [2, 2, 2]


def test_a_supervisor_outlives_a_moment_without_threads(tmp_path, monkeypatch):
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    supervisor = Supervisor(Machine(tmp_path))
    with monkeypatch.context() as exhausted:
        exhausted.setattr(module.threading, "Thread", NoThread)
        supervisor.run(Busy(supervisor))
    assert supervisor._slots.acquire(blocking=False)


@pytest.mark.parametrize("workspace", [[], {}, 1, "f" * 16])
def test_a_keeper_that_names_no_workspace_of_its_own_has_no_say(tmp_path, workspace):
    supervisor = Supervisor(Machine(tmp_path))
    assert supervisor._role(os.geteuid() + 1, workspace) == ""
    assert supervisor._role(os.geteuid() + 1, WORKSPACE) == "keeper"
