"""Which name server a sandbox with a network device asks."""

from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Final

from ide.settings import Settings

MAX_FILE_BYTES: Final = 64 * 1024
_FILES: Final = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
"""The second has what stands behind a stub on loopback, which no sandbox reaches."""


def resolver(settings: Settings, files: Iterable[Path] = _FILES) -> str:
    """Return its IPv4 address: the setting, else the first usable one of this machine, else ""."""
    if settings.resolver:
        return settings.resolver
    return next((address for file in files for address in _listed(file)), "")


def resolv_conf(address: str) -> str:
    """Return the text of /etc/resolv.conf for programs that ask `address`."""
    return f"nameserver {address}\noptions timeout:3 attempts:2\n"


def _listed(file: Path) -> Iterable[str]:
    try:
        with file.open("rb") as opened:
            lines = opened.read(MAX_FILE_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for words in map(str.split, lines):
        if len(words) > 1 and words[0] == "nameserver" and _is_usable(words[1]):
            yield words[1]


def _is_usable(text: str) -> bool:
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)
