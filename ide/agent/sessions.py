"""The sessions of a workspace: spawn, end, and keep what each leaves behind.

A session is one live run of a console. Its master, both ends of its pipe and its exit status stay
here until `forget`, so that a new keeper finds them. Nothing here reads a master.
"""

import functools
import os
import signal
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ptyprocess import PtyProcess

from ide.agent import own_shell
from ide.agent.limits import NO_RESERVE, Reserve, become_program
from ide.agent.waiting import terminal_of, waits
from ide.wire.limits import MAX_COLS, MAX_CONSOLES_PER_WORKSPACE, MAX_ROWS

MAX_SESSIONS = 2 * MAX_CONSOLES_PER_WORKSPACE
"""Running and ended ones that were not forgotten yet."""
HANGUP_SECONDS = 2.0
FD_KINDS = ("master", "pipe_read", "pipe_write")


class RefusedError(Exception):
    """A request that cannot be done; `code` is a word of `ide.errors`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Session:
    """One program on a pty. `fds` maps the words of `take` to descriptors that we hold."""

    def __init__(self, console: str, pid: int, fds: dict[str, int]) -> None:
        self.console = console
        self.pid = pid
        self.fds = fds
        self.exit: dict[str, Any] | None = None
        self.foreground_at_hangup = 0

    def foreground(self) -> int:
        """Return the process group that has the terminal, 0 when there is none."""
        if "master" in self.fds:
            try:
                return os.tcgetpgrp(self.fds["master"])
            except OSError:
                return 0
        # After a hangup the kernel still tells it, as long as the pid is the program's.
        current = _foreground_of(self.pid) if self.exit is None else 0
        return current or self.foreground_at_hangup

    def waits(self) -> bool | None:
        """Whether what has the terminal waits for somebody at it, None when nobody can tell."""
        group = self.foreground()
        terminal = terminal_of(self.pid)
        if "master" not in self.fds or not group or not terminal:
            return None
        try:
            taps, _, _, modes, *_ = termios.tcgetattr(self.fds["master"])
        except termios.error:
            return None
        return waits(group, terminal, taps, modes)

    def send_signal(self, number: int, *, also_shell: bool) -> None:
        """Signal the foreground group, and the program's own group when `also_shell`.

        That one first, as the kernel does: a shell must not see its job killed and exit by itself.
        """
        shell = self.pid if also_shell and self.exit is None else 0
        for group in dict.fromkeys(group for group in (shell, self.foreground()) if group):
            try:
                os.killpg(group, number)
            except (ProcessLookupError, PermissionError):
                continue

    def close(self, *kinds: str) -> None:
        """Close our copies of `kinds`, all of them when none is named."""
        for kind in kinds or FD_KINDS:
            fd = self.fds.pop(kind, None)
            if fd is not None:
                os.close(fd)


class Sessions:
    """All sessions of the workspace, by console."""

    def __init__(self, home: str, tools: str, reserve: Reserve = NO_RESERVE) -> None:
        self._home, self._tools = home, tools
        self._reserve = reserve
        self._ignored = _ignored_signals()
        self._by_console: dict[str, Session] = {}
        # Outlives the shell and `forget`: the foreground program may have refused to go.
        self._kill_at: dict[Session, float] = {}

    def listing(self) -> list[dict[str, Any]]:
        """Return what `hello` says about each."""
        return [
            {"console": one.console, "pid": one.pid, "exit": one.exit}
            for one in self._by_console.values()
        ]

    def get(self, console: str) -> Session:
        """Return the session of `console`. Raises RefusedError."""
        try:
            return self._by_console[console]
        except KeyError:
            raise RefusedError("not_found", "no such console here") from None

    def spawn(
        self,
        console: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        size: tuple[int, int],
        *,
        marks: str = "",
    ) -> int:
        """Start `argv` on a pty of `size` (rows, cols) and return its pid.

        A folder that cannot be entered falls back to the home folder. `marks` is what its marks
        carry, "" for a program that prints none. Raises RefusedError.
        """
        old = self._by_console.get(console)
        if old is not None and old.exit is None:
            raise RefusedError("conflict", "this console already runs something")
        if old is None and len(self._by_console) >= MAX_SESSIONS:
            raise RefusedError("too_many", f"there are already {MAX_SESSIONS} consoles")
        rows, cols = size
        if not (1 <= rows <= MAX_ROWS and 1 <= cols <= MAX_COLS):
            raise RefusedError("bad_request", "a size that no terminal has")
        by = own_shell.spawn if own_shell.is_own(argv, self._tools) else _fork
        spawn = functools.partial(
            by, argv, env, (cwd, self._home, "/"), size,
            ignored=self._ignored, reserve=self._reserve,
        )  # fmt: skip
        session = _start(console, argv[0], spawn, marks)
        if old is not None:
            old.close()
        self._by_console[console] = session
        return session.pid

    def hang_up(self, console: str) -> None:
        """Close the master and send SIGHUP; what still stands after 2 s gets SIGKILL."""
        session = self.get(console)
        session.foreground_at_hangup = session.foreground()
        session.send_signal(signal.SIGHUP, also_shell=True)
        session.send_signal(signal.SIGCONT, also_shell=True)
        session.close("master")
        self._kill_at[session] = time.monotonic() + HANGUP_SECONDS

    def forget(self, console: str) -> None:
        """Drop a session that ended: its fds and its exit status. Raises RefusedError."""
        session = self.get(console)
        if session.exit is None:
            raise RefusedError("conflict", "this console still runs; end it first")
        session.close()
        del self._by_console[console]

    def reaped(self, pid: int, status: int) -> dict[str, Any] | None:
        """Take note that `pid` ended; return the exit event when it was a session's program."""
        for session in self._by_console.values():
            if session.pid == pid and session.exit is None:
                signalled = os.WIFSIGNALED(status)
                session.exit = {
                    "how": "signal" if signalled else "exit",
                    "status": os.WTERMSIG(status) if signalled else os.WEXITSTATUS(status),
                    "at": time.time(),
                }
                return {"event": "exit", "console": session.console, **session.exit}
        return None

    def kill_due(self, now: float) -> None:
        """Send SIGKILL where a hangup was not enough in time."""
        for session in [one for one, due in self._kill_at.items() if due <= now]:
            del self._kill_at[session]
            session.send_signal(signal.SIGKILL, also_shell=True)

    def next_kill(self) -> float | None:
        """Return when `kill_due` has something to do, in time.monotonic() seconds."""
        return min(self._kill_at.values(), default=None)

    def pids(self) -> list[int]:
        """Return the process ids of the programs that have not ended."""
        return [one.pid for one in self._by_console.values() if one.exit is None]

    def leaders(self) -> dict[int, str]:
        """Return the consoles by the process id of the program that leads each."""
        return {one.pid: one.console for one in self._by_console.values() if one.exit is None}

    def running(self) -> list[str]:
        """Return the consoles whose program has not ended."""
        return [one.console for one in self._by_console.values() if one.exit is None]


