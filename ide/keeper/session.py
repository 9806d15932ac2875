"""One live run of a console: the pty's master, the pipe to the log, and input on its way."""

import asyncio
import errno
import fcntl
import os
import struct
import termios
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from ide.keeper import tty
from ide.keeper.foreground import Ran, foreground_of
from ide.keeper.input_queue import InputQueue
from ide.keeper.output_log import OutputLog

TURN_BYTES: Final = 64 * 1024
"""Read at most this much before other consoles have their turn."""
_RAN: Final = 4
_REOPEN_SECONDS: Final = 0.5
_SPLICES_PER_DRAIN: Final = 12
"""Each read of a pty fills one of the pipe's 16 slots; the pipe must never be full."""


class SessionListener(Protocol):
    """What a session tells its console."""

    def output_came(self, count: int) -> None:
        """`count` bytes more are in the log."""


class Session:
    """Moves bytes. Owns the three fds. Never blocks."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        log: OutputLog,
        master: int,
        pipe: tuple[int, int],
        listener: SessionListener,
    ) -> None:
        """`pipe` is (read end, write end)."""
        self._loop, self._log, self._listener = loop, log, listener
        self._master, (self._pipe_read, self._pipe_write) = master, pipe
        for fd in (master, *pipe):
            os.set_blocking(fd, False)
        self._input = InputQueue(loop, master)
        self._reading = False
        self._paused = False
        self._reopen: asyncio.TimerHandle | None = None
        self.closed = False
        self.hung = False
        self._leader = tty.leader_of(master)
        self.ran: deque[Ran] = deque(maxlen=_RAN)
        """What was seen in the foreground last, the newest at the end."""

    def drain_pipe(self) -> int:
        """Move what a killed predecessor left in the pipe; returns how much.

        Once what a pipe holds: the agent has it open too, and could fill it for ever.
        """
        total, left = 0, fcntl.fcntl(self._pipe_read, fcntl.F_GETPIPE_SZ)
        while not self.closed and total < left:
            count = self._log.take(self._pipe_read, TURN_BYTES)
            if not count:
                break
            total += count
        return total

    def pause(self, *, paused: bool) -> None:
        """Stop or go on reading the program."""
        if self.closed or (self._paused == paused and self._reading != paused):
            return
        self._paused = paused
        if paused or self.hung:
            self._stop_reading()
        elif not self._reading:
            self._reading = True
            self._loop.add_reader(self._master, self._readable)

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._master)

    def _readable(self) -> None:
        self.pump(TURN_BYTES)

    def pump(self, limit: int) -> bool:
        """Move up to about `limit` bytes from the program to the log; False when there are none."""
        if self.closed:
            return False
        os.set_blocking(self._master, False)  # the agent's copy shares that word with ours
        total, alive = 0, True
        while alive and total < limit:
            inside, alive = self._fill_pipe()
            if not inside and alive:
                break
            while inside > 0:
                count = self._log.take(self._pipe_read, inside)
                if not count:
                    break
                inside -= count
                total += count
        if total:
            self._listener.output_came(total)
        if not alive:
            self._on_hangup()
        return total > 0

    def _fill_pipe(self) -> tuple[int, bool]:
        """Return how many bytes went into the pipe, and whether the terminal is still open."""
        inside = 0
        for _ in range(_SPLICES_PER_DRAIN):
            try:
                count = self._to_pipe()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return inside, False
            if count == 0:
                return inside, False
            inside += count
        return inside, True

    def _to_pipe(self) -> int:
        if self._log.splicing:
            try:
                return os.splice(
                    self._master, self._pipe_write, TURN_BYTES,
                    flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK,
                )  # fmt: skip
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self._log.splicing = False
        # One read of a pty is at most 4 KiB, which a pipe takes whole or not at all.
        return os.write(self._pipe_write, os.read(self._master, 4096))

    def _on_hangup(self) -> None:
        self.hung = True
        self._stop_reading()
        # A program may close its terminal and open it again (/dev/tty): look once in a while.
        self._reopen = self._loop.call_later(_REOPEN_SECONDS, self._look_again)

    def _look_again(self) -> None:
        if self.closed:
            return
        self.hung = False
        if not self._paused and not self._reading:
            self._reading = True
            self._loop.add_reader(self._master, self._readable)

    def write(self, data: bytes, written: Callable[[], None] | None = None) -> bool:
        """Queue input for the program, then call `written`. False when the queue is full."""
        return not self.closed and self._input.write(data, written)

    def answer(self, data: bytes) -> None:
        """Queue answers to queries, as far as the program reads them."""
        if not self.closed:
            self._input.answer(data)

    def drop_answers(self) -> None:
        """Forget answers that the terminal has not taken; keys stay."""
        self._input.drop_answers()

    def echo_of_interrupt(self, key: int) -> bytes | None:
        r"""Return what the terminal prints for ^C, ^Z or ^\, b"" for nothing.

        None when the program gets it as a key: else it is a signal, at which the kernel forgets
        what was typed before.
        """
        modes = self._local_modes() or 0
        if not modes & termios.ISIG or modes & termios.NOFLSH:
            return None
        return b"^%c" % (key + 64) if modes & termios.ECHO and modes & termios.ECHOCTL else b""

    def resize(self, cols: int, rows: int, px_width: int, px_height: int) -> None:
        """Tell the kernel, which tells the foreground program."""
        if not self.closed:
            size = struct.pack("HHHH", rows, cols, px_width, px_height)
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def busy(self) -> bool:
        """Whether something else than the session's leader has the foreground."""
        return self._groups() is not None

    def foreground(self) -> dict[str, Any] | None:
        """Return what has the foreground (`foreground_of`), None for the session's leader."""
        groups = self._groups()
        runs = foreground_of(*groups) if groups else None
        if groups and runs:
            if self._is_newest(groups[0]):
                self.ran.pop()  # its first words may have been those of the shell that forked it
            self.ran.append(Ran(groups[0], runs["command"], self._loop.time()))
        return runs

    def look(self) -> str | None:
        """Remember what has the foreground, and return its command line, None for the leader."""
        group = self.front()
        if not group:
            return None
        if self._is_newest(group) and self.ran[-1].command:
            self.ran[-1].seen = self._loop.time()
            return self.ran[-1].command
        runs = self.foreground()
        return runs["command"] if runs else ""

    def _is_newest(self, group: int) -> bool:
        return bool(self.ran) and self.ran[-1].group == group

    def front(self) -> int:
        """Return the process group in the foreground, 0 when it is the session's leader's own."""
        groups = self._groups()
        return groups[0] if groups else 0

    def _groups(self) -> tuple[int, int] | None:
        """Return the group in the foreground and the session's leader, None when it is his."""
        leader = self.leader()
        group = 0 if self.closed or self.hung else tty.foreground_of(self._master)
        return (group, leader) if group and group != leader else None

    def leader(self) -> int:
        """Return the process id of the session's leader, also after its end; 0 for unknown."""
        if not (self.closed or self.hung):
            self._leader = tty.leader_of(self._master) or self._leader
        return self._leader

    def occupation(self, kind: str) -> tuple[bool, bool]:
        """Return whether closing would end something, and whether it waits for a command.

        IPython reads single keys while it asks, and hands the terminal back while it computes;
        what it knows is worth keeping either way.
        """
        if kind == "bash":
            busy = self.busy()
            return busy, not busy
        return True, kind == "python" and self.takes_single_keys()

    def takes_single_keys(self) -> bool:
        """Whether the program reads key by key, as a prompt that edits its line does."""
        modes = self._local_modes()
        return modes is not None and not modes & termios.ICANON

    def reads_all_keys(self) -> bool:
        """Whether the program gets every key as it is, ^C too, as IPython's prompt does."""
        modes = self._local_modes()
        return modes is not None and not modes & (termios.ICANON | termios.ISIG)

    def hides_keys(self) -> bool:
        """Whether whole lines are read without an echo, as passwords are."""
        modes = self._local_modes()
        return modes is not None and bool(modes & termios.ICANON) and not modes & termios.ECHO

    def edits_line(self) -> bool:
        """Whether the program edits its line itself: Bash does at its prompt alone."""
        return not (self.closed or self.hung) and tty.edits_line(self._master)

    def _local_modes(self) -> int | None:
        """Return the terminal's local modes, None when nobody has it open."""
        return None if self.closed or self.hung else tty.local_modes(self._master)

    def close(self) -> None:
        """Close the fds; the rest of the session's life is the agent's business."""
        if self.closed:
            return
        self._stop_reading()
        self._input.close()
        if self._reopen:
            self._reopen.cancel()
        self.closed = True
        for fd in (self._master, self._pipe_read, self._pipe_write):
            os.close(fd)
