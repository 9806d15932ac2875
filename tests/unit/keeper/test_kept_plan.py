"""The plan that a keeper leaves to its successor."""

import pytest

from ide.guard.plan import NetworkPlan, Plan
from ide.keeper import kept_plan
from ide.keeper.config import LogLimits


def test_a_plan_is_kept_whole(tmp_path):
    hosts = tuple(f"{number:03}{'x' * 240}.example" for number in range(200))
    plan = Plan(name="class", consoles=3, network=NetworkPlan.PACKAGES, network_hosts=hosts)
    assert kept_plan.write(tmp_path / "plan.json", plan)
    assert kept_plan.read(tmp_path / "plan.json") == plan
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"consoles": 99}'])
def test_what_is_no_plan_gives_no_network(tmp_path, text):
    (tmp_path / "plan.json").write_text(text)
    assert kept_plan.read(tmp_path / "plan.json") == Plan(network=NetworkPlan.NONE)
    assert kept_plan.read(tmp_path / "none.json") == Plan(network=NetworkPlan.NONE)


def test_a_full_disk_keeps_the_plan_before(tmp_path):
    path = tmp_path / "plan.json"
    kept_plan.write(path, Plan(consoles=3))
    (tmp_path / "plan.new").mkdir()  # nothing can be written under that name
    assert not kept_plan.write(path, Plan(consoles=5))
    assert kept_plan.read(path).consoles == 3


def test_a_plan_lowers_the_caps_of_logs_and_never_raises_them():
    limits = LogLimits(10, 20, 5)
    assert limits.within(0) is limits
    assert limits.within(15) == LogLimits(10, 15, 5)
    assert limits.within(7) == LogLimits(7, 7, 5)
    assert limits.within(100) == limits
