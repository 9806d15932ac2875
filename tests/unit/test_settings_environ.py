from pathlib import Path

import pytest

from ide.errors import SettingsError
from ide.guard.plan import NetworkPlan, Plan
from ide.settings import Settings


def test_settings_survive_the_environment():
    settings = Settings(
        data=Path("/srv/ide data"),
        bind="0.0.0.0:9000",
        lan=True,
        address="https://code.example.org/ide/",
        unsafe_no_sandbox=True,
        runtime_dir="/run/x",
        threads=16,
    )
    assert Settings.load(settings.to_environ()) == settings


def test_ceilings_are_read_and_a_negative_one_is_refused():
    settings = Settings.load({"IDE_CEILING_PROCESSES": "100"})
    assert settings.ceilings["processes"] == 100
    assert set(settings.ceilings.values()) == {0, 100}
    with pytest.raises(SettingsError, match="ceiling_memory_bytes"):
        Settings.load({"IDE_CEILING_MEMORY_BYTES": "-1"})


def test_each_ceiling_is_one_of_a_limit_of_plans():
    Plan().capped(dict.fromkeys(Settings(data=Path("/srv")).ceilings, 1))


@pytest.mark.parametrize("network", list(NetworkPlan))
def test_each_network_may_be_the_usual_one(network):
    assert Settings.load({"IDE_NETWORK": str(network)}).network == network
    with pytest.raises(SettingsError, match="network is one of none, packages"):
        Settings.load({"IDE_NETWORK": "everything"})
