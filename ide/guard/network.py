"""Which hosts and addresses a workspace's consoles may reach. Pure: resolves nothing."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from ide.guard.plan import NetworkPlan

DEFAULT_PACKAGE_HOSTS: Final = (
    "pypi.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "codeberg.org",
    "conda.anaconda.org",
    "crates.io",
    "proxy.golang.org",
    "sum.golang.org",
    "deb.debian.org",
    "security.debian.org",
)
"""What the plan `packages` reaches when its owner names no hosts: each with its subdomains."""

ALLOWED_PORTS: Final = frozenset({80, 443})

_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")
_IPV4_COMPATIBLE: Final = IPv6Network("::/96")


def has_device(plan: NetworkPlan) -> bool:
    """Whether a sandbox with this plan is given a network device, where one can be made."""
    return plan in {NetworkPlan.OUTBOUND, NetworkPlan.FULL}


def allows_host(
    plan: NetworkPlan, hosts: tuple[str, ...], host: str, *, is_fallback: bool = False
) -> bool:
    """Whether the forwarder may connect to a host name or literal address.

    `hosts` empty means the default. `host` is in lower case without a closing dot. A listed host
    includes its subdomains; `*.host` means the subdomains alone. For a plan with a device of its
    own it may only as `is_fallback`, where there is none: then as for `web`.
    """
    if has_device(plan):
        return is_fallback
    if plan is not NetworkPlan.PACKAGES:
        return plan is NetworkPlan.WEB
    listed = (each.lower().rstrip(".") for each in hosts or DEFAULT_PACKAGE_HOSTS)
    return any(_is_listed(host, each) for each in listed)


def _is_listed(host: str, each: str) -> bool:
    if each.startswith("*."):
        return host.endswith(each[1:])
    return bool(each) and (host == each or host.endswith(f".{each}"))


def is_public(address: str) -> bool:
    """Whether a literal address is of the public internet, also when IPv6 wraps an IPv4 one.

    False for loopback, private, link-local (cloud metadata), shared, multicast and reserved
    addresses, for one with a zone, and for text that is no address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not parsed.is_multicast
    if parsed.scope_id is not None or parsed in _LOCAL_NAT64:
        return False
    wrapped = _wrapped_ipv4(parsed)
    if wrapped is not None:
        return wrapped.is_global and not wrapped.is_multicast
    special = parsed.is_multicast or parsed.is_site_local or parsed.is_reserved
    return parsed.is_global and not special


def _wrapped_ipv4(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a translator or tunnel would go on to."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
