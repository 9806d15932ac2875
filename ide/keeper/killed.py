"""In which console a program ran that a limit ended, as far as that can be known.

Only the kernel and the program's parent know which process it was. What is there to go by: what a
shell prints of it, the process that was largest before, and what was in the foreground.
"""

import os
import time
from typing import Final

from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.rises import Rise
from ide.keeper.sample import Victim
from ide.keeper.signals import clean_title

_WORD: Final = b"Killed"
"""What every shell, and most who start programs, print of a child that got SIGKILL."""
_TAIL_BYTES: Final = 8 * 1024
_APART_SECONDS: Final = 2.0
"""What was seen so long before a measurement may still have been there then."""
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


def console_of(consoles: Consoles, rise: Rise, victim: Victim | None) -> tuple[Console | None, str]:
    """Return the console of a program that ended in `rise`, None when it is not known; its command.

    The command is "" where nobody saw it.
    """
    running = consoles.running()
    told = [one for one in running if _says_killed(one, rise)]
    seen = [one for one in running if victim and _leader(one) == victim.session]
    # A victim that was seen elsewhere was in none of them, whatever ended there meanwhile.
    gone = [] if victim else [one for one in running if _ran_since(one, rise, None)]
    name = clean_title(victim.name) if victim else ""
    for few in (seen,) if rise.certain else (told, seen, gone):
        if len(few) == 1:
            found = few[0]
            if found in seen:
                return found, _ran_since(found, rise, victim) or name
            return found, _ran_since(found, rise, None)
    return None, name


def _leader(console: Console) -> int:
    return console.session.leader() if console.session else 0


def _ran_since(console: Console, rise: Rise, victim: Victim | None) -> str:
    """Return what a shell had in its foreground in `rise` and has no more, "" for nothing.

    What began and ended between two looks was not seen: of a `victim` only what it may have been a
    part of counts, and where none is known only what was alone there.
    """
    session = console.session
    if session is None:
        return ""
    front = session.front()
    since = rise.since - _APART_SECONDS
    ended = [one for one in session.ran if one.seen >= since and one.group != front]
    if victim:
        began = _began(victim, console.now())
        ended = [one for one in ended if victim.name in one.command and began <= one.seen][-1:]
    return ended[0].command if len(ended) == 1 else ""


def _began(victim: Victim, now: float) -> float:
    """Return when a process began, in the clock of `now`."""
    booted = now - time.clock_gettime(time.CLOCK_BOOTTIME)
    return booted + victim.started_ticks / _TICKS_A_SECOND


def _says_killed(console: Console, rise: Rise) -> bool:
    """Whether the console has printed the word since the measurement before."""
    log = console.log
    printed_at = time.time() - (console.now() - rise.since)
    start = max(console.times.offset_at(printed_at), log.start, log.head - _TAIL_BYTES)
    tail = b""
    while start < log.head and (part := log.read(start, log.head - start)):
        tail += part
        start += len(part)
    return _WORD in tail