def _start(
    console: str, program: str, spawn: Callable[..., tuple[int, int]], marks: str
) -> Session:
    """Return the session of what `spawn` starts, which returns its pid and the terminal's master.

    Raises RefusedError.
    """
    open_before = _open_fds()
    try:
        key = own_shell.key_pipe(marks) if marks else None
        pid, master = spawn(key=key)
        if key is not None:
            os.close(key)
        read_end, write_end = os.pipe()
    except (OSError, ValueError) as error:
        _close_since(open_before)
        raise RefusedError("unavailable", f"cannot start {program}: {error}") from error
    return Session(console, pid, {"master": master, "pipe_read": read_end, "pipe_write": write_end})


def _fork(
    argv: Sequence[str],
    env: Mapping[str, str],
    folders: Sequence[str],
    size: tuple[int, int],
    *,
    ignored: Sequence[int],
    reserve: Reserve,
    key: int | None = None,
) -> tuple[int, int]:
    """Start a program as `own_shell.spawn` does, with all of it done between fork and exec."""
    prepare = functools.partial(_become_child, folders, ignored, reserve, key)
    passed = () if key is None else (key,)
    more = {} if key is None else {"IDE_MARKS": str(key)}
    process = PtyProcess.spawn(
        list(argv), env={**env, **more}, preexec_fn=prepare, dimensions=size, pass_fds=passed
    )
    master = os.dup(process.fd)  # a copy of ours that no program inherits
    process.fileobj.close()
    process.closed = True  # else its finalizer would wait for the child
    return process.pid, master


def _ignored_signals() -> list[int]:
    """Return what a program would inherit as ignored; handlers end by themselves with exec.

    Not SIGXFSZ: a program that writes while the disk space is used up hears an error, and lives.
    Once for all programs: asking for each signal takes longer than the rest of the child's way.
    """
    signals = signal.valid_signals() - {signal.SIGXFSZ}
    return [one for one in signals if signal.getsignal(one) is signal.SIG_IGN]


def _become_child(
    folders: Sequence[str], ignored: Sequence[int], reserve: Reserve, key: int | None
) -> None:
    """Undo, in the child, everything of ours that a program must not inherit but `key`."""
    become_program(reserve)
    if key is not None:
        os.set_inheritable(key, True)
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    own_shell.enter(folders)


def _open_fds() -> set[int]:
    with os.scandir("/proc/self/fd") as names:
        fds = {int(one.name) for one in names}
    return {fd for fd in fds if _is_open(fd)}  # without that of the listing itself


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _close_since(before: set[int]) -> None:
    """Close what a failed start left open: ptyprocess leaks a pipe when fork is refused."""
    for fd in _open_fds() - before:
        os.close(fd)


def _foreground_of(pid: int) -> int:
    """Return the foreground group of the terminal of `pid`, 0 when it has none or is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib costs memory here
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0
    return max(0, int(fields[5]))
