"""Name servers, addresses and rules of network devices: what needs no kernel."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.errors import SettingsError
from ide.guard.network import allows_host, has_device, is_public
from ide.guard.plan import NetworkPlan
from ide.sandbox.network import connecting, resolv_conf, resolver, rules
from ide.settings import Settings


def settings(**given):
    made = Settings(data=Path("/nonexistent"), **given)
    made.validate()
    return made


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("nameserver 10.0.0.53\nnameserver 9.9.9.9\n", "", "10.0.0.53"),
        ("# stub\nnameserver 127.0.0.53\n", "nameserver 192.0.2.7\n", "192.0.2.7"),
        ("nameserver fd00::1\nnameserver 192.0.2.8\n", "", "192.0.2.8"),
        ("nameserver nonsense\nnameserver\nsearch example.org\n", "", ""),
        ("nameserver 127.0.0.1\n", "nameserver 0.0.0.0\n", ""),
    ],
)
def test_the_machines_first_usable_name_server_is_asked(tmp_path, first, second, expected):
    files = [tmp_path / "first", tmp_path / "second"]
    for file, text in zip(files, (first, second), strict=True):
        file.write_text(text)
    assert resolver(settings(), files) == expected


def test_the_setting_comes_first_and_files_may_be_missing(tmp_path):
    file = tmp_path / "resolv.conf"
    assert resolver(settings(), [file]) == ""
    file.write_text("nameserver 10.0.0.53\n")
    assert resolver(settings(resolver="9.9.9.9"), [file]) == "9.9.9.9"
    assert resolv_conf("9.9.9.9").startswith("nameserver 9.9.9.9\n")


@pytest.mark.parametrize("value", ["1.2.3.0/24", "10.0.0.0/31", "0.0.0.0/0", "fd00::/64", "all"])
def test_a_range_that_is_not_private_is_refused(value):
    with pytest.raises(SettingsError, match="network_range"):
        settings(network_range=value)


@pytest.mark.parametrize("value", ["127.0.0.53", "fd00::53", "dns.example.org"])
def test_a_name_server_that_no_sandbox_reaches_is_refused(value):
    with pytest.raises(SettingsError, match="resolver"):
        settings(resolver=value)


def test_workspaces_addresses_are_private_ones():
    default = ip_network(settings().network_range)
    assert any(default.subnet_of(ip_network(each)) for each in rules.PRIVATE)


def is_walled(address):
    return any(address in ip_network(each) for each in (*rules.NEVER, *rules.PRIVATE))


@given(st.ip_addresses(v=4))
def test_what_the_proxy_refuses_has_walls_before_a_device(address):
    assert is_public(str(address)) or is_walled(address)


@pytest.mark.parametrize("network", ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"])
def test_no_plan_but_full_reaches_networks_of_documentation(network):
    for address in (ip_network(network)[0], ip_network(network)[-1]):
        assert is_walled(address)
        assert not is_public(str(address))


def test_a_devices_name_fits_into_the_kernels_fifteen_letters():
    names = {f"{rules.link_prefix(plan, '12345')}ffff" for plan in NetworkPlan if has_device(plan)}
    assert len(names) == 2
    assert all(len(name) <= 15 and name.startswith("ide-") for name in names)


@pytest.mark.parametrize("plan", [NetworkPlan.OUTBOUND, NetworkPlan.FULL])
def test_the_forwarder_serves_plans_with_a_device_only_in_its_place(plan):
    assert not allows_host(plan, (), "example.org")
    assert allows_host(plan, (), "example.org", is_fallback=True)
    assert not allows_host(NetworkPlan.NONE, (), "example.org", is_fallback=True)


def test_walls_of_another_text_have_another_mark():
    one = rules.outer("12345", "100.64.0.0/16", "9.9.9.9", ())
    assert one == rules.outer("12345", "100.64.0.0/16", "9.9.9.9", ())
    others = [
        rules.outer("12345", "100.64.0.0/16", "9.9.9.8", ()),
        rules.outer("12345", "100.64.0.0/16", "9.9.9.9", ("eth0",)),
    ]
    assert len({mark for _, mark in (one, *others)}) == 3


@pytest.mark.parametrize(
    ("device", "reason"), [("none", " doctor` says what is missing"), ("veth", "IDE_RESOLVER")]
)
def test_without_a_device_or_a_name_server_a_note_says_what_is_left(monkeypatch, device, reason):
    monkeypatch.setattr(connecting, "resolver", lambda _: "")
    network = connecting.Network(settings())
    made = network.connect(device, 1, "0" * 16, NetworkPlan.FULL)
    (note,) = made.notes
    assert made.device == "none"
    assert reason in note
    assert "ports 80 and 443 through the proxy" in note
    assert network.connect(device, 1, "0" * 16, NetworkPlan.WEB) == connecting.Connected()
