"""Where the page listens and what to type on this and on another device."""

import errno
import io
import socket
from typing import Final

import segno

from ide.errors import SettingsError
from ide.settings import Settings

BACKLOG: Final = 1024


def split_bind(settings: Settings) -> tuple[str, int]:
    """Return address and port to bind; `--lan` means every IPv4 interface."""
    host, _, port = settings.bind.rpartition(":")
    return ("0.0.0.0" if settings.lan else host.strip("[]")), int(port)  # noqa: S104 - asked for


def bind(settings: Settings) -> socket.socket:
    """Return the listening socket. Raises SettingsError that says what is in the way."""
    host, port = split_bind(settings)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # A name that cannot be resolved comes with the resolver's negative number.
        number = errno.EADDRNOTAVAIL if (error.errno or 0) < 0 else error.errno
        reason = {
            errno.EADDRINUSE: f"port {port} is in use by another program",
            errno.EACCES: f"port {port} is only for root; ports from 1024 up are for everybody",
            errno.EADDRNOTAVAIL: f"{host} is not an address of this machine",
        }.get(number or 0, str(error.strerror))
    raise SettingsError(
        f"{reason}. Choose another, for example: --bind 127.0.0.1:{port + 1 if port else 8000}"
    )


def lan_address() -> str:
    """Return the IPv4 address by which other devices reach this machine, "" when there is none.

    Asks the routing table; no packet is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def page_address(settings: Settings, port: int, name: str = "") -> str:
    """Return the address that is printed, with a slash at the end.

    `name` is what the certificate is for, "" without TLS of our own.
    """
    if settings.address:
        return settings.address.rstrip("/") + "/"
    if name:
        return f"https://{f'[{name}]' if ':' in name else name}:{port}/"
    host, _ = split_bind(settings)
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        host = (lan_address() if settings.lan else "") or "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def qr_code(text: str) -> str:
    """Return a QR code drawn with half blocks, for a terminal that shows UTF-8."""
    drawn = io.StringIO()
    segno.make(text, error="l").terminal(drawn, border=2, compact=True)
    return drawn.getvalue()
