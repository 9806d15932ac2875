"""A workspace that used up its disk space: what fails, what goes on, and how it ends."""

import os

import httpx
import pytest

from tests.limited import FILES, LIMIT, OTHER, limited_server, person
from tests.ordinary import IS_ROOT, accounts, open_folder
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

once = pytest.mark.parametrize("server", ["root" if IS_ROOT else "ordinary"], indirect=True)
"""What ends programs is the same code for both kinds of servers, and takes seconds."""
TOO_LARGE = "File too large"


@pytest.fixture(scope="module", params=accounts("root"))
def server(request):
    with open_folder() as folder, limited_server(request.param, folder) as running:
        yield running


@pytest.fixture
def owner(server):
    """Somebody with an empty home folder, whatever the test before left, or how it ended."""
    with person(server) as one:
        one.says("rm -rf ~/* ; rm -f ~/.local-*", seconds=120)
        writes(one)
        yield one


@pytest.fixture
def other(server):
    with person(server, OTHER) as one:
        yield one


def refuses(one):
    """Wait until nothing can be written there."""
    wait_until(lambda: TOO_LARGE in one.says("echo x > ~/probe"), 60, "it is full")


def writes(one):
    """Wait until something can be written there."""
    wait_until(lambda: TOO_LARGE not in one.says("echo x > ~/probe"), 60, "it is no longer full")


def fill(one):
    one.says("cd; for n in {1..30}; do head -c 4M /dev/zero >> big || break; done 2>/dev/null")
    refuses(one)


def test_a_filler_meets_the_limit_and_deleting_is_the_way_out(owner, other):
    said = owner.says(
        "cd; for n in {1..600}; do head -c 1M /dev/zero >> big || break; sleep 0.05; done;"
        " echo it''ended"
    )
    assert TOO_LARGE in said
    assert "itended" in said
    refuses(owner)  # the shell is there, and says why
    told = owner.wait_full()
    assert told["used"] >= told["limit"] == LIMIT
    assert (told["files_limit"], told["files"] > 500) == (FILES, True)
    assert owner.does("ls -l big && cat big > /dev/null && truncate -s 1M big")
    assert TOO_LARGE not in other.says("head -c 4M /dev/zero > mine")
    assert other.does("test $(stat -c %s mine) = 4194304; rm mine")
    owner.says("rm big")
    owner.wait_full(full=False)
    writes(owner)
    assert owner.does("head -c 4M /dev/urandom > again")


def test_files_can_be_downloaded_and_deleted_and_a_save_says_what_to_do(owner):
    owner.says("cd; echo precious > kept")
    fill(owner)
    read = owner.visitor.api("GET", "files/content?path=kept&download=1")
    assert read.content == b"precious\n"
    assert len(owner.visitor.api("GET", "files/content?path=big&download=1").content) > LIMIT // 4
    with pytest.raises(httpx.HTTPStatusError) as refused:
        owner.visitor.api(
            "PUT", "files/content?path=kept", content=b"new", headers={"If-Match": "*"}
        )
    assert refused.value.response.status_code == 507
    error = refused.value.response.json()["error"]
    assert error["code"] == "disk_full"
    assert "used up its disk space" in error["message"]
    assert "Delete something" in error["message"]
    assert owner.visitor.api("GET", "files/content?path=kept").content == b"precious\n"
    owner.visitor.api("DELETE", "files?path=big")
    writes(owner)
    owner.visitor.api("PUT", "files/content?path=kept", content=b"new", headers={"If-Match": "*"})


def test_python_hears_of_it_as_an_error_and_lives(owner):
    fill(owner)
    said = owner.says('python3 -c \'open("f", "wb", 0).write(b"x")\'')
    assert "OSError: [Errno 27] File too large" in said


