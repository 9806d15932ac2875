"""Logs have a cap, disks fill up: the program goes on, and people are told."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keepers import KeeperRun, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


def notices(link) -> list[str]:
    return [event["text"] for event in link.events if event["type"] == "notice"]


def test_over_its_cap_a_log_drops_its_oldest_output_and_says_so():
    cap = 8 << 20
    with running_keeper(env={"IDE_LOG_CAP_BYTES": str(cap)}) as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type("seq -f %0100.0f 300000; echo en''d\n")
            link.read_until(b"end\r\n", seconds=60)
            link.until(lambda: link.channels[1].meta["log_start"] > 0)
            info = link.channels[1].meta
            assert info["log_bytes"] <= cap + (4 << 20)
            assert (info["epoch"], info["recording"]) == (epoch, True)
            assert len(notices(link)) == 1
            assert "8 MB" in notices(link)[0]
        output = run.folder / "consoles" / console / "output"
        assert output.stat().st_blocks * 512 <= cap + (4 << 20)
        # A successor rebuilds the screen from what is kept.
        run.kill()
        run.start()
        with run.link() as link:
            link.hello(console)
            channel = link.channels[1]
            link.until(lambda: b"end\r\n" in (channel.snapshot or b"") + channel.output)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_the_program_goes_on_and_recording_comes_back(small_disk):
    def put_consoles_on_small_disk(run: KeeperRun) -> None:
        (run.folder / "consoles").symlink_to(small_disk)

    with running_keeper(before=put_consoles_on_small_disk) as run:
        console = run.new_bash()
        filler = small_disk / "filler"
        with run.link() as link:
            first = link.hello(console)
            link.type("seq 1 600000; echo en''d\n")
            # Not a byte is missing for who looks (Channel checks the offsets).
            output = link.read_until(b"end\r\n", seconds=60)
            assert b"\r\n600000\r\n" in output
            link.until(lambda: not link.channels[1].meta["recording"])
            assert any("disk is full" in text for text in notices(link))
            filler.write_bytes(b"")
            for one in small_disk.glob("*/output"):
                os.truncate(one, 0)
            link.until(lambda: link.channels[1].meta["recording"], 30)
            assert link.channels[1].meta["epoch"] != first["epoch"]
            link.type("echo af''ter\n")
            link.read_until(b"after\r\n")
        run.kill()
        run.start()
        with run.link() as link:
            link.hello(console)
            channel = link.channels[1]
            wanted = b"after\r\n"
            link.until(lambda: wanted in (channel.snapshot or b"") + channel.output)
            link.type("echo mo''re\n")
            link.read_until(b"more\r\n")
        wait_until(lambda: run.console(console)["recording"])
