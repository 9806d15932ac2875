"""What a home folder takes, counted by the program that does it, on folders made to mislead it."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ide.sandbox.disk import measure, program, walk
from ide.sandbox.disk.measure import Measuring
from tests.ordinary import IS_ROOT, ORDINARY_UID, open_folder
from tests.waiting import wait_until

MIB = 1024 * 1024
MANY = 20_000


@pytest.fixture
def home():
    with open_folder() as folder:
        path = folder / "home"
        path.mkdir()
        if IS_ROOT:
            os.chown(path, ORDINARY_UID, ORDINARY_UID)
        yield path
        subprocess.run(["chmod", "-R", "u+rwx", path], check=False, stderr=subprocess.DEVNULL)


def counted(home, most=1_000_000, pids=()):
    """Count as the supervisor does: in a child, as root under another account."""
    fd = os.open(home, os.O_PATH | os.O_DIRECTORY)
    try:
        measuring = Measuring(fd, most, list(pids), ORDINARY_UID if IS_ROOT else None)
        wait_until(measuring.is_over, 120, "it is counted")
        return measuring.found()
    finally:
        os.close(fd)


def own(path):
    if IS_ROOT:
        os.chown(path, ORDINARY_UID, ORDINARY_UID, follow_symlinks=False)


def write(path, size):
    path.write_bytes(os.urandom(size))
    own(path)


def test_it_counts_blocks_and_names(home):
    empty = counted(home)
    (home / "sub").mkdir()
    own(home / "sub")
    write(home / "sub" / "a", 3 * MIB)
    found = counted(home)
    assert found.complete
    assert found.files == 2
    assert 3 * MIB <= found.used - empty.used <= 3 * MIB + 64 * 1024


def test_a_hole_takes_nothing_and_a_hard_link_counts_once(home):
    with (home / "hole").open("wb") as file:
        file.truncate(1 << 40)
    assert counted(home).used < MIB
    write(home / "a", 2 * MIB)
    for number in range(10):
        os.link(home / "a", home / f"b{number}")
    found = counted(home)
    assert 2 * MIB <= found.used < 3 * MIB
    assert found.files == 12


def test_a_link_is_not_followed_and_another_file_system_not_entered(home):
    (home / "out").symlink_to("/usr")
    (home / "loop").symlink_to(".")
    found = counted(home)
    assert (found.files, found.complete) == (2, True)
    assert found.used < MIB


def test_another_file_system_is_not_entered(home):
    walked = walk.Walk(1000, float("inf"))
    fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        walked._device = -2  # as if everything below were of others
        level = walk.Level(fd, ".")
        walked._list(level)
        assert list(level.folders) == []
        assert walked.used == 0
        level.close()
    finally:
        os.close(fd)


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o100])
def test_a_folder_closed_to_its_owner_hides_nothing_and_stays_as_it_was(home, mode):
    folder = home / "hidden"
    folder.mkdir()
    own(folder)
    write(folder / "big", 2 * MIB)
    folder.chmod(mode)
    found = counted(home)
    assert found.complete
    assert found.used >= 2 * MIB
    assert folder.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_a_folder_of_somebody_else_is_left_alone_and_said(home):
    folder = home / "restored"
    folder.mkdir(mode=0o700)
    write(home / "a", MIB)
    found = counted(home)
    assert (found.complete, found.why) == (False, "closed")
    assert found.used >= MIB


def test_odd_names_are_names(home):
    for name in (b"\xff\xfe", b"new\nline", b" ", b"-rf", b"a" * 255, "ü\u202e".encode()):
        folder = home / os.fsdecode(name)
        folder.mkdir()
        own(folder)
        (folder / "f").write_bytes(b"x")
    assert counted(home).files == 12


def test_a_removed_file_that_is_open_still_counts(home):
    code = (
        "import os, sys; f = open(sys.argv[1], 'wb'); f.write(os.urandom(3 << 20)); f.flush();"
        "os.unlink(sys.argv[1]); print('removed', flush=True); sys.stdin.read()"
    )
    account = {"user": ORDINARY_UID, "group": ORDINARY_UID, "extra_groups": []} if IS_ROOT else {}
    program = "/usr/bin/python3" if IS_ROOT else sys.executable
    with subprocess.Popen(
        [program, "-c", code, home / "gone"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **account,
    ) as holder:
        assert holder.stdout.readline() == b"removed\n"
        assert counted(home).used < MIB
        assert counted(home, pids=[holder.pid]).used >= 3 * MIB
        holder.stdin.close()


def nested(home, levels):
    """Make folders in folders by descriptor: the path is longer than any the system takes."""
    fd = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=fd)
        if IS_ROOT:
            os.chown("d", ORDINARY_UID, ORDINARY_UID, dir_fd=fd)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)


def remove_nested(home):
    subprocess.run(["rm", "-rf", home / "d"], check=True)


@pytest.mark.long
def test_ten_thousand_levels_are_counted(home, full):
    levels = 10_000 if full else 2_000
    nested(home, levels)
    found = counted(home)
    assert (found.files, found.complete) == (levels, True)
    remove_nested(home)


def test_what_is_deeper_than_can_be_counted_is_said(home, monkeypatch):
    nested(home, 50)
    monkeypatch.setattr(walk, "MAX_DEPTH", 40)
    walked = walk.Walk(1_000_000, float("inf"))
    fd = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    before = len(list(Path("/proc/self/fd").iterdir()))
    walked.count_folder(fd)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    os.close(fd)
    assert walked.why == "deep"
    assert walked.files == 40


@pytest.mark.long
def test_many_files_are_counted_and_counting_ends_at_the_most(home, full):
    many = 200_000 if full else MANY
    fd = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    for number in range(many):
        os.close(os.open(f"f{number}", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    found = counted(home)
    assert (found.files, found.complete) == (many, True)
    capped = counted(home, most=1000)
    assert (capped.files, capped.complete, capped.why) == (1000, False, "entries")


def test_a_count_ends_in_time(home):
    walked = walk.Walk(1_000_000, 0.0)
    for number in range(1000):
        (home / f"f{number}").touch()
    fd = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    walked.count_folder(fd)
    os.close(fd)
    assert walked.why == "time"
    assert walked.files < 1000


def test_renames_meanwhile_lead_nowhere_else(home):
    """Folders are swapped with links to the whole machine while they are entered."""
    for number in range(50):
        folder = home / f"d{number}"
        folder.mkdir()
        own(folder)
        (folder / "x").touch()
    over = threading.Event()

    def swap():
        number = 0
        while not over.is_set():
            folder, aside = home / f"d{number % 50}", home / "aside"
            number += 1
            folder.rename(aside)
            folder.symlink_to("/usr")
            folder.unlink()
            aside.rename(folder)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(10):
            found = counted(home)
            assert found.complete
            assert found.files <= 110
            assert found.used < 2 * MIB
    finally:
        over.set()
        thread.join()


def test_a_counter_that_was_killed_says_nothing(home, monkeypatch, tmp_path):
    """Not even what it had counted by then: this one answers, and is killed before it ends."""
    said = {"used": 4096, "files": 0, "complete": True, "why": "", "seconds": 0.1}
    (tmp_path / "walk.py").write_text(
        f"import pathlib, signal\nprint({json.dumps(json.dumps(said))}, flush=True)\n"
        f"pathlib.Path({os.fspath(tmp_path / 'said')!r}).touch()\nsignal.pause()\n"
    )
    monkeypatch.setattr(program, "_HERE", tmp_path)
    fd = os.open(home, os.O_PATH | os.O_DIRECTORY)
    measuring = Measuring(fd, 1000, [], None)
    wait_until((tmp_path / "said").exists, 20, "it has answered")
    measuring.kill()
    wait_until(measuring.is_over, 20, "it has ended")
    assert measuring.found() is None
    os.close(fd)


def answered(home, monkeypatch, tmp_path, **said):
    """Return what is found when the counter says this, a minute after it was begun."""
    said = {"used": 4096, "files": 0, "complete": True, "why": "", "seconds": 0.1} | said
    (tmp_path / "walk.py").write_text(f"print({json.dumps(json.dumps(said))})\n")
    monkeypatch.setattr(program, "_HERE", tmp_path)
    fd = os.open(home, os.O_PATH | os.O_DIRECTORY)
    measuring = Measuring(fd, 1000, [], None)
    measuring._began -= 60
    wait_until(measuring.is_over, 20, "it has ended")
    os.close(fd)
    return measuring.found()


@pytest.mark.parametrize(("waited", "cost"), [(0.9, 0.1), (30.0, 30.1)])
def test_a_count_costs_what_it_works_and_waits_for_a_slow_disk_alone(
    home, monkeypatch, tmp_path, waited, cost
):
    """On a busy machine it takes long, and who fills the disk must be seen all the same."""
    found = answered(home, monkeypatch, tmp_path, waited=waited)
    assert found.cost_seconds == pytest.approx(cost)


def test_who_waits_for_a_turn_at_a_processor_waits_for_no_disk():
    """Two compete for one processor until that has cost half a second; then one sleeps."""
    code = (
        "import os, runpy, select, sys, time\n"
        "began = time.monotonic()\n"
        "waiting = runpy.run_path(sys.argv[1], run_name='walk')['Waiting']()\n"
        "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "us = os.getpid()\n"
        "if os.fork() == 0:\n"
        "    while os.getppid() == us: pass\n"
        "    os._exit(0)\n"
        "while time.monotonic() - began - time.process_time() < 0.5: pass\n"
        "queued = waiting.seconds()\n"
        "select.select([], [], [], 0.5)\n"
        "print(queued, waiting.seconds() - queued)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, walk.__file__],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    queued, slept = map(float, done.stdout.split())
    assert queued < 0.2
    assert slept >= 0.4


def test_a_folder_that_does_not_answer_costs_its_counter_alone(home, monkeypatch, tmp_path):
    """A program that hangs stands for a network folder that does."""
    (tmp_path / "walk.py").write_text("import signal\nsignal.pause()\n")
    monkeypatch.setattr(program, "_HERE", tmp_path)
    monkeypatch.setattr(measure, "OVERDUE_SECONDS", 0.2)
    fd = os.open(home, os.O_PATH | os.O_DIRECTORY)
    measuring = Measuring(fd, 1000, [], None)
    assert not measuring.is_over()
    wait_until(measuring.is_over, 20, "it was killed")
    assert measuring.found() is None
    os.close(fd)


def test_it_has_no_network_and_little_else(home, tmp_path):
    """Its own bounds, looked at from inside."""
    code = (
        "import sys, os, resource, json, runpy; sys.argv[1:] = [];"
        f"m = runpy.run_path({os.fspath(walk.__file__)!r}, run_name='walk');"
        "m['_bound'](3.0); m['_leave_network']();\n"
        "import socket\n"
        "try: socket.socket(socket.AF_INET); refused = False\n"
        "except PermissionError: refused = True\n"
        "print(json.dumps([refused, os.nice(0), resource.getrlimit(resource.RLIMIT_AS)[0],"
        "resource.getrlimit(resource.RLIMIT_CPU)[0]]))"
    )
    program = ["/usr/bin/python3" if shutil.which("/usr/bin/python3") else sys.executable]
    done = subprocess.run([*program, "-I", "-c", code], capture_output=True, check=True, text=True)
    nice = os.nice(0) + walk.NICE
    assert done.stdout.strip() == f"[true, {min(19, nice)}, {walk.MAX_MEMORY_BYTES}, 8]"
