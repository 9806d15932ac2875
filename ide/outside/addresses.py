"""Names and the addresses behind them. Who connects takes an address that was checked here."""

import socket
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

from ide.guard.network import is_public

LOOK_UP_SECONDS: Final = 10.0
_THREADS: Final = 16
"""A name that hangs holds one for longer than LOOK_UP_SECONDS, and others ask meanwhile."""

_pool = ThreadPoolExecutor(_THREADS, "resolve")


class NoWayError(Exception):
    """There is no way to a host; the message is a sentence for a person, without its full stop."""


def look_up(host: str, port: int) -> list[str]:
    """Return the literal addresses of a name, best first; blocks. Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def family(address: str) -> socket.AddressFamily:
    """Return the family of a literal address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def is_own(address: str) -> bool:
    """Whether this machine itself has the address: then nothing outside would be between.

    Asks the routing table (a datagram socket that sends nothing): to itself the machine speaks
    from the very address it speaks to.
    """
    with socket.socket(family(address), socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return False  # no route: connecting will say so
        return bool(probe.getsockname()[0] == address)


def is_outside(address: str) -> bool:
    """Whether a literal address is of the public internet and not of this machine."""
    return is_public(address) and not is_own(address)


def outside_addresses(host: str, port: int, *, loopback: bool = False) -> list[str]:
    """Return those addresses of a host that may be connected to; blocks up to LOOK_UP_SECONDS.

    `loopback`: those of loopback too. Raises NoWayError.
    """
    asked: Future[list[str]] = _pool.submit(look_up, host, port)
    try:
        found = asked.result(LOOK_UP_SECONDS)
    except TimeoutError:
        asked.cancel()
        raise NoWayError(f"The name server did not answer about {host}") from None
    except (OSError, UnicodeError):
        raise NoWayError(f"There is no host {host}") from None
    allowed = [each for each in found if is_outside(each) or (loopback and _is_loopback(each))]
    if not allowed:
        raise NoWayError(f"{host} is not on the public internet")
    return allowed


def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback
