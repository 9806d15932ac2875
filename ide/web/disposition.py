"""Content-Disposition: the name that a download gets."""

from typing import Final
from urllib.parse import quote

_MAX_NAME_CHARS: Final = 200


def disposition(path: bytes, *, inline: bool) -> str:
    """Return Content-Disposition for a file's last name (RFC 6266, RFC 8187).

    Old readers get plain ASCII; others the name as UTF-8, with what no name on another system
    may have (control characters, slashes, bytes that are not UTF-8) replaced.
    """
    name = path.rpartition(b"/")[2].decode("utf-8", "replace")[-_MAX_NAME_CHARS:]
    safe = "".join(char if char.isprintable() and char not in '/\\"' else "_" for char in name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
