"""Starts keepers: asks the zygote, a process with everything imported, to fork one."""

import json
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from ide.errors import UnavailableError
from ide.placement.processes import Account, Process, python, start
from ide.settings import Settings

START_SECONDS: Final = 20.0
"""For a new zygote to import everything and to warm up."""
FORK_SECONDS: Final = 5.0
MAX_ANSWER_BYTES: Final = 4096
TITLE_BYTES: Final = 160
"""What the words of a keeper's command line take beyond its folders."""

_log = structlog.get_logger()


class Zygote:
    """The machine's one zygote, started when it is first needed and anew when it died.

    Thread-safe. It ends by itself when this process does; keepers it forked go on.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._socket: socket.socket | None = None

    def prepare(self) -> None:
        """Start it before somebody waits for it. Raises UnavailableError."""
        with self._lock:
            try:
                self._connected()
            except OSError as error:
                self._end()
                raise UnavailableError(f"No keeper can be started ({error}).") from error

    def start_keeper(
        self, workspace: str, account: Account | None, enter: Sequence[str] = ()
    ) -> Process:
        """Fork a keeper and return it; it does not listen yet. Raises UnavailableError.

        `enter` are the files of the control group that it puts itself into first.
        """
        request = {
            "workspace": workspace,
            "data": str(self._settings.data),
            "runtime": str(self._settings.runtime),
            "uid": account.uid if account else None,
            "gid": account.gid if account else None,
            "groups": list(account.groups) if account else [],
            "enter": list(enter),
        }
        with self._lock:
            try:
                return self._ask(request)
            except (OSError, ValueError, KeyError) as error:
                # Killed, out of memory, or hanging: one try with a new one.
                _log.warning("zygote lost", reason=str(error))
                self._end()
            try:
                return self._ask(request)
            except (OSError, ValueError, KeyError) as error:
                self._end()
                raise UnavailableError(
                    f"No keeper can be started ({error}); the server log says more."
                    " Running programs are safe."
                ) from error

    def end(self) -> None:
        """End it and return when it has ended. Raises TimeoutError when the kernel takes long."""
        with self._lock:
            self._end()

    def _ask(self, request: dict[str, Any]) -> Process:
        connection = self._connected()
        connection.send(json.dumps(request).encode())
        data, fds, _, _ = socket.recv_fds(connection, MAX_ANSWER_BYTES, 1)
        try:
            if not data:
                raise ConnectionError("the zygote ended")
            answer = json.loads(data)
            if not answer["ok"]:
                raise OSError(answer["message"])
            return Process(int(answer["pid"]), fd=fds.pop())
        finally:
            for fd in fds:
                os.close(fd)

    def _connected(self) -> socket.socket:
        if self._process is not None and not self._process.alive():
            self._end()
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                fd, data, runtime = theirs.fileno(), self._settings.data, self._settings.runtime
                room = "." * (TITLE_BYTES + len(os.fsencode(runtime)))
                command = python("ide.keeper.zygote", str(fd), str(data), room)
                self._process = start(command, self._environ, pass_fds=[theirs.fileno()])
            self._socket = ours
            ours.settimeout(START_SECONDS)
            if not ours.recv(MAX_ANSWER_BYTES):
                raise ConnectionError("the zygote ended before it was ready")
            ours.settimeout(FORK_SECONDS)
            _log.info("zygote started", zygote_pid=self._process.pid)
        return self._socket

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.end(0)
            self._process.close()
            self._process = None
