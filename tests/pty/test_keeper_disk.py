"""Logs have caps, disks fill up, folders vanish: the program goes on, and people are told."""

import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests import kept_logs
from tests.keepers import CallError, KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

MB = 1 << 20
NOISE = "head -c %d /dev/urandom | base64; echo .e''nd.\n"
"""Output that compresses badly, six bits in each byte, and a word that base64 has not."""

# Not a loop of bash: a ^C that comes while it starts the next `sleep` is lost with the last one.
COUNT = (
    f"{sys.executable} -uc 'import itertools, time\n"
    'for i in itertools.count(1): print(f"n{i} {0:090}") or time.sleep(0.01)\'\n'
)


def notices(link: LinkClient) -> list[str]:
    return [event["text"] for event in link.events if event["type"] == "notice"]


def meta(link: LinkClient) -> dict:
    return link.channels[1].meta


def folder_of(run: KeeperRun, console: str) -> Path:
    return run.folder / "consoles" / console


def disk_bytes(run: KeeperRun) -> int:
    return sum(one.st_size for one in states((run.folder / "consoles").glob("*/0*")))


def modes_of_files(folder: Path) -> set[int]:
    """Return the modes of files; beside them the folder of the index comes when it comes."""
    found = states(folder.iterdir())
    return {stat.S_IMODE(one.st_mode) for one in found if stat.S_ISREG(one.st_mode)}


def states(paths: Iterable[Path]) -> list[os.stat_result]:
    """Return the states of those that are there: pieces are packed, and go, at any time."""
    found = []
    for path in paths:
        with suppress(FileNotFoundError):
            found.append(path.stat())
    return found


def assert_shows(run: KeeperRun, console: str, wanted: bytes) -> None:
    """Somebody who comes now finds it on the screen."""
    with run.link() as link:
        link.hello(console)
        channel = link.channels[1]
        link.until(lambda: wanted in (channel.snapshot or b"") + channel.output)


def assert_stopped(info: dict, offset: int, why: str) -> None:
    """The console says from where on, since when and why it is not recorded."""
    stopped = info["unrecorded"]
    assert (stopped["from"], stopped["why"]) == (offset, why)
    assert abs(stopped["at"] - time.time()) < 120


# Caps.


def test_over_its_cap_a_log_drops_its_oldest_output_and_says_so():
    cap = 4 * MB
    with running_keeper(env={"IDE_LOG_CAP_BYTES": str(cap)}) as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type(NOISE % 9_000_000)
            link.read_until(b".end.\r\n", seconds=120)
            head = link.channels[1].offset
            link.until(lambda: meta(link)["log_oldest"] > 0, 60)
            link.until(lambda: meta(link)["log_disk_bytes"] <= cap, 60)
            info = meta(link)
            assert (info["epoch"], info["recording"]) == (epoch, True)
            assert info["log_start"] == info["log_oldest"]
            # Compressed bytes count: there is more in it than it takes.
            assert head - info["log_oldest"] > info["log_disk_bytes"]
            assert [text for text in notices(link) if "4 MB" in text] == notices(link)
            assert len(notices(link)) == 1
        wait_until(lambda: disk_bytes(run) <= cap * 1.5, 20, "what was packed is there once")
        folder = folder_of(run, console)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert modes_of_files(folder) == {0o600}
        start, data = kept_logs.content(folder_of(run, console))
        assert start >= info["log_oldest"]
        assert data.rstrip().endswith(b"$")
        # A successor rebuilds the screen from what is kept.
        run.kill()
        run.start()
        assert_shows(run, console, b".end.\r\n")


