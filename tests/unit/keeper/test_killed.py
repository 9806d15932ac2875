"""Which console a killed program is said of, and by which command: never by another's."""

import os
import time
from types import SimpleNamespace

from ide.keeper.foreground import Ran
from ide.keeper.killed import console_of
from ide.keeper.reasons import LimitReached
from ide.keeper.rises import Rise
from ide.keeper.sample import Victim

NOW = 1000.0
TICKS = os.sysconf("SC_CLK_TCK")
OURS, THEIRS = 50, 60


def victim(name="python3", session=OURS, *, began=NOW - 5):
    booted_at = NOW - time.clock_gettime(time.CLOCK_BOOTTIME)
    return Victim(session, name, round((began - booted_at) * TICKS))


def rise(*victims):
    limit = LimitReached("memory", 1, 1)
    return Rise(NOW - 2, NOW, 1, limit, by_machine=False, victims=list(victims))


def console(*ran, leader=OURS, front=0, printed=b""):
    """A shell whose foreground was each of `ran` (group, command, seen), and now is `front`."""
    session = SimpleNamespace(
        leader=lambda: leader, front=lambda: front, ran=[Ran(*one) for one in ran]
    )
    log = SimpleNamespace(start=0, head=len(printed), read=lambda at, size: printed[at:][:size])
    times = SimpleNamespace(offset_at=lambda _at: 0)
    return SimpleNamespace(session=session, log=log, times=times, now=lambda: NOW)


def command(consoles, *victims):
    """Return where the program is said to have been, None for nowhere, and its command."""
    last = victims[-1] if victims else None
    found, text = console_of(SimpleNamespace(running=lambda: consoles), rise(*victims), last)
    return consoles.index(found) if found else None, text


def test_it_is_the_command_that_the_victim_was_a_part_of():
    ran = (7, "timeout 8 python3 hog.py", NOW - 1)
    assert command([console(ran)], victim()) == (0, "timeout 8 python3 hog.py")
    assert command([console(ran, (9, "ls", NOW))], victim()) == (0, "timeout 8 python3 hog.py")
    assert command([console(ran, front=7)], victim()) == (0, "python3"), "that one goes on"
    assert command([console((7, "sleep 8", NOW - 1))], victim()) == (0, "python3")


def test_what_began_after_the_last_look_was_no_part_of_what_was_there_then():
    ran = (7, "timeout 8 python3 other.py", NOW - 1.5)
    assert command([console(ran)], victim(began=NOW - 1)) == (0, "python3")
    assert command([console(ran)], victim(began=NOW - 3)) == (0, ran[1])


def test_where_no_victim_is_known_it_is_what_was_alone_in_the_foreground():
    hog, ls = (7, "hog", NOW - 1), (9, "ls", NOW)
    killed = b"Killed\r\n$ "
    assert command([console(hog, printed=killed)]) == (0, "hog")
    assert command([console(hog)]) == (0, "hog")
    assert command([console(hog, ls, printed=killed)]) == (0, "")
    assert command([console((7, "hog", NOW - 5), printed=killed)]) == (0, "")


def test_what_left_its_console_is_not_said_of_one_in_which_something_ended_just_then():
    bystander = console((7, "ls", NOW - 1))
    assert command([bystander], victim(session=THEIRS)) == (None, "python3")
    both = [bystander, console(leader=THEIRS)]
    assert command(both, victim(session=THEIRS)) == (1, "python3")
