"""The zygote: a process that has everything imported and forks a keeper for each request.

`python -m ide.keeper.zygote SOCKET_FD DATA ROOM`, started by the supervisor; ROOM is dots, so that
the longer command line of a keeper fits (see title.py). It has one thread, no data of
anybody and one way in: a SOCK_SEQPACKET socketpair with the supervisor. Keepers share its pages and
start without importing anything; they outlive it. As root it stays root, because only root can
become each keeper's account; the child gives that up before it does anything else.

It says `{}` once it is ready. Request `{workspace, data, runtime, uid, gid, groups, enter}` (uid
null: nobody changes; `enter` names files of a control group), answer `{ok: true, pid}` with a
pidfd, or `{ok: false, message}`.
"""

import ide.keeper.lean  # noqa: F401 - before any other

# isort: split
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ide.build import build_id
from ide.errors import IdeError
from ide.keeper import main as keeper
from ide.keeper.server_log import say
from ide.keeper.title import show_command_line
from ide.screen.engine import CHECKPOINTS
from ide.screen.ghostty import GhosttyScreen

MAX_REQUEST_BYTES: Final = 16 * 1024
_PR_SET_DUMPABLE: Final = 4


def serve(requests: socket.socket, build: str) -> None:
    """Fork keepers, of this `build`, until the supervisor closes its end."""
    # One that was killed before it took an answer, or while we gave one, ends us all the same.
    with suppress(ConnectionResetError, BrokenPipeError):
        _serve(requests, build)


def _serve(requests: socket.socket, build: str) -> None:
    children: set[int] = set()
    while True:
        poll = select.poll()
        for fd in (requests.fileno(), *children):
            poll.register(fd, select.POLLIN)
        ready = {fd for fd, _ in poll.poll()}
        for ended in children & ready:
            os.waitid(os.P_PIDFD, ended, os.WEXITED)
            os.close(ended)
        children -= ready
        if requests.fileno() not in ready:
            continue
        request = requests.recv(MAX_REQUEST_BYTES)
        if not request:
            return
        child = _answer(requests, json.loads(request) | {"build": build}, children)
        if child is not None:
            children.add(child)


def _answer(requests: socket.socket, request: dict[str, Any], children: set[int]) -> int | None:
    """Fork and answer; return the child's pidfd, None when no child could be made."""
    try:
        pid = os.fork()
    except OSError as error:
        message = f"no process can be made: {error.strerror}"
        requests.send(json.dumps({"ok": False, "message": message}).encode())
        return None
    if pid == 0:
        for fd in (requests.fileno(), *children):
            os.close(fd)
        requests.detach()
        _become_keeper(request)
    child = os.pidfd_open(pid)  # nobody but us collects it, so the id still means it
    socket.send_fds(requests, [json.dumps({"ok": True, "pid": pid}).encode()], [child])
    return child


def _become_keeper(request: dict[str, Any]) -> None:
    """Turn this fork into a keeper. Never returns."""
    status = 1
    try:
        os.setsid()
        _enter_group(request["enter"])
        _change_account(request)
        words = ["--workspace", request["workspace"], "--data", request["data"]]
        words += ["--runtime", request["runtime"]]
        words += ["--build", request["build"], "--checkpoints", CHECKPOINTS]
        show_command_line([sys.executable, "-m", "ide.keeper", *words])
        status = keeper.run(request["workspace"], Path(request["data"]), request["runtime"])
    except IdeError as error:
        say("not started", workspace=request["workspace"], text=error.message)
    except BaseException:  # noqa: BLE001 - a fork must never run on into the zygote's loop
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _enter_group(files: list[str]) -> None:
    """Put this process into a control group. Raises OSError."""
    for file in files:
        fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, b"0")
        finally:
            os.close(fd)


def _change_account(request: dict[str, Any]) -> None:
    if request["uid"] is None:
        return
    os.setgroups(request["groups"])
    os.setresgid(request["gid"], request["gid"], request["gid"])
    os.setresuid(request["uid"], request["uid"], request["uid"])
    # The kernel marks who changed its account as untouchable, /proc files included, until an
    # exec; nothing of the zygote's is secret, and the supervisor tells its keepers by /proc.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def warm() -> None:
    """Do once what the first screen of every keeper would do: its first snapshot takes 0.2 s."""
    engine = GhosttyScreen.new(80, 24)
    engine.feed(b"\x1b[1mwarm\x1b[0m\r\n")
    engine.snapshot()
    engine.close()


def main(arguments: list[str]) -> int:
    """Run until the supervisor is gone. Returns 0."""
    fd, data, _room = arguments
    show_command_line([sys.executable, "-m", "ide.keeper.zygote", "--data", data])
    build = build_id()
    requests = socket.socket(fileno=int(fd))
    os.set_inheritable(requests.fileno(), False)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.umask(0o077)
    warm()
    # Collected and frozen, the objects of the imports are not touched by a child's collector, and
    # their pages stay shared.
    gc.collect()
    gc.freeze()
    requests.send(b"{}")
    serve(requests, build)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