def test_over_the_workspaces_cap_the_oldest_output_of_any_console_goes():
    cap = 3 * MB
    limits = {"IDE_LOG_CAP_BYTES": str(8 * MB), "IDE_LOG_WORKSPACE_CAP_BYTES": str(cap)}
    with running_keeper(env=limits) as run:
        old, new = run.new_bash(), run.new_bash()
        with run.link() as link:
            for channel, (console, count) in enumerate(((old, 1_200_000), (new, 2_400_000)), 1):
                link.hello(console, channel=channel)
                link.type(NOISE % count, channel=channel)
                link.read_until(b".end.\r\n", channel=channel, seconds=60)
            link.until(lambda: any("3 MiB together" in text for text in notices(link)), 60)
            wait_until(lambda: link.call("consoles.list")["logs"]["disk_bytes"] <= cap, 60)
            logs = link.call("consoles.list")["logs"]
        assert logs["cap_bytes"] == cap
        wait_until(lambda: disk_bytes(run) <= cap, 20, "what was packed is there once")
        assert run.console(old)["log_oldest"] > 0
        assert run.console(new)["log_oldest"] == 0
        assert len([text for text in notices(link) if "together" in text]) == 1


@pytest.mark.long
def test_a_keeper_that_is_killed_while_it_rotates_packs_and_drops_loses_no_line(full):
    kills, last = (20, 4_000_000) if full else (4, 800_000)
    cap = 1 * MB
    with running_keeper(env={"IDE_LOG_CAP_BYTES": str(cap)}) as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type(f"awk 'BEGIN {{ for (i = 1; i <= {last}; i++) print \"n\" i }}'\n")
            link.read_until(b"n1000\r\n")
        numbers = b"".join(b"n%d\r\n" % number for number in range(1, last + 1))
        folder = folder_of(run, console)
        for kill in range(kills):
            goal = len(numbers) * (kill + 1) // (kills + 2)
            wait_until(lambda goal=goal: kept_logs.head(folder) >= goal, 60)
            kept_logs.wait_until_the_screen_is_back(folder)
            run.kill()
            run.start()
        wait_until(lambda: not run.console(console)["busy"], 120)
        wait_until(lambda: run.console(console)["log_disk_bytes"] <= cap, 60)
        start, data = kept_logs.content(folder)
        assert start > 0
        end = data.index(b"n%d\r\n" % last)
        assert numbers.endswith(data[:end] + b"n%d\r\n" % last)
        assert_shows(run, console, b"n%d\r\n" % last)


def test_a_log_of_an_earlier_version_goes_on():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            first = link.hello(console)
            link.type("echo bef''ore\n")
            link.read_until(b"before\r\n$ ")
            have = link.channels[1].offset
        run.stop()
        folder = folder_of(run, console)
        for path in folder.iterdir():
            if path.suffix == ".raw":
                path.rename(folder / "output")
            elif path.name not in {"sizes", "screen"}:
                path.unlink()
        run.start()
        with run.link() as link:
            again = link.hello(console, epoch=first["epoch"], have=have)
            assert (again["mode"], again["offset"]) == ("delta", have)
            link.type("echo af''ter\n")
            link.read_until(b"after\r\n")
        assert_shows(run, console, b"before\r\n")


# Disks.


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder.mkdir(exist_ok=True)
    options = f"size={megabytes}m"
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False
    ).returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def keeper_on_small_disk(folder: Path, megabytes: int, min_free: int) -> Iterator[KeeperRun]:
    with small_disk(folder / "small", megabytes) as disk:

        def put_consoles_there(run: KeeperRun) -> None:
            (run.folder / "consoles").symlink_to(disk)

        env = {"IDE_LOG_MIN_FREE_BYTES": str(min_free)}
        with running_keeper(before=put_consoles_there, env=env) as run:
            yield run


