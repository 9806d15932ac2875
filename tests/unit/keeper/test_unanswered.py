"""From where on queries are answered after an interrupt: from its echo on."""

import asyncio
import os
import termios
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from ide.keeper.output_log import OutputLog
from ide.keeper.session import Session
from ide.keeper.unanswered import Unanswered


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def log(tmp_path: Path) -> Iterator[OutputLog]:
    made = OutputLog(tmp_path, 1 << 20)
    yield made
    made.close()


@pytest.mark.parametrize("pieces", [[b"old^C\r\n$ "], [b"o", b"ld^", b"C\r\n"], [b"old", b"^C"]])
def test_what_comes_before_the_echo_is_not_answered(log, pieces):
    log.append(b"flood")
    unanswered = Unanswered(log, Clock())
    unanswered.interrupted(b"^C")
    for piece in pieces:
        log.append(piece)
        unanswered.output_came()
    assert unanswered.until == len(b"floodold")
    log.append(b"new")
    assert not unanswered.output_came()


def test_where_the_terminal_prints_nothing_all_after_the_interrupt_is_answered(log):
    log.append(b"flood")
    unanswered = Unanswered(log, Clock())
    unanswered.interrupted(b"")
    log.append(b"new")
    assert not unanswered.output_came()
    assert unanswered.until == len(b"flood")


def test_an_echo_that_does_not_come_is_not_waited_for_long(log):
    clock = Clock()
    unanswered = Unanswered(log, clock)
    unanswered.interrupted(b"^C")
    log.append(b"some")
    assert unanswered.output_came()
    clock.now = 2.0
    log.append(b"more")
    assert not unanswered.output_came()
    assert unanswered.until == len(b"some")


def test_an_echo_that_was_held_with_the_output_before_it_counts(log):
    """A page that reads slowly holds the program, and all that its terminal has."""
    clock = Clock()
    unanswered = Unanswered(log, clock)
    unanswered.interrupted(b"^C")
    clock.now = 30.0
    log.append(b"old^C\r\n$ ")
    assert unanswered.output_came()
    assert unanswered.until == len(b"old")


def test_only_an_interrupt_that_is_a_signal_forgets_answers(log):
    async def story() -> None:
        master, slave = os.openpty()
        session = Session(asyncio.get_running_loop(), log, master, os.pipe(), Mock())
        modes = termios.tcgetattr(slave)
        usual = modes[3]
        for local, echo in (
            (usual, b"^C"),
            (usual & ~termios.ECHO, b""),
            (usual & ~termios.ISIG, None),
            (usual | termios.NOFLSH, None),
        ):
            modes[3] = local
            termios.tcsetattr(slave, termios.TCSANOW, modes)
            assert session.echo_of_interrupt(3) == echo
        assert session.echo_of_interrupt(26) is None
        os.close(slave)
        session.close()
        assert session.echo_of_interrupt(3) is None

    asyncio.run(story())
