import socket

import pytest

from ide.cli import address
from ide.errors import SettingsError
from ide.settings import Settings


@pytest.fixture
def settings(tmp_path):
    def make(**given):
        return Settings(data=tmp_path, **given)

    return make


def test_the_address_is_what_was_bound(settings):
    assert address.page_address(settings(bind="127.0.0.1:0"), 4321) == "http://127.0.0.1:4321/"
    assert address.page_address(settings(bind="[::1]:8000"), 8000) == "http://[::1]:8000/"


def test_the_public_address_wins_and_ends_with_a_slash(settings):
    made = settings(address="https://code.example.org/ide")
    assert address.page_address(made, 8000) == "https://code.example.org/ide/"


def test_lan_prints_what_a_tablet_can_open(settings, monkeypatch):
    monkeypatch.setattr(address, "lan_address", lambda: "192.0.2.7")
    made = settings(lan=True)
    assert address.split_bind(made) == ("0.0.0.0", 8000)  # noqa: S104 - asked for by --lan
    assert address.page_address(made, 8000) == "http://192.0.2.7:8000/"


def test_a_machine_without_a_network_still_gets_an_address(settings, monkeypatch):
    monkeypatch.setattr(address, "lan_address", lambda: "")
    assert address.page_address(settings(lan=True), 8000) == "http://127.0.0.1:8000/"


def test_a_port_in_use_is_named_with_a_way_out(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} is in use.*--bind") as raised:
            address.bind(settings(bind=f"127.0.0.1:{port}"))
    assert str(port + 1) in raised.value.message


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_named(settings, host):
    with pytest.raises(SettingsError, match="not an address of this machine"):
        address.bind(settings(bind=f"{host}:8000"))


def test_the_qr_code_is_drawn_for_a_terminal():
    drawn = address.qr_code("http://192.0.2.7:8000/")
    assert len(drawn.splitlines()) > 10
    assert "█" in drawn
