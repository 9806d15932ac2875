"""Limits as people write them: what is understood, what is refused, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.accounts.default_plans import default_plans
from ide.guard import plan_words
from ide.guard.plan import MAX_NUMBER, BadPlanError, Plan


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("memory_bytes", "2 GiB", 2 << 30),
        ("memory_bytes", "512M", 512 << 20),
        ("memory_bytes", " 1.5 gb ", 3 << 29),
        ("memory_bytes", "none", 0),
        ("memory_bytes", "0", 0),
        ("disk_bytes", "1000 bytes", 1000),
        ("disk_bytes", "1T", 1 << 40),
        ("lifetime_seconds", "30 min", 1800),
        ("lifetime_seconds", "12 h", 43200),
        ("lifetime_seconds", "1.5h", 5400),
        ("lifetime_seconds", "2d", 172_800),
        ("sleep_seconds", "none", 0),
        ("cpu_percent", "150 %", 150),
        ("cpu_percent", "150", 150),
        ("processes", "none", 0),
        ("network", "none", "none"),
        ("network_hosts", "PyPI.org, *.pythonhosted.org.", ["pypi.org", "*.pythonhosted.org"]),
        ("network_hosts", "none", []),
        ("home", "memory", "memory"),
    ],
)
def test_what_is_understood(field, text, value):
    assert plan_words.read(field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("memory_bytes", "2X"),
        ("memory_bytes", "1 MiB"),
        ("memory_bytes", "-1G"),
        ("memory_bytes", "lots"),
        ("memory_bytes", "9999999 T"),
        ("memory_bytes", ""),
        ("lifetime_seconds", "1 GiB"),
        ("processes", "12.5"),
        ("processes", "1e3"),
        ("processes", "१२"),
        ("cpu_percent", "%"),
    ],
)
def test_what_is_refused_names_the_limit(field, text):
    key = next(key for key, known in plan_words.KEYS.items() if known == field)
    with pytest.raises(BadPlanError, match=key):
        plan_words.read(field, text)


def test_a_limit_is_named_with_or_without_its_unit():
    assert plan_words.field_of("memory") == plan_words.field_of("memory_bytes") == "memory_bytes"
    assert plan_words.field_of("hosts") == "network_hosts"
    for nonsense in ("name", "memry", ""):
        with pytest.raises(BadPlanError, match="no limit"):
            plan_words.field_of(nonsense)


@given(st.integers(0, MAX_NUMBER))
def test_a_size_and_a_time_are_read_back_as_they_were(number):
    assert plan_words.read("disk_bytes", plan_words.say("disk_bytes", number)) == number
    assert plan_words.read("sleep_seconds", plan_words.say("sleep_seconds", number)) == number


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (1000, "1000 bytes"),
        (3 << 29, "1.5 GiB"),
        (1 << 20, "1 MiB"),
        (1025, "1025 bytes"),
    ],
)
def test_a_size_is_short_and_exact(size, said):
    assert plan_words.say_bytes(size) == said


@pytest.mark.parametrize("name", ["standard", "guest", "owner"])
def test_the_default_plans_survive_being_said(name):
    limits = default_plans()[name]
    plan = Plan.from_json(limits | {"name": name})
    again = {
        field: plan_words.read(field, plan_words.say(field, getattr(plan, field)))
        for field in plan_words.KEYS.values()
    }
    assert Plan.from_json(again | {"name": name}) == plan


def test_the_file_says_what_the_defaults_are_for():
    made = {
        name: Plan.from_json(limits | {"name": name}) for name, limits in default_plans().items()
    }
    assert set(made) == {"standard", "guest", "owner"}
    assert made["standard"] == Plan(), "a plan that says nothing of a limit has the standard one"
    assert "network" not in default_plans()["standard"], "that is IDE_NETWORK"
    guest, owner = made["guest"], made["owner"]
    assert (guest.level, str(guest.network), guest.home) == (2, "none", "memory")
    assert guest.lifetime_seconds
    assert guest.sleep_seconds
    counted = [
        field for field in plan_words.KEYS.values() if isinstance(getattr(owner, field), int)
    ]
    limited = {field for field in counted if getattr(owner, field)}
    assert limited == {"cpu_weight", "consoles"}
