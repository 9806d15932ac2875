"""Plans: what they take, what they refuse, and what the owner's ceilings leave of them."""

import dataclasses

import pytest

from ide.guard.grant import BadGrantError, Grant
from ide.guard.plan import BadPlanError, NetworkPlan, Plan


def test_a_plan_survives_the_way_through_a_frame():
    plan = Plan(
        name="class", memory_bytes=1 << 30, network=NetworkPlan.PACKAGES, network_hosts=("a.org",)
    )
    assert Plan.from_json(plan.to_json()) == plan


def test_what_is_not_said_has_its_default():
    assert Plan.from_json({"processes": 10}) == Plan(processes=10)


def test_a_limit_of_a_later_version_is_skipped_where_processes_meet():
    """An upgraded web talks to a keeper that stays until it is idle."""
    plan = Plan(consoles=3)
    later = plan.to_json() | {"a_limit_of_tomorrow": 5}
    assert Plan.from_later(later) == plan
    grant = {"login": "l", "user": "u", "workspace": "w", "rights": [], "until": 1.0}
    assert Grant.from_json(grant | {"plan": later}).plan == plan
    for nonsense in ({"consoles": 0}, [], "x"):
        with pytest.raises(BadGrantError):
            Grant.from_json(grant | {"plan": nonsense})


def test_web_and_keeper_of_the_version_before_plans_agree_on_the_network():
    grant = Grant("l", "u", "w", frozenset(), 1.0)
    wide = dataclasses.replace(grant, plan=Plan(network=NetworkPlan.OUTBOUND))
    assert wide.to_json()["network"] == "web"
    packages = Plan(network=NetworkPlan.PACKAGES, network_hosts=("a.org",))
    earlier = dataclasses.replace(grant, plan=packages).to_json()
    assert (earlier["network"], earlier["network_hosts"]) == ("packages", ["a.org"])
    del earlier["plan"]
    assert Grant.from_json(earlier).plan == packages


@pytest.mark.parametrize(
    "wrong",
    [
        {"memory": 1},
        {"memory_bytes": -1},
        {"memory_bytes": 1 << 60},
        {"memory_bytes": "1"},
        {"memory_bytes": True},
        {"cpu_weight": 0},
        {"consoles": 0},
        {"level": 4},
        {"home": "/root"},
        {"network": "everything"},
        {"network_hosts": ["x" * 300]},
        {"network_hosts": "a.org"},
        {"name": ""},
    ],
)
def test_a_wrong_limit_is_refused_by_name(wrong):
    (field,) = wrong
    with pytest.raises(BadPlanError, match=field):
        Plan.from_json(wrong)


def test_a_ceiling_lowers_and_never_raises():
    plan = Plan(memory_bytes=0, disk_bytes=5, processes=100)
    capped = plan.capped({"memory_bytes": 10, "disk_bytes": 10, "processes": 50, "files": 0})
    assert (capped.memory_bytes, capped.disk_bytes, capped.processes) == (10, 5, 50)
    assert capped.files == plan.files
