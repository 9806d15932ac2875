"""A network device for a workspace: for the plans `outbound` and `full`, and for no other.

As root a veth pair with nftables around it, as an ordinary user pasta or slirp4netns with nftables
inside the sandbox's own network namespace, where its programs have no privilege to change them.
"""

from ide.sandbox.network.connecting import Connected, Network
from ide.sandbox.network.probing import NetworkProbe, probe_network
from ide.sandbox.network.resolver import resolv_conf, resolver

__all__ = [
    "Connected",
    "Network",
    "NetworkProbe",
    "probe_network",
    "resolv_conf",
    "resolver",
]
