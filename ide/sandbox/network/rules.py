"""The walls around a network device, as text for `nft`. Pure.

IPv6 is not offered: it is dropped everywhere. What a plan refuses is answered, so that programs
fail at once; what is over a rate is dropped without a word.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from ide.guard.plan import NetworkPlan

NEVER: Final = (
    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/3",
    "100.100.100.200/32", "168.63.129.16/32",
)  # fmt: skip
"""No plan reaches these: this machine, its link, multicast, and where clouds keep metadata."""
PRIVATE: Final = (
    "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15",
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
)  # fmt: skip
"""Networks behind this machine, which `full` reaches alone, with those that documentation names:
where one is in use it is nobody's on the internet. With NEVER all that `guard` calls not public."""
NEW_PER_SECOND: Final = 50
NEW_BURST: Final = 500
CONNECTIONS: Final = 4096
"""At once and of one workspace: what the machine tracks is everybody's."""
LOOSE_PER_SECOND: Final = 10_000
"""Packets that are not of TCP, which slows down by itself."""

LINKS: Final = "ide-*"
"""Every device of every server of this kind on the machine."""
INNER_TABLE: Final = "ide"


def link_prefix(plan: NetworkPlan, server: str) -> str:
    """Return how the devices of a server's workspaces with `plan` begin."""
    return f"ide-{'f' if plan is NetworkPlan.FULL else 'o'}{server}"


def outer(server: str, network: str, resolver: str, before: Iterable[str]) -> tuple[str, str]:
    """Return the table around all veths of a server, and the name of a chain that marks it.

    The table of another text has another mark. `network` is the range of their addresses, `before`
    names the devices that were there when the machine did not forward yet: nothing new that
    arrives there is forwarded now either, unless another program translates it.
    """
    full, outbound = (
        f'"{link_prefix(plan, server)}*"' for plan in (NetworkPlan.FULL, NetworkPlan.OUTBOUND)
    )
    answers = f"""oifname {{ {full}, {outbound} }} ct state established,related accept
        oifname {{ {full}, {outbound} }} counter reject with icmpx admin-prohibited"""
    names = ", ".join(f'"{name}"' for name in sorted(before))
    kept = (
        f"iifname {{ {names} }} ct state new ct status ! dnat"
        " counter reject with icmpx admin-prohibited"
    )
    body = f"""
    {_sets("ip saddr")}
    chain walls {{
        oifname "{LINKS}" counter reject with icmpx admin-prohibited
        ip saddr != {network} counter drop
        {_walls(resolver, "ip saddr")}
        iifname {outbound} ip daddr @private counter reject with icmpx admin-prohibited
        accept
    }}
    chain forward {{
        type filter hook forward priority filter - 10
        iifname {{ {full}, {outbound} }} jump walls
        {answers}
        {kept if names else ""}
    }}
    chain host {{
        type filter hook input priority filter - 10
        iifname {{ {full}, {outbound} }} jump to_host
    }}
    chain to_host {{
        meta nfproto ipv6 counter drop
        {_dns(resolver)}
        counter reject with icmpx admin-prohibited
    }}
    chain from_host {{
        type filter hook output priority filter - 10
        {answers}
    }}
    chain translate {{
        type nat hook postrouting priority srcnat
        ip saddr {network} oifname != "{LINKS}" masquerade
    }}"""
    mark = "m" + hashlib.sha256(body.encode()).hexdigest()[:12]
    name = table(server)
    fresh = f"table inet {name} {{ }}\ndelete table inet {name}\n"
    return f"{fresh}table inet {name} {{\n    chain {mark} {{ }}{body}\n}}\n", mark


def table(server: str) -> str:
    """Return the name of a server's table."""
    return f"ide_{server}"


def inner(plan: NetworkPlan, resolver: str, own: Iterable[str]) -> str:
    """Return the table in a sandbox's own namespace; `own` are addresses of the machine."""
    addresses = ", ".join(sorted(own)) or "127.0.0.1"
    private = "ip daddr @private counter reject with icmpx admin-prohibited"
    return f"""table inet {INNER_TABLE} {{ }}
delete table inet {INNER_TABLE}
table inet {INNER_TABLE} {{
    {_sets("meta nfproto")}
    chain leave {{
        type filter hook output priority filter
        oifname "lo" accept
        {_walls(resolver, "meta nfproto")}
        ip daddr {{ {addresses} }} counter reject with icmpx admin-prohibited
        {private if plan is not NetworkPlan.FULL else ""}
    }}
    chain arrive {{
        type filter hook input priority filter
        iifname "lo" accept
        ct state established,related accept
        counter drop
    }}
}}
"""


def _sets(key: str) -> str:
    return f"""set starts {{ typeof {key}; flags dynamic; timeout 1m; size 65535; }}
    set loose {{ typeof {key}; flags dynamic; timeout 1m; size 65535; }}
    set held {{ typeof {key}; flags dynamic; size 65535; }}
    set never {{ type ipv4_addr; flags interval; elements = {{ {", ".join(NEVER)} }} }}
    set private {{ type ipv4_addr; flags interval; elements = {{ {", ".join(PRIVATE)} }} }}"""


def _walls(resolver: str, key: str) -> str:
    """Return the rules that every plan has; what they leave over is up to the plan."""
    return f"""meta nfproto ipv6 counter drop
        ct state invalid counter drop
        meta l4proto != tcp update @loose {{ {key} limit rate over {LOOSE_PER_SECOND}/second \
burst {LOOSE_PER_SECOND} packets }} \
counter drop
        ct state established,related accept
        ct state new update @starts {{ {key} limit rate over {NEW_PER_SECOND}/second \
burst {NEW_BURST} packets }} counter drop
        ct state new add @held {{ {key} ct count over {CONNECTIONS} }} counter drop
        {_dns(resolver)}
        meta l4proto {{ tcp, udp }} th dport 53 counter reject with icmpx admin-prohibited
        tcp dport 25 counter reject with icmpx admin-prohibited
        ip daddr @never counter reject with icmpx admin-prohibited"""


def _dns(resolver: str) -> str:
    return f"ip daddr {resolver} meta l4proto {{ tcp, udp }} th dport 53 accept"
