"""Where the agent starts: `agent.zip WORKSPACE LISTENER READY HOME TOOLS KIND LIMITS`.

LISTENER and READY are inherited fds: the listening socket, and a pipe that gets one byte once
keepers are served. KIND is `bubblewrap`, where we are PID 1, or `none`, where we are not.
LIMITS is JSON, see limits.py.
"""

import _thread
import os
import signal
import socket
import sys

from ide.agent import limits
from ide.agent.agent import Agent

PROXY_PORT = 3128
PROXY_BACKLOG = 64


def main() -> None:
    """Run until told to end from outside."""
    listener_fd, ready_fd = int(sys.argv[2]), int(sys.argv[3])
    home, tools, kind, word = sys.argv[4:8]
    confined = kind != "none"
    _shed_inheritance()
    reserve = limits.hold(word)
    wake = _hear_signals(confined=confined)
    listener = socket.socket(fileno=listener_fd)
    os.set_inheritable(listener_fd, False)
    os.set_inheritable(ready_fd, False)
    proxy = _open_proxy() if confined else None
    agent = Agent(listener, proxy, wake, home=home, tools=tools, reserve=reserve)
    agent.processes.ours.add(_start_environment(home, tools, reserve))
    os.write(ready_fd, b"1")
    os.close(ready_fd)
    agent.run()


def _shed_inheritance() -> None:
    """Point stdio at nothing, a new session: programs inherit all of it."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)
    os.close(nothing)
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.umask(0o022)


def _hear_signals(*, confined: bool) -> socket.socket:
    """Return a socket that yields the number of each signal that concerns us.

    SIGTERM counts only from outside: no handler can tell who sent it, so a thread waits for it,
    and a program inside that signals PID 1 is not heard.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait_for_end() -> None:
        while True:
            info = signal.sigwaitinfo({signal.SIGTERM})
            # A sender outside our pid namespace has no number here; si_code 0 is kill() itself,
            # which nobody can forge.
            if not confined or (info.si_pid == 0 and info.si_code == 0):
                theirs.send(bytes([signal.SIGTERM]))
                return

    _thread.start_new_thread(wait_for_end, ())  # the module around it would cost 0.2 MB
    return ours


def _open_proxy() -> socket.socket:
    proxy = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    proxy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    proxy.bind(("127.0.0.1", PROXY_PORT))
    proxy.listen(PROXY_BACKLOG)
    return proxy


def _start_environment(home: str, tools: str, reserve: limits.Reserve) -> int:
    """Begin making the workspace's Python environment; consoles that need it wait for it.

    Returns the session that does, 0 when none does.
    """
    program = f"{tools}/ensure-env"
    if not os.access(program, os.X_OK):
        return 0
    pid = os.posix_spawn(
        program,
        [program, "background"],
        {"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        setsigmask=(),
        setsigdef=(signal.SIGINT, signal.SIGPIPE, signal.SIGTERM),
        setsid=True,
    )
    limits.give_up(reserve, pid)
    return pid
