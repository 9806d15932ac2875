from pathlib import Path

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