def test_on_a_full_disk_the_program_goes_on_and_recording_comes_back(tmp_path):
    with keeper_on_small_disk(tmp_path, 4, min_free=0) as run:
        console = run.new_bash()
        filler = tmp_path / "small/filler"
        filler.write_bytes(bytes(5 * MB // 2))
        with run.link() as link:
            first = link.hello(console)
            link.type("seq 1 600000; echo en''d\n")
            # Not a byte is missing for who looks (Channel checks the offsets).
            output = link.read_until(b"end\r\n", seconds=60)
            assert b"\r\n600000\r\n" in output
            link.until(lambda: not meta(link)["recording"])
            assert_stopped(meta(link), kept_logs.head(folder_of(run, console)), "disk")
            link.until(lambda: any("disk is full" in text for text in notices(link)))
            filler.unlink()
            link.until(lambda: meta(link)["recording"], 30)
            assert meta(link)["unrecorded"] is None
            assert meta(link)["epoch"] != first["epoch"]
            link.until(lambda: any("being recorded again" in text for text in notices(link)))
            link.type("echo af''ter\n")
            link.read_until(b"after\r\n")
        run.kill()
        run.start()
        assert_shows(run, console, b"after\r\n")
        with run.link() as link:
            link.hello(console)
            link.type("echo mo''re\n")
            link.read_until(b"more\r\n")
        assert run.console(console)["recording"]
        # What was recorded before the gap is still there.
        first_piece, *_ = kept_logs.pieces(folder_of(run, console))
        assert first_piece[0] == 0


def test_who_is_killed_while_nothing_is_recorded_begins_a_new_epoch(tmp_path):
    with keeper_on_small_disk(tmp_path, 4, min_free=0) as run:
        console = run.new_bash()
        (tmp_path / "small/filler").write_bytes(bytes(3 * MB))
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type("seq 1 300000; echo en''d\n")
            link.read_until(b"end\r\n", seconds=60)
            have = link.channels[1].offset
        # The journal did not hear of it either.
        run.kill()
        run.change_journal(f"UPDATE consoles SET recording = 1, epoch = '{epoch}'")  # noqa: S608
        (tmp_path / "small/filler").unlink()
        run.start()
        with run.link() as link:
            welcome = link.hello(console, epoch=epoch, have=have)
            assert welcome["epoch"] != epoch
            assert welcome["mode"] != "delta"
            link.type("echo ali''ve\n")
            link.read_until(b"alive\r\n")


def fill_up(disk: Path) -> Path:
    """Take the last byte of a disk; returns the file to remove."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


@contextmanager
def keeper_on_a_small_disk() -> Iterator[KeeperRun]:
    """Run a keeper all of whose files are on a disk of 6 MiB."""
    with ExitStack() as after:

        def put_all_there(run: KeeperRun) -> None:
            after.enter_context(small_disk(run.folder, 6))

        env = {"IDE_LOG_MIN_FREE_BYTES": "0"}
        with running_keeper(before=put_all_there, env=env) as run:
            yield run


def test_a_keeper_that_is_killed_on_a_full_disk_has_a_successor_there():
    with keeper_on_a_small_disk() as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type(COUNT)
            link.read_until(b"\nn20 ")
            filler = fill_up(run.folder)
            link.until(lambda: not meta(link)["recording"], 60)
            with pytest.raises(CallError, match="disk_full"):
                link.call("consoles.create", kind="bash", cols=80, rows=24)
        run.kill()
        run.start()
        with run.link() as link:
            welcome = link.hello(console)
            assert welcome["epoch"] != epoch
            assert welcome["info"]["unrecorded"]["why"] == "disk"
            at = link.channels[1].offset
            link.until(lambda: link.channels[1].offset > at)
            filler.unlink()
            link.until(lambda: meta(link)["recording"], 60)
            link.type(b"\x03")
            link.type("echo ali''ve\n")
            link.read_until(b"alive\r\n")


AS_AN_EARLIER_VERSION = (
    "ALTER TABLE consoles DROP COLUMN killed",
    "ALTER TABLE consoles DROP COLUMN never",
    "ALTER TABLE bells DROP COLUMN command",
    "DROP TABLE letters",
)


def test_a_version_that_starts_first_on_a_full_disk_has_its_consoles_and_later_all_else():
    with keeper_on_a_small_disk() as run:
        console = run.new_bash()
        kept = run.call("bells.set", console=console, when="died")
        run.stop()
        for statement in AS_AN_EARLIER_VERSION:
            run.change_journal(statement)
        for path in run.folder.glob("cards.db*"):
            path.unlink()
        filler = fill_up(run.folder)
        run.start()
        with run.link() as link:
            link.hello(console)
            link.until(lambda: any("The disk is full: no bell" in one for one in notices(link)))
            link.type("echo ali''ve\n")
            link.read_until(b"alive\r\n")
            assert link.call("bells.list")["bells"] == [kept]
            with pytest.raises(CallError, match="disk_full"):
                link.call("bells.set", console=console, when="finished")
            filler.unlink()
            link.until(lambda: meta(link)["recording"], 60)
            added = link.call("bells.set", console=console, when="finished")
            wait_until(lambda: listed(link) is not None, 20, "commands are listed too")
        run.kill()
        run.start()
        assert run.call("bells.list")["bells"] == [kept, added]
        assert not run.console(console)["never_record"]


def listed(link: LinkClient) -> list | None:
    with suppress(CallError):
        return link.call("cards.list")["cards"]
    return None


def test_recording_stops_while_too_little_is_free(tmp_path):
    with keeper_on_small_disk(tmp_path, 32, min_free=8 * MB) as run:
        console = run.new_bash()
        filler = tmp_path / "small/filler"
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type("echo bef''ore\n")
            link.read_until(b"before\r\n$ ")
            filler.write_bytes(bytes(26 * MB))
            link.until(lambda: not meta(link)["recording"], 30)
            assert_stopped(meta(link), link.channels[1].offset, "low")
            link.until(lambda: any("Less than 8 MB are free" in text for text in notices(link)))
            link.type("echo mean''while\n")
            link.read_until(b"meanwhile\r\n")
            assert b"meanwhile" not in kept_logs.content(folder_of(run, console))[1]
            os.truncate(filler, 23 * MB + MB // 2 + MB // 4)  # enough, but only just
            other = run.new_bash()
            assert run.console(other)["recording"]
            assert not run.console(console)["recording"]
            filler.unlink()
            link.until(lambda: meta(link)["recording"], 30)
            assert meta(link)["epoch"] != epoch


def test_a_log_folder_that_was_removed_is_said_and_begun_anew():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type("echo bef''ore\n")
            link.read_until(b"before\r\n$ ")
            # First out of the way of the keeper, which may make a file there this very moment.
            shutil.rmtree(folder_of(run, console).rename(run.folder / "removed"))
            link.until(lambda: not meta(link)["recording"], 30)
            assert_stopped(meta(link), link.channels[1].offset, "folder")
            link.until(lambda: any("was removed" in text for text in notices(link)))
            link.until(lambda: meta(link)["recording"], 30)
            assert meta(link)["epoch"] != epoch
            link.type("echo af''ter\n")
            link.read_until(b"after\r\n$ ")
        run.kill()
        run.start()
        assert_shows(run, console, b"after\r\n")


# Never.


def test_a_console_that_is_never_recorded_leaves_nothing_on_the_disk():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type("echo bef''ore${HISTFILE%%/*dev*}\n")
            link.read_until(b"before%s/.bash_history\r\n$ " % bytes(run.agent.home))
            info = link.call("consoles.record", console=console, record=False)
            assert info["never_record"]
            assert_stopped(info, link.channels[1].offset, "never")
            kept = kept_logs.content(folder_of(run, console))
            link.type("seq 500000 600000; echo se''cret\n")
            link.read_until(b"secret\r\n$ ")
        run.kill()
        assert kept_logs.content(folder_of(run, console)) == kept
        for path in run.folder.rglob("*"):
            if path.is_file():
                assert b"secret" not in path.read_bytes(), path
        run.start()
        assert run.console(console)["unrecorded"]["why"] == "never"
        with run.link() as link:
            link.hello(console)
            link.type("echo mo''re\n")
            link.read_until(b"more\r\n$ ")
            assert kept_logs.content(folder_of(run, console)) == kept
            info = link.call("consoles.record", console=console, record=True)
            assert (info["never_record"], info["recording"]) == (False, True)
            assert info["epoch"] != epoch
            link.type("echo recor''ded\n")
            link.read_until(b"recorded\r\n$ ")
        assert b"recorded" in kept_logs.pieces(folder_of(run, console))[-1][2].read_bytes()


def test_a_console_can_be_created_as_one_that_is_never_recorded():
    with running_keeper() as run:
        with pytest.raises(CallError, match="record is true or false"):
            run.call("consoles.create", kind="bash", cols=80, rows=24, record="no")
        info = run.call("consoles.create", kind="bash", cols=80, rows=24, record=False)
        assert_stopped(info, 0, "never")
        assert info["never_record"]
        console = info["id"]
        with run.link() as link:
            link.hello(console)
            link.type("echo se''cret in $HISTFILE\n")
            link.read_until(b"secret in /dev/null\r\n$ ")
            assert notices(link) == [], "who asked for it need not be told"
        assert disk_bytes(run) == 0
        assert b"secret in /dev/null" in run.read_log(console), "from memory"
        run.kill()
        run.start()
        assert run.console(console)["unrecorded"]["why"] == "never"
        assert disk_bytes(run) == 0


LOST = re.compile(rb"\d\d:\d\d UTC: unrecorded output may be missing here, the program goes on")


def test_a_page_keeps_what_a_killed_keeper_had_in_memory_and_sees_where_some_is_missing():
    with running_keeper() as run:
        console = run.call("consoles.create", kind="bash", cols=80, rows=24, record=False)["id"]
        with run.link() as link:
            before = link.hello(console)
            link.type("echo se''cret\n")
            link.read_until(b"secret\r\n$ ")
            had = {"epoch": before["epoch"], "have": link.channels[1].offset}
        run.kill()
        run.start()
        for keeps, mode in ((True, "kept"), (False, "fresh")):  # older pages do not know it
            with run.link() as link:
                welcome = link.hello(console, **had, **({"keeps": True} if keeps else {}))
                assert (welcome["mode"], welcome["offset"]) == (mode, 0)
                assert welcome["epoch"] != had["epoch"]
                link.type("echo wh''ole\n")
                assert len(LOST.findall(link.read_until(b"whole\r\n$ "))) == 1
                now_had = {"epoch": welcome["epoch"], "have": link.channels[1].offset}
        with run.link() as link:  # from here on it is a console like any other
            assert link.hello(console, **now_had, keeps=True)["mode"] == "delta"


def test_what_was_recorded_before_is_there_for_whoever_comes_after_a_killed_keeper():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            before = link.hello(console)
            link.type("echo ke''pt\n")
            link.read_until(b"kept\r\n$ ")
            run.call("consoles.record", console=console, record=False)
            recorded = link.channels[1].offset
            link.type("echo se''cret\n")
            link.read_until(b"secret\r\n$ ")
            have = link.channels[1].offset
        run.kill()
        run.start()
        with run.link() as link:
            behind = link.hello(console, epoch=before["epoch"], have=recorded - 1, keeps=True)
            assert behind["mode"] == "fresh"
            output = link.read_until(b"goes on")
            assert output.index(b"kept\r\n") < output.index(b"missing here")
        with run.link() as link:
            welcome = link.hello(console, epoch=before["epoch"], have=have, keeps=True)
            assert (welcome["mode"], welcome["offset"]) == ("kept", recorded)


def test_a_program_that_is_never_recorded_draws_anew_for_the_next_keeper():
    with running_keeper() as run:
        console = run.new_bash()
        run.call("consoles.record", console=console, record=False)
        with run.link() as link:
            link.hello(console)
            script = (
                "trap 'echo drawn $(stty size)' WINCH; echo rea''dy; while :; do sleep 0.05; done"
            )
            (run.agent.home / "draws").write_text(script)
            link.type("bash draws\n")
            link.read_until(b"ready\r\n")
        run.kill()
        run.start()
        with run.link() as link:
            link.hello(console)
            channel = link.channels[1]
            link.until(lambda: b"drawn 24 80" in (channel.snapshot or b"") + channel.output)
