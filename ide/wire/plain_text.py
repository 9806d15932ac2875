"""What a program printed, without escape sequences: for search, downloads and bells. Pure."""

import re
from typing import Final

_SEQUENCE: Final = re.compile(
    rb"\x1b(?:"
    rb"\[[0-?]*[ -/]*[@-~]"  # CSI
    # OSC, DCS and their like; a broken one ends with its line.
    rb"|[\]PX^_][^\n]*?(?:\x07|\x1b\\|(?=\n)|\Z)"
    rb"|[ -/]*[0-OQ-WYZ\\`-~]"
    rb")"
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r")) + b"\x7f"


def plain(data: bytes) -> bytes:
    """Return `data` without escape sequences and control characters; line ends and tabs stay.

    A sequence that goes on behind `data` leaves a trace in what follows.
    """
    if b"\x1b" in data:
        data = _SEQUENCE.sub(b"", data)
    return data.translate(None, _CONTROLS)
