"""Processes held by pidfd: started clean, known again after a restart, ended for certain.

A process id alone may come to mean another process; a pidfd cannot.
"""

import ctypes
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import ide

PROC = Path("/proc")
MAX_OPEN_FILES = 65_536
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Account:
    """Numeric ids a process runs as; no passwd entry is needed."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


class Process:
    """One running process, our child or adopted. Thread-safe; `close` drops the handle only."""

    def __init__(
        self, pid: int, child: subprocess.Popen[bytes] | None = None, fd: int | None = None
    ) -> None:
        """Take over the pidfd `fd`, or open one: ProcessLookupError when there is no process."""
        self.pid = pid
        self._child = child
        self.fd = os.pidfd_open(pid) if fd is None else fd

    def alive(self) -> bool:
        """Whether it still runs; collects the exit status of a child that ended."""
        return not self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Return whether it has ended, after at most `seconds`."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        ended = bool(poll.poll(seconds * 1000))
        if ended:
            self._reap()
        return ended

    def send(self, number: int) -> None:
        """Send a signal; one to an ended process is no error."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.fd, number)

    def end(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL after `grace_seconds` (0: at once). Returns when it has ended.

        Raises TimeoutError when the kernel has not ended it 10 s after SIGKILL.
        """
        if grace_seconds > 0:
            self.send(signal.SIGTERM)
            if self.wait(grace_seconds):
                return
        self.send(signal.SIGKILL)
        if not self.wait(10):
            raise TimeoutError(f"process {self.pid} does not end")

    def uid(self) -> int:
        """Return the uid it runs as, -1 when it has ended."""
        try:
            return (PROC / str(self.pid)).stat().st_uid
        except FileNotFoundError:
            return -1

    def arguments(self) -> list[str]:
        """Return its command line, empty when it has ended."""
        try:
            return (PROC / str(self.pid) / "cmdline").read_text("utf-8", "replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            return []

    def age(self) -> float:
        """Return for how many seconds it has run, by the kernel's count; 0 when it has ended."""
        with suppress(ProcessLookupError):
            started = Identity.of(self.pid).start_ticks / os.sysconf("SC_CLK_TCK")
            return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
        return 0.0

    def close(self) -> None:
        """Drop the handle; the process goes on."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _reap(self) -> None:
        if self._child is not None:
            self._child.poll()
            return
        # Not started through us: perhaps a child all the same (the sandbox room forked it).
        with suppress(ChildProcessError):
            os.waitid(os.P_PIDFD, self.fd, os.WEXITED | os.WNOHANG)


def listens(path: Path, process: Process, seconds: float) -> bool:
    """Wait until somebody accepts at `path`; give up when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe_connection:
            try:
                probe_connection.connect(str(path))
            except OSError:
                if process.wait(0.005):
                    return False
            else:
                return True
    return False


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one process from another that later got the same id."""

    pid: int
    start_ticks: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """Read it from /proc. Raises ProcessLookupError when there is no such process."""
        try:
            stat = (PROC / str(pid) / "stat").read_text("utf-8", "replace")
        except FileNotFoundError:
            raise ProcessLookupError(pid) from None
        # The name in parentheses may hold anything; fields are counted behind it.
        start_ticks = int(stat.rpartition(")")[2].split()[19])
        return cls(pid, start_ticks, (PROC / "sys/kernel/random/boot_id").read_text().strip())

    def to_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return {"pid": self.pid, "start_ticks": self.start_ticks, "boot": self.boot}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it back. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(int(value["pid"]), int(value["start_ticks"]), str(value["boot"]))

    def open(self) -> Process | None:
        """Return the very process this names, None when it has ended."""
        try:
            process = Process(self.pid)
        except (ProcessLookupError, OSError):
            return None
        # The handle first, the comparison after: what is compared is what is held.
        with suppress(ProcessLookupError):
            if Identity.of(self.pid) == self and process.alive():
                return process
        process.close()
        return None


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules; `-P` keeps the folder it runs in out."""
    return [sys.executable, "-P", "-m", module, *arguments]


def clean_environ(settings_environ: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a process of ours, built from an allow-list."""
    environ = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **settings_environ,
    }
    code = Path(ide.__file__).resolve().parent.parent
    if code.name not in {"site-packages", "dist-packages"}:
        environ["PYTHONPATH"] = str(code)  # run from a clone, not installed
    return environ


def start(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    account: Account | None = None,
    stderr: int | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start a program in a session of its own, stdin and stdout on /dev/null.

    `account` None means the caller's own. Raises OSError when it cannot be started.
    """
    identity: dict[str, Any] = {}
    if account is not None:
        identity = {"user": account.uid, "group": account.gid, "extra_groups": account.groups}
    child = subprocess.Popen(
        list(command),
        env=dict(environ),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        umask=0o077,
        **identity,
    )
    return Process(child.pid, child)


def raise_open_files() -> None:
    """Let this process and those it starts open as many files as the machine allows.

    The kernel counts descriptors that are being passed on for a whole account, and refuses a
    process that may open fewer than are on their way. Where one account runs all, programs of a
    workspace are counted with us, so they must be allowed less than we are.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def reset_signals() -> None:
    """Give every signal its default meaning and block none.

    A shell started under a process that ignores SIGINT ignores Ctrl-C for ever, and who started
    us (nohup, a script's `&`) may have left it so. Python itself needs SIGPIPE ignored;
    subprocess gives it back its meaning in each child.
    """
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def end_with(parent: int) -> None:
    """Have the kernel kill this process when `parent` ends; end now when it has ended already."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
