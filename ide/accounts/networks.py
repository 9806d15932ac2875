"""What people and plans may name as a network: checked once, before it is kept."""

import re
from collections.abc import Iterable

from ide.errors import BadRequestError
from ide.guard.plan import MAX_HOSTS, NetworkPlan

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def checked_hosts(network: NetworkPlan, hosts: Iterable[str]) -> list[str]:
    """Return the hosts as they are kept. Raises BadRequestError.

    `*.` in front of a name means every name below; only the network `packages` has hosts, and it
    has some.
    """
    kept = [host.strip().lower().rstrip(".") for host in hosts]
    if len(kept) > MAX_HOSTS or not all(_HOST.fullmatch(host) for host in kept):
        raise BadRequestError(f"Hosts are at most {MAX_HOSTS} names such as packages.example.org.")
    if network is NetworkPlan.PACKAGES and not kept:
        raise BadRequestError("The network packages needs the hosts that may be reached.")
    return kept
