"""Which addresses are of the public internet, and which hosts a plan allows."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.guard.network import DEFAULT_PACKAGE_HOSTS, allows_host, is_public
from ide.guard.plan import NetworkPlan

NOT_PUBLIC_V4 = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.80", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
NOT_PUBLIC_V6 = [
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "2001:db8::1", "64:ff9b:1::a00:1", "100::1", "2001:4860:4860::8888%eth0",
]  # fmt: skip
NOT_ADDRESSES = ["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "1.2.3.4:80", "[::1]"]


@pytest.mark.parametrize("address", NOT_PUBLIC_V4 + NOT_PUBLIC_V6 + NOT_ADDRESSES)
def test_an_address_that_is_not_of_the_public_internet(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC_V4)
@pytest.mark.parametrize("form", ["mapped", "compatible", "6to4", "nat64", "teredo"])
def test_an_ipv6_form_of_it_is_no_way_around(address, form):
    inner = int(ipaddress.ip_address(address))
    wrapped = {
        "mapped": (0xFFFF << 32) | inner,
        "compatible": inner,
        "6to4": (0x2002 << 112) | (inner << 80) | 1,
        "nat64": (0x0064FF9B << 96) | inner,
        "teredo": (0x20010000 << 96) | (inner ^ 0xFFFFFFFF),
    }[form]
    assert not is_public(str(ipaddress.IPv6Address(wrapped)))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "151.101.0.223", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_an_address_of_the_public_internet(address):
    assert is_public(address)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_public_is_outside_what_the_library_calls_global(address):
    if is_public(str(address)):
        wrapped = getattr(address, "ipv4_mapped", None)
        assert (wrapped or address).is_global
        assert not address.is_loopback
        assert not address.is_link_local


@pytest.mark.parametrize("host", ["pypi.org", "github.com", "codeload.github.com"])
def test_packages_reach_their_hosts_and_nothing_else(host):
    assert allows_host(NetworkPlan.PACKAGES, (), host)
    assert allows_host(NetworkPlan.WEB, (), host)
    assert not allows_host(NetworkPlan.NONE, (), host)
    assert not allows_host(NetworkPlan.PACKAGES, ("example.org",), host)


@pytest.mark.parametrize(
    "host", ["notpypi.org", "pypi.org.evil.example", "org", "1.1.1.1", "", "example.org"]
)
def test_a_name_that_only_looks_like_a_listed_one_is_not(host):
    assert not allows_host(NetworkPlan.PACKAGES, (), host)


def test_a_list_of_the_owner_replaces_the_default():
    hosts = ("Mirror.Example.ORG.", "", ".")
    assert allows_host(NetworkPlan.PACKAGES, hosts, "mirror.example.org")
    assert allows_host(NetworkPlan.PACKAGES, hosts, "a.mirror.example.org")
    assert not allows_host(NetworkPlan.PACKAGES, hosts, DEFAULT_PACKAGE_HOSTS[0])
    assert not allows_host(NetworkPlan.PACKAGES, ("",), "pypi.org")
    assert allows_host(NetworkPlan.PACKAGES, ("*.example.org",), "a.example.org")
    assert not allows_host(NetworkPlan.PACKAGES, ("*.example.org",), "example.org")
