"""One POST to an address that somebody else named: checked, bounded, and never redirected."""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import h11

from ide.outside.addresses import NoWayError, family, outside_addresses

SECONDS: Final = 20.0
"""For all of it: connecting, TLS, sending and the answer, however slowly it drips."""
CONNECT_SECONDS: Final = 5.0
MAX_HEAD_BYTES: Final = 16 * 1024
MAX_READ_BYTES: Final = 64 * 1024
MAX_TRIED_ADDRESSES: Final = 3
_CHUNK_BYTES: Final = 8192
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: its status, and Retry-After as it came ("" without one)."""

    status: int
    retry_after: str = ""


def checked_url(url: str, *, loopback: bool = False) -> SplitResult:
    """Return the parts of an address that may be posted to. Raises NoWayError with the reason.

    Nothing is looked up. `loopback` allows http, to this machine's loopback alone.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise NoWayError("That is not a web address") from None
    local = loopback and host in _LOCAL_NAMES
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise NoWayError("The address must begin with https://")
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise NoWayError("That is not a web address")
    if parts.username is not None or parts.password is not None:
        raise NoWayError("The address must hold no user name and no password")
    return parts


def port_of(parts: SplitResult) -> int:
    """Return the port of an address, the usual one where it names none."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def post(url: str, headers: Mapping[str, str], body: bytes, *, loopback: bool = False) -> Answer:
    """Send `body` and return the answer's head; blocks SECONDS at most. Raises NoWayError."""
    deadline = time.monotonic() + SECONDS
    parts = checked_url(url, loopback=loopback)
    host, port = parts.hostname or "", port_of(parts)
    addresses = outside_addresses(host, port, loopback=loopback)
    try:
        with _connect(addresses, port, host, deadline, tls=parts.scheme == "https") as connection:
            return _exchange(connection, _request(parts, headers, body), body, deadline)
    except TimeoutError:
        raise NoWayError(f"{host} did not answer in time") from None
    except ssl.SSLCertVerificationError as error:
        raise NoWayError(f"The certificate of {host} is not good: {error.verify_message}") from None
    except h11.LocalProtocolError:
        raise NoWayError("That is not a web address") from None
    except h11.RemoteProtocolError:
        raise NoWayError(f"{host} answered something that is not HTTP") from None
    except OSError as error:
        raise NoWayError(f"{host} cannot be reached: {_reason(error)}") from None


def _connect(
    addresses: list[str], port: int, host: str, deadline: float, *, tls: bool
) -> socket.socket:
    """Connect to the first of these very addresses that takes it. Raises OSError."""
    failed: OSError | None = None
    for address in addresses[:MAX_TRIED_ADDRESSES]:
        connection = socket.socket(family(address), socket.SOCK_STREAM)
        try:
            connection.settimeout(min(CONNECT_SECONDS, _left(deadline)))
            connection.connect((address, port))
            if not tls:
                return connection
            connection.settimeout(_left(deadline))
            return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        except OSError as error:
            connection.close()
            failed = error
    raise failed or TimeoutError


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes) -> h11.Request:
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    own = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close"}
    return h11.Request(
        method="POST",
        target=target if target.startswith("/") else f"/{target}",
        headers=[*own.items(), *headers.items()],
    )


def _exchange(
    connection: socket.socket, request: h11.Request, body: bytes, deadline: float
) -> Answer:
    """Raise OSError, TimeoutError, or h11.RemoteProtocolError for what is no HTTP."""
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    head = client.send(request) or b""
    connection.settimeout(_left(deadline))
    connection.sendall(head + (client.send(h11.Data(data=body)) or b""))
    client.send(h11.EndOfMessage())
    room = MAX_READ_BYTES
    while room > 0:
        event = client.next_event()
        if event is h11.NEED_DATA:
            connection.settimeout(_left(deadline))
            data = connection.recv(min(_CHUNK_BYTES, room))
            room -= len(data)
            client.receive_data(data)
        elif isinstance(event, h11.Response):
            after = dict(event.headers).get(b"retry-after", b"")
            return Answer(event.status_code, after.decode("ascii", "replace")[:100])
        elif not isinstance(event, h11.InformationalResponse):
            break
    raise ConnectionResetError(104, "it closed without an answer")


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        broke = isinstance(error, ssl.SSLEOFError)
        return "the connection broke" if broke else "it speaks no TLS that this server knows"
    return error.strerror or "the connection broke"


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
