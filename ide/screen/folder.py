"""The folder that a program announces with OSC 7, as an address: `file://host/path`."""

from typing import Final
from urllib.parse import unquote, urlsplit

MAX_CHARS: Final = 512


def folder_of(address: str) -> str:
    """Return the absolute path in an address, "" when there is none or it is over MAX_CHARS.

    Programs print anything: what is no address names no folder.
    """
    try:
        path = unquote(urlsplit(address).path, errors="surrogateescape")
    except ValueError:  # a host like "[x"
        return ""
    return path if is_folder(path) else ""


def is_folder(path: str) -> bool:
    """Whether this is an absolute path of a length worth remembering."""
    return path.startswith("/") and len(path) <= MAX_CHARS
