"""The plans `outbound` and `full` for an ordinary user: pasta, slirp4netns, and without either."""

import json
import subprocess
import sys

import pytest

from tests.fake_internet import FULL, OUTBOUND, fake_internet, needs
from tests.ordinary import ORDINARY_UID

pytestmark = needs("ip", "nft", "pasta", "slirp4netns")
_MOUNT = """\
set -e
mount -t tmpfs none /mnt
mknod -m 666 /mnt/tun c 10 200
printf '#!/bin/sh\\nexec sleep 600\\n' >/mnt/hangs
printf '#!/bin/sh\\necho broken >&2; exit 1\\n' >/mnt/breaks
chmod 755 /mnt/hangs /mnt/breaks
while [ "$1" != -- ]; do
    mount --bind "/mnt/$1" "$2"
    shift 2
done
shift
exec "$@"
"""
TUN = ("tun", "/dev/net/tun")
NO_PASTA, NO_SLIRP = ("breaks", "/usr/bin/pasta"), ("breaks", "/usr/bin/slirp4netns")
HANGING = ("hangs", "/usr/bin/pasta")


@pytest.fixture(scope="module")
def machine():
    with fake_internet() as internet:
        yield internet.machine


@pytest.fixture
def ask(machine, tmp_path):
    """Return what an ordinary user on a machine with these mounts is told."""

    def run(what, plan, *mounts):
        words = [word for mount in mounts for word in mount]
        done = subprocess.run(
            machine.command(
                "unshare", "--mount", "sh", "-c", _MOUNT, "sh", *words, "--", sys.executable,
                "tests/as_user.py", str(ORDINARY_UID), sys.executable, "tests/ordinary_network.py",
                what, str(tmp_path / "data"), plan,
            ),
            capture_output=True,
            timeout=100,
            check=False,
        )  # fmt: skip
        last = done.stdout.decode().rpartition("\n")[2]  # behind the server log's lines
        assert last, done.stderr.decode()
        return json.loads(last)

    return run


@pytest.mark.parametrize(("plan", "expected"), [("outbound", OUTBOUND), ("full", FULL)])
@pytest.mark.parametrize(("helper", "mounts"), [("pasta", ()), ("slirp4netns", (NO_PASTA,))])
def test_a_helper_carries_what_the_plan_allows(ask, helper, mounts, plan, expected):
    told = ask("connect", plan, TUN, *mounts)
    assert told["device"] == helper, told["reasons"]
    assert set(told["reached"]) == expected
    assert (told["notes"], told["helpers"], told["left"], told["ipv6"]) == ([], 1, 0, "")


def test_programs_in_a_sandbox_have_it_and_cannot_change_it(ask):
    told = ask("programs", "outbound", TUN)
    assert (told["device"], told["notes"]) == ("pasta", [])
    assert set(told["reached"]) == OUTBOUND
    assert "Operation not permitted" in told["changed"]


def test_a_helper_that_hangs_is_given_up_and_the_forwarder_is_left(ask):
    told = ask("give-up", "outbound", HANGING, NO_SLIRP)
    assert (told["device"], told["reached"], told["left"]) == ("none", [], 0)
    assert told["seconds"] < 60
    (reason,) = told["reasons"]
    assert "pasta made no device within 2 seconds; slirp4netns: broken" in reason
    (note,) = told["notes"]
    assert "ports 80 and 443 through the proxy" in note


def test_without_the_tun_device_the_reason_says_what_to_do(ask):
    told = ask("connect", "outbound")
    if told["device"] == "none":  # a machine where everybody may open it has a device
        assert "chmod 0666 /dev/net/tun" in told["reasons"][0]
        assert told["helpers"] == 0


def test_a_helper_that_was_killed_leaves_nothing(ask):
    assert ask("kill", "outbound", TUN) == {"left": 0, "again": "pasta", "zombies": 0}


def test_a_helper_that_was_left_behind_is_swept(ask):
    assert ask("leave", "outbound", TUN) == {"helpers": 1}
    assert ask("sweep", "none") == {"before": 1, "known": 1, "after": 0}
