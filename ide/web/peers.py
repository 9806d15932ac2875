"""How our own TLS front tells the web who asks: by the name of its end of a unix socket.

An abstract name, so it leaves no file; it holds for the whole connection, however many requests
come on it, and no header or line that a visitor may send can change it.
"""

import ipaddress
import secrets
from typing import Final

_MARK: Final = "\0ide-peer/"


def peer_name(address: str) -> bytes:
    """Return a name to bind before connecting, another one each time.

    No other account of the machine can guess it, and so take it before.
    """
    return f"{_MARK}{secrets.token_hex(8)}/{address}".encode()


def peer_address(name: str) -> str:
    """Return the address that a name carries, "" for a socket without one."""
    if not name.startswith(_MARK):
        return ""
    try:
        return str(ipaddress.ip_address(name.rpartition("/")[2].partition("%")[0]))
    except ValueError:
        return ""
