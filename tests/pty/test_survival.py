"""kill -9 of each process in turn: no program notices, and what was killed comes back by itself."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from ide.settings import Settings
from tests.counting import check_goes_on, start_counting
from tests.ordinary import IS_ROOT, accounts, make_server, open_folder
from tests.server import ROOT
from tests.visitor import Visitor
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WEB, SUPERVISOR, KEEPER = "ide.cli.gunicorn_web", "ide.placement.supervisor", "ide.keeper"
OWNER = ("owner", "correct horse battery")
OF_GLIBC = 0b11 << 31
"""Signals 32 and 33, which its posix_spawn leaves ignored. It sets handlers before it uses them."""


@pytest.fixture(scope="module", params=accounts("root"))
def server(request):
    with open_folder() as folder:
        server = make_server(request.param, folder)
        # As by a script's `nohup ide serve | tee log &`; Python itself ignores broken pipes, too.
        server.ignored = "INT,HUP,PIPE"
        try:
            server.start()
            server.add_user(*OWNER, owner=True)
            yield server
        finally:
            server.stop()


@pytest.fixture
def visitor(server):
    with Visitor(server.url).sign_in(*OWNER) as visitor:
        yield visitor


@pytest.fixture
def counting(visitor):
    """A console that counts, and the number it has reached."""
    console = start_counting(visitor)
    yield console
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})


def killed(server, module):
    """kill -9 the first process of a module and wait for a new one; return how many there were."""
    before = server.pids(module)
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: set(server.pids(module)) - set(before), 30, f"a new {module}")
    return before


@pytest.mark.parametrize("module", [WEB, SUPERVISOR, KEEPER])
def test_no_line_is_lost_or_doubled(server, visitor, counting, module):
    killed(server, module)
    check_goes_on(visitor, counting)


def test_all_of_them_at_once(server, visitor, counting):
    pids = [pid for module in (WEB, SUPERVISOR, KEEPER) for pid in server.pids(module)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for module in (WEB, SUPERVISOR, KEEPER):
        wait_until(lambda module=module: set(server.pids(module)) - set(pids), 30, module)
    check_goes_on(visitor, counting)


def test_an_open_link_does_not_notice_that_the_supervisor_died(server, visitor):
    console = visitor.new_console()
    with visitor.link() as link:
        link.hello(console)
        killed(server, SUPERVISOR)
        link.type(b"echo still''here\n")
        link.read_until(b"stillhere")
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})


def test_a_new_supervisor_adopts_and_goes_on_keeping_alive(server, visitor, counting):
    before = running(server)
    killed(server, SUPERVISOR)
    assert wait_until(lambda: running(server), 30) == before
    killed(server, KEEPER)
    check_goes_on(visitor, counting)


def running(server):
    """Return which keepers and sandboxes run, as `ide status` says it."""
    return re.findall(r"keeper \d+, sandbox \d+", server.run("status").stdout)


def test_serve_killed_and_started_again(server, visitor, counting):
    server.process.kill()
    server.process.wait(30)
    keepers = server.pids(KEEPER)
    server.lines.clear()
    server.start()
    with Visitor(server.url).sign_in(*OWNER) as again:
        check_goes_on(again, counting)
        visitor.http.base_url, visitor.url = again.http.base_url, again.url
        visitor.http.headers = again.http.headers
        visitor.http.cookies = again.http.cookies
    assert server.pids(KEEPER) == keepers


def test_signals_work_in_a_console_whoever_started_the_server(server, visitor):
    by_server = signals_of(server.process.pid, "SigIgn")
    assert {signal.SIGINT, signal.SIGHUP, signal.SIGPIPE} <= by_server
    console = visitor.new_console()
    with visitor.link() as link:
        link.hello(console)
        # A shell between fork and exec keeps an interrupt to itself: wait for the program's word.
        link.type(b"sh -c 'echo asl\"\"eep; exec sleep 99'; echo status''$?\n")
        link.read_until(b"asleep")
        link.type(b"\x03")
        link.type(b"echo after''$?\n")
        link.read_until(b"after130")
        link.type(b"yes | head -1; echo pipe''${PIPESTATUS[0]}\n")
        assert b"roken pipe" not in link.read_until(b"pipe141")
        link.type(b"sh -c 'kill -HUP $$; echo deaf'; echo hup''$?\n")
        assert b"\ndeaf" not in link.read_until(b"hup129")
        link.type(b"awk '/^Sig(Ign|Blk)/' /proc/self/status; echo ma''sks\n")
        masks = link.read_until(b"masks")
        held, ignored = (int(one, 16) for one in re.findall(rb"Sig(?:Ign|Blk):\s+(\w+)", masks))
        # Bash blocks none and ignores one: over the disk's limit programs hear an error instead.
        assert (held, ignored & ~OF_GLIBC) == (0, 1 << signal.SIGXFSZ - 1)
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})


def signals_of(pid, field):
    """Return the set of signals that a field of /proc/<pid>/status names."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = int(re.search(rf"^{field}:\s+(\w+)$", status, re.MULTILINE)[1], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def console_named(visitor, console):
    consoles = visitor.api("GET", "consoles").json()["consoles"]
    return next(one for one in consoles if one["id"] == console)


