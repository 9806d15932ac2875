"""`python -m tests.pty.waiting_table`: what waits for its person, as the kernel tells this account.

Each program has a terminal of its own; when it has said its word, it is asked a few times: one that
shall wait once it does, which takes a while on a busy machine. Prints `{name: [answers]}` as JSON.
"""

import json
import os
import pty
import select
import shutil
import signal
import sys
import tempfile
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ide.agent.waiting import terminal_of, waits

PYTHON = sys.executable
IPYTHON = [
    PYTHON, "-c", "import IPython; IPython.start_ipython(argv=['--no-banner', '--quick'])",
]  # fmt: skip
SOCKETS = "import socket, select, sys; a, b = socket.socketpair(); print('it-runs'); "
POLL = "import select; p = select.poll(); p.register(0, 1); print('it-runs', flush=True); p.poll()"
CLOCK = (
    "import select, tty; tty.setcbreak(0); print('it-runs', flush=True);"
    " select.select([0], [], [], 60)"
)
SECONDS = 20.0

WAIT = {
    "input": ([PYTHON, "-c", "input('it-runs')"], []),
    "password": ([PYTHON, "-c", "import getpass; getpass.getpass('it-runs')"], []),
    "pdb": ([PYTHON, "-c", "print('it-runs'); breakpoint(); pass"], []),
    "read": (["bash", "-c", "read -p it-runs answer"], []),
    "read, echo off": (["bash", "-c", "stty -echo; printf it-runs; read answer"], []),
    "read at the prompt": (["bash", "--norc", "-i"], ["read -p it-ru''ns answer\n"]),
    "one key at the prompt": (["bash", "--norc", "-i"], ["read -n 1 -p it-ru''ns answer\n"]),
    "read in a script of sh": (["sh", "-c", "printf it-runs; read answer"], []),
    "cat": (["sh", "-c", "echo it-runs; exec cat"], []),
    "rm -i": (["rm", "-i", "it-runs"], []),
    "behind a pipe": (["sh", "-c", "echo it-runs; cat | sort; true"], []),
    "input in a thread": (
        [PYTHON, "-c", "import threading as t; t.Thread(target=lambda: input('it-runs')).start()"],
        [],
    ),
    "poll": ([PYTHON, "-c", POLL], []),
    "input in IPython": (IPYTHON, ["input('it-' + 'runs')\r"]),
}  # fmt: skip
GO_ON = {
    "bash": (["bash", "--norc", "-i"], ["PS1='it-ru''ns$ '\n"]),
    "bash in bash": (["bash", "--norc", "-i"], ["PS1='it-runs$ ' bash --norc --noprofile\n"]),
    "sh": (["sh", "-i"], ["PS1='it-ru''ns$ '\n"]),
    "python": ([PYTHON, "-q"], ["import sys; sys.ps1 = 'it-' + 'runs'\n"]),
    "IPython": (IPYTHON, ["'it-' + 'runs'\r"]),
    "sleep": (["sh", "-c", "echo it-runs; sleep 60"], []),
    "a loop": ([PYTHON, "-c", "print('it-runs', flush=True)\nwhile True: pass"], []),
    "a network program": ([PYTHON, "-c", SOCKETS + "a.recv(1)"], []),
    "one that waits for both": ([PYTHON, "-c", SOCKETS + "select.select([0, a], [], [])"], []),
    "one that looks at the clock": (
        [PYTHON, "-c", CLOCK], [],
    ),
    "one that prints": (["sh", "-c", "while echo it-runs; do sleep 9; done"], []),
}  # fmt: skip


def look(argv: list[str], lines: list[str], *, shall_wait: bool) -> list[bool | None]:
    """Return what is said of a program that has said "it-runs" and is quiet."""
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(PS1="it-starts$ ", TERM="xterm-256color", PYTHONDONTWRITEBYTECODE="1")
        os.execvp(argv[0], argv)  # noqa: S606 - the table's own
    try:
        if lines:
            _read_until(master, (b"it-starts$ ", b">>> ", b"In [", b"# ", b"$ "))
        for line in lines:
            os.write(master, line.encode())
        _read_until(master, (b"it-runs",))
        end = time.monotonic() + SECONDS
        while shall_wait and not _answer(pid, master) and time.monotonic() < end:
            pass
        return [_answer(pid, master) for _ in range(3)]
    finally:
        for group in {os.tcgetpgrp(master), pid}:
            os.killpg(group, signal.SIGKILL)
        os.close(master)
        os.waitpid(pid, 0)


def _answer(pid: int, master: int) -> bool | None:
    """Ask after a moment in which it may print."""
    _read_until(master, (), 0.3)
    taps, _, _, modes, *_ = termios.tcgetattr(master)
    return waits(os.tcgetpgrp(master), terminal_of(pid), taps, modes)


def _read_until(master: int, words: tuple[bytes, ...], seconds: float = SECONDS) -> None:
    """Read until one of `words` came, and it is quiet for a moment; without any for `seconds`."""
    seen, end, quiet = b"", time.monotonic() + seconds, 0.1 if words else seconds
    while (left := end - time.monotonic()) > 0:
        came = any(word in seen for word in words)
        if select.select([master], [], [], quiet if came else left)[0]:
            seen += os.read(master, 65536)
            if b"\x1b[6n" in seen:  # IPython asks where the cursor is
                os.write(master, b"\x1b[1;1R")
                seen = seen.replace(b"\x1b[6n", b"")
        elif came:
            return
    assert not words, (words, seen)


def main() -> None:
    folder = tempfile.mkdtemp()
    os.environ.update(HOME=folder, PYTHONPATH=str(Path.cwd()))
    os.chdir(folder)
    Path("it-runs").touch()  # for rm to ask about
    table = WAIT | GO_ON
    with ThreadPoolExecutor(8) as pool:  # each program on its own terminal
        answers = list(pool.map(lambda name: look(*table[name], shall_wait=name in WAIT), table))
    sys.stdout.write(json.dumps(dict(zip(table, answers, strict=True))))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
