"""One live run of a console: the pty's master, the pipe to the log, and input on its way."""

import asyncio
import errno
import fcntl
import os
import re
import struct
import termios
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from ide.keeper.foreground import foreground_of
from ide.keeper.output_log import OutputLog

TURN_BYTES: Final = 64 * 1024
"""Read at most this much before other consoles have their turn."""
MAX_INPUT_BYTES: Final = 1024 * 1024
MAX_UNREAD_BYTES: Final = 8 * 1024
"""Answers wait up to this beyond what the terminal holds: those to 256 questions for a colour."""
_ANSWER: Final = re.compile(rb"\x1b[^\\][^\x1b]*(?:\x1b\\)?")
_TIOCGSID: Final = 0x5429
"""Ask for the session of a terminal; Python's termios does not name it."""
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
        self._input: deque[tuple[bytes, Callable[[], None] | None]] = deque()
        self._input_bytes = 0
        self._reading = self._writing = False
        self._paused = False
        self._reopen: asyncio.TimerHandle | None = None
        self.closed = False
        self.hung = False

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
        self._never_wait()
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
        if self.closed or self._input_bytes + len(data) > MAX_INPUT_BYTES:
            return False
        self._input.append((data, written))
        self._input_bytes += len(data)
        if not self._writing:
            self._send_input()
        return True

    def answer(self, data: bytes) -> None:
        """Queue answers to queries; those beyond MAX_UNREAD_BYTES are dropped, whole ones each.

        Nobody reads them: they would be typed into the next shell, and keys wait behind them.
        """
        room = MAX_UNREAD_BYTES - self._input_bytes
        if len(data) > room:
            ends = (answer.end() for answer in _ANSWER.finditer(data))
            data = data[: max((end for end in ends if end <= room), default=0)]
        if data:
            self.write(data)

    def echo_of_interrupt(self, key: int) -> bytes | None:
        r"""Return what the terminal prints for ^C, ^Z or ^\, b"" for nothing.

        None when the program gets it as a key: else it is a signal, at which the kernel forgets
        what was typed before.
        """
        modes = self._local_modes() or 0
        if not modes & termios.ISIG or modes & termios.NOFLSH:
            return None
        return b"^%c" % (key + 64) if modes & termios.ECHO and modes & termios.ECHOCTL else b""

    def drop_answers(self) -> None:
        """Forget answers that the terminal has not taken; keys stay."""
        self._input = deque(one for one in self._input if one[1])
        self._input_bytes = sum(len(data) for data, _ in self._input)

    def _never_wait(self) -> None:
        """Say again that the master does not block: the agent's copy shares that word with ours."""
        os.set_blocking(self._master, False)

    def _send_input(self) -> None:
        self._never_wait()
        while self._input:
            data, written = self._input[0]
            try:
                count = os.write(self._master, data) if data else 0
            except BlockingIOError:
                count = 0
            except OSError:
                # The terminal is gone; the exit of the session says so.
                self._drop_input()
                break
            self._input_bytes -= count
            if count < len(data):
                self._input[0] = (data[count:], written)
                if not self._writing:
                    self._writing = True
                    self._loop.add_writer(self._master, self._send_input)
                return
            self._input.popleft()
            if written:
                written()
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._master)

    def _drop_input(self) -> None:
        self._input.clear()
        self._input_bytes = 0

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
        return foreground_of(*groups) if groups else None

    def _groups(self) -> tuple[int, int] | None:
        """Return the group in the foreground and the session's leader, None when it is his."""
        if self.closed or self.hung:
            return None
        try:
            group = _pid(self._master, termios.TIOCGPGRP)
            leader = _pid(self._master, _TIOCGSID)
        except OSError:
            return None
        return (group, leader) if group > 0 and leader > 0 and group != leader else None

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

    def _local_modes(self) -> int | None:
        """Return the terminal's local modes, None when nobody has it open."""
        if self.closed or self.hung:
            return None
        try:
            return int(termios.tcgetattr(self._master)[3])
        except termios.error:
            return None

    def close(self) -> None:
        """Close the fds; the rest of the session's life is the agent's business."""
        if self.closed:
            return
        self._stop_reading()
        if self._writing:
            self._loop.remove_writer(self._master)
        if self._reopen:
            self._reopen.cancel()
        self._drop_input()
        self.closed = True
        for fd in (self._master, self._pipe_read, self._pipe_write):
            os.close(fd)


def _pid(fd: int, request: int) -> int:
    (pid,) = struct.unpack("i", fcntl.ioctl(fd, request, b"\0" * 4))
    return int(pid)