def test_titles_and_accounts(server, visitor, counting):
    """Each kind of process is told apart in ps, by a person and as root by its account."""
    (keeper,) = server.pids(KEEPER)
    listing = subprocess.run(
        ["ps", "-wweo", "pid=,uid=,args="], capture_output=True, text=True, check=True
    ).stdout
    ours = [line.split(None, 2) for line in listing.splitlines() if visitor.workspace in line]
    uids = {words: uid for _pid, uid, words in ours}
    keeper_uid = next(uid for words, uid in uids.items() if "ide.keeper" in words)
    agent_uid = next(uid for words, uid in uids.items() if "agent.zip" in words)
    if IS_ROOT and Path(f"/proc/{server.process.pid}").stat().st_uid == 0:
        assert len({keeper_uid, agent_uid, "0", "200000"}) == 4
    assert Path(f"/proc/{keeper}").stat().st_uid == int(keeper_uid)


def test_stop_leaves_no_process_and_no_socket(server, visitor, counting):
    """The last one: the server is started again only to clean up behind it."""
    assert running(server)
    done = server.run("stop")
    assert done.returncode == 0, done.stderr
    listing = subprocess.run(["ps", "-wweo", "args="], capture_output=True, text=True, check=True)
    left = [
        line
        for line in listing.stdout.splitlines()
        if (str(server.data) in line or visitor.workspace in line) and "pytest" not in line
    ]
    assert left == []
    name = Settings(data=server.data).runtime.name.removesuffix(f"-{os.geteuid()}")
    roots = (Path("/run"), Path(tempfile.gettempdir()))
    assert not [path for root in roots for path in root.glob(f"{name}*")]
    server.process.wait(30)
    server.lines.clear()
    server.start()
    with Visitor(server.url).sign_in(*OWNER) as again:
        state = console_named(again, counting)
        assert state["state"] == "ended"
        visitor.http.base_url, visitor.url = again.http.base_url, again.url
        visitor.http.headers = again.http.headers
        visitor.http.cookies = again.http.cookies


ASK_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from ide.placement.client import Supervisor
from ide.settings import Settings

workspace = "0123456789abcdef"
client = Supervisor(Settings(data=Path(sys.argv[1])).runtime)
with ThreadPoolExecutor(16) as pool:
    print(len(set(pool.map(client.ensure, [workspace] * 16))))
print(sum(one["workspace"] == workspace for one in client.list()))
client.stop(workspace)
print(sum(one["workspace"] == workspace for one in client.list()))
"""


def test_many_who_ask_at_once_get_one_keeper(server):
    before = server.pids(KEEPER)
    done = subprocess.run(
        [*server.command[:-2], "-c", ASK_AT_ONCE, str(server.data)],
        cwd=ROOT,
        env=server.environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["1", "1", "0"], done.stderr
    assert server.pids(KEEPER) == before