def test_a_program_that_takes_it_for_no_error_says_why_it_ended(owner):
    fill(owner)
    console = owner.visitor.new_console()
    code = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL);"
    code += ' open("f", "wb", 0).write(b"x")'
    with owner.visitor.link() as link:
        link.hello(console)
        link.type(f"exec python3 -c '{code}'\n".encode())
        ended = wait_until(lambda: owner.info(console)["exit"], 30, "it ended")
    assert (ended["how"], ended["limit"]["name"]) == ("limit", "disk")
    assert ended["cause"].startswith("Ended when it tried to write: the disk is full")


def test_a_sparse_file_takes_nothing(owner):
    assert owner.does("cd; truncate -s 1T hole; head -c 1M /dev/urandom > small")
    writes(owner)


def test_who_raises_the_limit_again_loses_the_right_to(owner):
    fill(owner)
    said = owner.says(
        "python3 - <<'E'\n"
        "import resource, time\n"
        "was, raised = resource.getrlimit(1), 0\n"
        "while resource.getrlimit(1)[1] != 0 and raised < 3000:\n"
        "    hard = resource.getrlimit(1)[1]; resource.setrlimit(1, (hard, hard))\n"
        "    raised += 1; time.sleep(0.01)\n"
        "print('soft', was[0], 'hard', resource.getrlimit(1)[1])\n"
        "E"
    )
    assert "soft 0 hard 0" in said


def started(one, program):
    """Run Python in the background; return its process id inside."""
    said = one.says(f"python3 -c '{program}' >/dev/null 2>&1 & echo pid=$!=")
    return said.rsplit("pid=", 1)[1].split("=")[0]


def ended_for_the_disk(one, pid):
    """Wait until this job was ended for going on above the limit, and that was told.

    The shell is asked nothing meanwhile: the kernel does as much for one that is asked a hundred
    times a second as for who makes files, and who has the most done is ended.
    """
    killed = wait_until(lambda: one.info()["killed"], 90, "it is told")
    assert killed["name"] == "disk"
    assert "python" in killed["command"]
    # It is stopped before it is killed, and Bash would tell of that first.
    wait_until(lambda: not one.does(f"kill -0 {pid}"), 30, "it was ended")
    one.says(f"wait {pid}")
    assert one.status == 137


@once
def test_who_fills_holes_by_memory_is_ended_and_others_of_the_workspace_are_not(owner):
    """Writing into a mapped hole is no write that a limit of file sizes sees.

    The other one keeps the kernel busy, and fills nothing.
    """
    assert owner.does("cd; head -c 20M /dev/zero > big; truncate -s 400M hole")
    program = (
        'import mmap, time; f = open("hole", "r+b"); m = mmap.mmap(f.fileno(), 0); at = 0\n'
        "while True:\n"
        " m[at * 4096] = 1; at = (at + 1) % 102400; time.sleep(0.0005)"
    )
    innocent = started(owner, "import os\nwhile True: os.getrandom(65536)")
    pid = started(owner, program)
    ended_for_the_disk(owner, pid)
    assert owner.does(f"kill -0 {innocent}; kill {innocent}")


@once
def test_who_makes_files_without_end_is_ended(owner):
    program = (
        'import itertools, os, time; os.mkdir("many")\n'
        "for n in itertools.count():\n"
        ' os.close(os.open(f"many/{n}", os.O_CREAT)) if n < 60000 else os._exit(9)\n'
        " time.sleep(0.0005)"
    )
    pid = started(owner, program)
    ended_for_the_disk(owner, pid)
    refuses(owner)
    owner.says("rm -rf many", seconds=120)  # up to 60000 names
    writes(owner)


def test_a_successor_of_the_supervisor_goes_on_where_it_was(server, owner):
    fill(owner)
    (before,) = server.pids("ide.placement.supervisor")
    os.kill(before, 9)
    wait_until(
        lambda: server.pids("ide.placement.supervisor") not in ([], [before]), 60, "another one"
    )
    refuses(owner)
    (before,) = server.pids("ide.placement.supervisor")
    os.kill(before, 9)
    owner.says("rm -f big")  # while nobody looks
    writes(owner)
