"""What the kernel says of a terminal to whoever holds its master."""

import fcntl
import struct
import termios
from typing import Final

_TIOCGSID: Final = 0x5429
"""Ask for the session of a terminal; Python's termios does not name it."""


def leader_of(master: int) -> int:
    """Return the process that leads the terminal's session, as seen from here; 0 for none."""
    return _ask(master, _TIOCGSID)


def foreground_of(master: int) -> int:
    """Return the process group that has the terminal, 0 for none."""
    return _ask(master, termios.TIOCGPGRP)


def local_modes(master: int) -> int | None:
    """Return the terminal's local modes, None when nobody has it open."""
    try:
        return int(termios.tcgetattr(master)[3])
    except termios.error:
        return None


def edits_line(master: int) -> bool:
    """Whether the program edits its line itself, as Bash does at its prompt.

    It then reads key by key and gets Return as it is, or as zsh does Return and line feed in each
    other's place; Bash's `read -n` has Return turned into a line feed, as programs usually do.
    """
    try:
        modes = termios.tcgetattr(master)
    except termios.error:
        return False
    turned = modes[0] & (termios.ICRNL | termios.INLCR)
    return not modes[3] & termios.ICANON and turned != termios.ICRNL


def _ask(master: int, request: int) -> int:
    try:
        (pid,) = struct.unpack("i", fcntl.ioctl(master, request, b"\0" * 4))
    except OSError:
        return 0
    return max(0, int(pid))
