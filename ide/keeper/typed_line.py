"""What was typed at a prompt, read off the echo of the shell's line editor.

Bash gives nobody the line before it runs it, except at the price of a process or of somebody's
DEBUG trap. What its editor echoes, played on a small screen, is what the person saw.
"""

import re
from typing import Final

from ide.keeper.paper import MAX_ECHO_BYTES, TypedLine
from ide.keeper.signals import clean_line

MAX_COMMAND_BYTES: Final = 4096
_SECONDARY: Final = "> "
"""Bash's prompt where a command goes on."""
_TYPED_AHEAD: Final = re.compile(rb"(\n\x1b\[\?2004l\r).*?(?=\x1b\[\?2004h|\Z)", re.DOTALL)
"""What the terminal itself echoes once the line editor has let go of it, until it takes it back."""


def command_of(line: TypedLine, echo: bytes) -> str:
    """Return the command that is behind the prompt once `echo`, the last of it, is played.

    Clean lines, together at most MAX_COMMAND_BYTES. One that begins with a space is "": so one
    tells Bash to forget it. What was typed ahead of the next prompt is of the next command.
    """
    line.play(_TYPED_AHEAD.sub(rb"\1", echo[:MAX_ECHO_BYTES]))
    first, *more = line.text().split("\n")
    if all(one.startswith(_SECONDARY) for one in more):
        more = [one.removeprefix(_SECONDARY) for one in more]
    return "" if first.startswith(" ") else clean_command("\n".join([first, *more]))


def clean_command(text: str) -> str:
    """Return lines without control and reordering characters, at most MAX_COMMAND_BYTES."""
    lines = (clean_line(line, MAX_COMMAND_BYTES) for line in text.splitlines())
    whole = "\n".join(lines).strip("\n")
    return whole.encode("utf-8", "replace")[:MAX_COMMAND_BYTES].decode("utf-8", "ignore")
