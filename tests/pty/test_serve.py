"""`ide serve` itself: what it starts, what it says, what ends with it and what does not."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest

from ide.placement.client import Supervisor
from ide.settings import Settings
from tests.ordinary import (
    IS_ROOT,
    ORDINARY_UID,
    accounts,
    make_server,
    open_folder,
    ordinary_command,
)
from tests.server import ROOT, Server
from tests.supervisors import remove
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WEB, SUPERVISOR = "ide.cli.gunicorn_web", "ide.placement.supervisor"
CLERK = "ide.clerk.main"


@pytest.fixture(scope="module")
def folder():
    with open_folder() as path:
        yield path


@pytest.fixture(scope="module", params=accounts("ordinary"))
def server(request, folder):
    server = make_server(request.param, folder)
    yield server
    server.stop()


@pytest.fixture
def running(server):
    """The server, running; started again when the test before ended it."""
    if server.process is None or server.process.poll() is not None:
        server.lines.clear()
        server.start()
    wait_until(lambda: len(server.pids(WEB)) == 3, 20, "gunicorn with two workers")
    wait_until(lambda: len(server.pids(SUPERVISOR)) == 1, 30, "a supervisor")
    return server


def is_free(port):
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def answers(server):
    return httpx.get(server.local_url + "healthz", timeout=20, trust_env=False).status_code == 200


def test_the_first_start_prints_a_link_for_the_owner_that_works(running):
    page = httpx.get(running.setup_link, timeout=20, trust_env=False)
    assert page.status_code == 200
    assert "Sandbox: level " in running.printed
    assert "  Limits: " in running.printed


def test_accounts(running):
    def uid(pid):
        return Path(f"/proc/{pid}").stat().st_uid

    me = running.process.pid
    assert {uid(pid) for pid in running.pids(SUPERVISOR)} == {uid(me)}
    web = {uid(pid) for pid in running.pids(WEB)}
    assert web == ({200_000} if uid(me) == 0 else {uid(me)})
    mode = running.data.stat().st_mode & 0o7777
    assert mode == (0o1771 if uid(me) == 0 else 0o700)


def test_supervisor_and_web_have_sessions_of_their_own(running):
    sessions = {os.getsid(pid) for pid in (*running.pids(SUPERVISOR), *running.pids(WEB)[:1])}
    assert len(sessions) == 2
    assert os.getsid(running.process.pid) not in sessions


def test_a_killed_worker_comes_back(running):
    workers = running.pids(WEB)[1:]
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: len(set(running.pids(WEB)) - {workers[0]}) == 3, 20, "a new worker")
    assert answers(running)


def test_a_killed_gunicorn_comes_back_and_the_port_never_closes(running):
    before = running.pids(WEB)
    os.kill(before[0], signal.SIGKILL)
    assert answers(running)
    wait_until(lambda: len(set(running.pids(WEB)) - set(before)) == 3, 60, "a new gunicorn")
    wait_until(lambda: not set(before) & set(running.pids(WEB)), 30, "the old one is gone")
    assert answers(running)


def test_a_killed_supervisor_is_back_soon(running):
    (before,) = running.pids(SUPERVISOR)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: set(running.pids(SUPERVISOR)) - {before}, 30, "a new supervisor")
    wait_until(lambda: "Workspaces: 0" in running.run("status").stdout, 30, "it answers")


def test_a_killed_clerk_comes_back(running):
    wait_until(lambda: len(running.pids(CLERK)) == 1, 30, "a clerk")
    (before,) = running.pids(CLERK)
    assert (
        Path(f"/proc/{before}").stat().st_uid == Path(f"/proc/{running.pids(WEB)[0]}").stat().st_uid
    )
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: set(running.pids(CLERK)) - {before}, 30, "a new clerk")
    (after,) = running.pids(CLERK)
    wait_until(lambda: f"Clerk: pid {after}" in running.run("status").stdout, 30, "it is shown")


def test_a_second_serve_says_what_runs_where(running):
    second = running.run("serve", "--bind", "127.0.0.1:0")
    assert second.returncode == 1
    assert f"already running at {running.local_url} (pid " in second.stderr
    assert answers(running)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ending_serve_ends_the_web_alone_and_says_so(running, number):
    supervisor = running.pids(SUPERVISOR)
    running.process.send_signal(number)
    assert running.process.wait(30) == 0
    assert not running.pids(WEB)
    assert not running.pids(CLERK)
    assert running.pids(SUPERVISOR) == supervisor
    wait_until(lambda: "Consoles keep running" in running.printed)
    assert re.search(r"To come back: +\S*run --bind \S+ --data", running.printed)
    assert re.search(r"To end them too: +\S*run stop --data", running.printed)


def test_the_next_serve_attaches_to_the_supervisor_that_runs(running):
    supervisor = running.pids(SUPERVISOR)
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(30)
    running.lines.clear()
    running.start()
    assert running.pids(SUPERVISOR) == supervisor
    assert f"Attached to the supervisor that runs already (pid {supervisor[0]}" in running.printed


def test_kill_9_of_serve_ends_the_web_and_frees_the_port(running):
    port = int(running.local_url.rsplit(":", 1)[1].strip("/"))
    supervisor = running.pids(SUPERVISOR)
    running.process.kill()
    running.process.wait(30)
    wait_until(lambda: not running.pids(WEB), what="the web ended with serve")
    wait_until(lambda: is_free(port), what="the port")
    assert running.pids(SUPERVISOR) == supervisor


def test_stop_leaves_nothing(running):
    done = running.run("stop")
    assert done.returncode == 0, done.stderr
    assert running.process.wait(30) == 0
    wait_until(lambda: "The web has stopped. Consoles end too." in running.printed, 20)
    assert "keep running. Server log" in running.printed, "what it said of Ctrl-C"
    assert "Consoles keep running" not in running.printed
    assert re.search(r"To come back: +\S*run --bind \S+ --data", running.printed)
    assert "To end them too" not in running.printed
    assert not running.pids(WEB)
    wait_until(lambda: not running.pids(SUPERVISOR))
    assert not runtime_folders(running.data)
    said = running.run("status").stdout
    assert said == "Web: not running\nClerk: not running\nSupervisor: not running\n"
    assert running.run("stop").stdout == "Nothing runs on this data folder.\n"


def test_stop_after_kill_9_of_serve_leaves_nothing_either(running):
    running.process.kill()
    running.process.wait(30)
    assert running.run("stop").returncode == 0
    assert not runtime_folders(running.data)
    assert running.run("stop").stdout == "Nothing runs on this data folder.\n"


@pytest.fixture
def without_data(folder):
    """A server with a running workspace whose data folder was removed, and what runs there.

    Its supervisor stands still: it would notice in up to half a minute and end everything.
    """
    with Server(folder / "removed") as server:
        supervisor = Supervisor(Settings(data=server.data).runtime)
        supervisor.ensure("0123456789abcdef")
        supervisor.sandbox("0123456789abcdef")
        (one,) = supervisor.list()
        os.kill(server.pids(SUPERVISOR)[0], signal.SIGSTOP)
        remove(server.data)
        yield server, [Path(f"/proc/{one[name]}") for name in ("keeper_pid", "sandbox_pid")]
        server.data.mkdir(exist_ok=True)


def test_stop_ends_what_runs_on_a_data_folder_that_was_removed(without_data):
    server, running = without_data
    os.kill(server.pids(SUPERVISOR)[0], signal.SIGCONT)
    done = server.run("stop")
    # At this very moment it may have noticed.
    said = r"Ended: [01] running workspaces? .* had been removed before|there is no data folder"
    assert re.search(said, done.stdout + done.stderr)
    server.process.wait(20)
    wait_until(lambda: not any(path.exists() for path in running), 20, "all has ended")
    wait_until(lambda: not runtime_folders(server.data), 20, "nothing is left")
    assert not server.data.exists()


def test_without_its_data_folder_serve_ends_and_says_how_to_end_what_is_left(without_data):
    server, running = without_data
    os.kill(server.pids(SUPERVISOR)[0], signal.SIGKILL)  # nobody would find the programs again
    assert server.process.wait(30) == 1
    wait_until(lambda: "was removed, so everything on it ends" in server.printed, 20)
    assert not server.data.exists(), "nobody makes it again"
    refused = server.run("stop")
    assert refused.returncode == 1
    assert f"mkdir {server.data}, then type this once more" in refused.stderr
    server.data.mkdir()
    assert "Ended: 1 running workspace" in server.run("stop").stdout
    wait_until(lambda: not any(path.exists() for path in running), 20, "all has ended")


def runtime_folders(data):
    name = Settings(data=data).runtime.name.removesuffix(f"-{os.geteuid()}")
    roots = (Path("/run"), Path(tempfile.gettempdir()))
    return [path for root in roots for path in root.glob(f"{name}*")]


def test_a_port_in_use_is_said_and_nothing_is_left(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_ordinary(folder, "serve", "--bind", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
    assert not Server(folder / "other").pids(SUPERVISOR)
    assert not runtime_folders(folder / "other")


def test_a_data_folder_without_write_permission_is_said(folder):
    data = folder / "closed"
    data.mkdir()
    if not IS_ROOT:
        data.chmod(0o500)
    done = run_ordinary(folder, "serve", "--bind", "127.0.0.1:0", data="closed")
    assert done.returncode == 1
    assert str(data) in done.stderr
    assert "--data" in done.stderr


def run_ordinary(folder, *words, data="other"):
    if data == "other":
        (folder / data).mkdir(exist_ok=True)
        if IS_ROOT:
            os.chown(folder / data, ORDINARY_UID, ORDINARY_UID)
    server = Server(folder / data, command=ordinary_command())
    return server.run(*words)


def test_it_stops_in_peace_when_its_terminal_is_gone(folder):
    """Ctrl-C is one thing; closing the window also takes stdout away."""
    data = folder / "terminal"
    data.mkdir()
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [
            *("env", "--default-signal=INT,HUP", "setsid", "--ctty", "--wait"),
            *(sys.executable, "-m", "ide.cli.main"),
            *("serve", "--data", str(data), "--bind", "127.0.0.1:0"),
        ],
        cwd=ROOT,
        env=Server(data).environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    printed = b""
    while b"Ready:" not in printed:
        printed += os.read(ours, 65536)
    os.close(ours)
    assert process.wait(30) == 0
    server = Server(data)
    assert not server.pids(WEB)
    assert len(server.pids(SUPERVISOR)) == 1
    server.run("stop")
    assert not server.pids(SUPERVISOR)
