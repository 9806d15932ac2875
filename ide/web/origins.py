"""Which names this server answers to, and which pages may talk to it."""

import ipaddress
import socket
from urllib.parse import urlsplit


def hostname_of(host: str) -> str:
    """Return the name or address in a Host header, lower-case, without port and brackets.

    An unreadable header gives "".
    """
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_ours(host: str, origin: str) -> bool:
    """Whether a Host header names this server.

    With an `origin` (from --address) only that one. Without: localhost, the machine's own name and
    the addresses of its own interfaces, so that no name that somebody else may point here is
    believed (DNS rebinding).
    """
    if origin:
        return host.lower() == urlsplit(origin).netloc.lower()
    name = hostname_of(host)
    machine = socket.gethostname().lower()
    if name in {"localhost", machine, f"{machine}.local"}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or _is_on_an_interface(address)


def _is_on_an_interface(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Ask the kernel: only an address of this machine can be bound."""
    if address.is_unspecified or address.is_multicast:
        return False
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def is_same_origin(sent: str | None, scheme: str, host: str, origin: str) -> bool:
    """Whether an Origin header is our own page: `origin`, or without one the request's own."""
    return sent is not None and sent.lower() == (origin or f"{scheme}://{host}").lower()
