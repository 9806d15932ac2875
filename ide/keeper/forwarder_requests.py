"""What a program asks of the forwarder, and what it is told when it cannot have it. Pure."""

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import h11

from ide.guard.network import ALLOWED_PORTS

MAX_HEAD_BYTES: Final = 16 * 1024

ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"

_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252})", re.ASCII)
_IPV6: Final = re.compile(r"[0-9a-f:.]{2,45}", re.ASCII)

# Between two neighbours only (RFC 9110, 7.6.1), with what clients send to proxies alone.
_HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
     b"proxy-connection", b"te", b"upgrade", b"host"}
)  # fmt: skip


class RefusedError(Exception):
    """A request that is answered with an HTTP status and a sentence.

    The sentence is the reason phrase as well: pip shows nothing else.
    """

    def __init__(self, status: int, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.advice = advice

    def answer(self) -> bytes:
        """Return the whole HTTP answer."""
        body = f"{self.sentence}. {self.advice}".strip().encode("ascii", "replace") + b"\n"
        reason = self.sentence.encode("ascii", "replace")
        return (
            b"HTTP/1.1 %d %b\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%b"
        ) % (self.status, reason, len(body), body)


@dataclass(frozen=True, slots=True)
class Order:
    """Where to connect, and what to send there first; `is_tunnel` means CONNECT."""

    host: str
    port: int
    is_tunnel: bool
    first: bytes


class HeadReader:
    """Collects a request's head, at most MAX_HEAD_BYTES of it."""

    def __init__(self) -> None:
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)

    def feed(self, data: bytes) -> Order | None:
        """Return the order once its head is complete. Raises RefusedError."""
        try:
            self._parser.receive_data(data)
            event = self._parser.next_event()
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise RefusedError(431, f"The head is over {MAX_HEAD_BYTES} bytes") from None
            raise RefusedError(400, "This is not an HTTP request") from None
        if event is h11.NEED_DATA:
            return None
        if not isinstance(event, h11.Request):
            raise RefusedError(400, "The connection ended before the request did")
        rest, _closed = self._parser.trailing_data
        return _tunnel(event, rest) if event.method == b"CONNECT" else _plain(event, rest)


def _tunnel(request: h11.Request, rest: bytes) -> Order:
    return _order(f"//{request.target.decode('ascii', 'replace')}", is_tunnel=True, first=rest)


def _plain(request: h11.Request, rest: bytes) -> Order:
    """Return the order of an absolute-form request, its head as the server expects it.

    The connection serves this one request: `Connection: close` makes client and server end it,
    so what follows the head goes through as it comes.
    """
    target = request.target.decode("ascii", "replace")
    if not target.lower().startswith("http://"):
        raise RefusedError(
            400,
            "This is the workspace's web proxy",
            "Programs use it by themselves through http_proxy and https_proxy.",
        )
    named = {
        token.strip().lower()
        for name, value in request.headers
        if name == b"connection"
        for token in value.split(b",")
    }
    order = _order(target, is_tunnel=False)
    parts = urlsplit(target)
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    if not path.startswith("/"):
        path = f"/{path}"
    headers = [(b"host", parts.netloc.rpartition("@")[2].encode("ascii"))]
    headers += [
        (name, value)
        for name, value in request.headers
        if name not in _HOP_BY_HOP and name not in named
    ]
    headers.append((b"connection", b"close"))
    try:
        head = h11.Connection(h11.CLIENT).send(
            h11.Request(method=request.method, target=path, headers=headers)
        )
    except h11.LocalProtocolError:
        raise RefusedError(400, "This is not an HTTP request") from None
    return replace(order, first=(head or b"") + rest)


def _order(url: str, *, is_tunnel: bool, first: bytes = b"") -> Order:
    """Check host and port of the target. Raises RefusedError."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise RefusedError(400, "The target is not HOST:PORT") from None
    if not (_HOST.fullmatch(host) or (":" in host and _IPV6.fullmatch(host))):
        raise RefusedError(400, "The target is not HOST:PORT")
    if port is None and not is_tunnel:
        port = 80
    if port is None or port not in (ALLOWED_PORTS if is_tunnel else {80}):
        raise RefusedError(
            403,
            f"Port {port} of {host} is closed: consoles reach ports 80 and 443",
            "For git use an https address; ssh and other ports need the network plan outbound.",
        )
    return Order(host, port, is_tunnel, first)
