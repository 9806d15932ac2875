"""Every attack is held by the sandbox and gets through a sandbox without the wall that holds it."""

import os
from unittest import mock

import pytest

from tests.ordinary import IS_ROOT
from tests.sandboxes import ORDINARY_ACCOUNT, running_sandbox
from tests.walls.attacks import found_in
from tests.walls.canaries import CANARY, planted
from tests.walls.probes import BARE, PROBES

pytestmark = pytest.mark.pty

EVERY_NAME = [probe.name for probe in PROBES]
NOT_HERE = set() if IS_ROOT else {"own account"}
"""An ordinary user has one account for all, so this is no wall there."""
OF_ROOT = {"system_files", "control_groups"}
"""Not even a server of an ordinary user could write these."""


@pytest.fixture(scope="module")
def facts():
    with planted() as canaries, mock.patch.dict(os.environ, {"CANARY": CANARY}):
        yield canaries


def groups():
    """Return {the walls that are removed: (probes that must get through, those that must not)}.

    Those that the kernel refuses by itself must not, so that what the table says of them is true.
    """
    made = {}
    for probe in PROBES:
        walls = frozenset(probe.walls) - NOT_HERE
        if not walls or (NOT_HERE and probe.name in OF_ROOT):
            continue
        through, held = made.setdefault(walls, ([], []))
        (held if probe.impossible else through).append(probe.name)
        for wall in walls if len(walls) > 1 else ():
            made.setdefault(walls - {wall}, ([], []))[1].append(probe.name)
    return made


@pytest.mark.parametrize("kind", ["root", "ordinary user", "bundled bwrap"])
def test_nothing_gets_through_the_sandbox(facts, kind):
    if not IS_ROOT and kind == "root":
        pytest.skip("needs root")
    account = ORDINARY_ACCOUNT if IS_ROOT and kind == "ordinary user" else None
    bwrap = "bundled" if kind == "bundled bwrap" else ""
    with running_sandbox(account=account, bwrap=bwrap, environment=False) as sandbox:
        found = found_in(sandbox, facts, EVERY_NAME)
    assert {name: one for name, one in found.items() if one[0] != "HELD"} == {}


@pytest.mark.parametrize(
    ("removed", "through", "held"),
    [(walls, *probes) for walls, probes in groups().items()],
    ids=[" and ".join(sorted(walls)) for walls in groups()],
)
def test_without_its_wall_each_attack_gets_through(facts, removed, through, held):
    unsafe = BARE in removed
    with running_sandbox(
        unsafe=unsafe, weak=() if unsafe else removed, environment=False
    ) as sandbox:
        found = found_in(sandbox, facts, [*through, *held])
    assert {name: found[name] for name in through if found[name][0] != "HOLE"} == {}
    assert {name: found[name] for name in held if found[name][0] != "HELD"} == {}
