"""The agent's one loop: keepers, requests, endings, and connections to the proxy port."""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from ide.agent import requests
from ide.agent.channel import BadPacketError, Channel, ChannelClosedError, close_all
from ide.agent.limits import NO_RESERVE, Reserve
from ide.agent.others import count_others
from ide.agent.processes import Processes
from ide.agent.sessions import FD_KINDS, RefusedError, Sessions
from ide.agent.worker import Worker
from ide.wire.limits import PROTOCOL_VERSION

MAX_WAITING_CONNECTIONS = 32
"""Proxy connections the keeper has not taken; further ones are closed at once."""
FAREWELL_SECONDS = 2.0

Answer = dict[str, Any]


class Agent:
    """Serves the newest keeper; nothing that one sends can end it."""

    def __init__(
        self,
        listener: socket.socket,
        proxy: socket.socket | None,
        wake: socket.socket,
        *,
        home: str,
        tools: str,
        reserve: Reserve = NO_RESERVE,
    ) -> None:
        """`reserve` is what is for us alone, see limits.py."""
        self._home = home
        self._tools = tools
        self._proxy = proxy
        self._listener = listener
        self._wake = wake
        self._sessions = Sessions(home, tools, reserve)
        self._worker = Worker(home)
        self.processes = Processes(self._sessions, home, confined=proxy is not None)
        self._channel: Channel | None = None
        self._ending = False
        self._plain = {"hello": self._hello, "others": self._others, "rest": self._rest}
        self._selector = selectors.DefaultSelector()
        self._watch(listener, self._accept_keeper)
        self._watch(wake, self._woken)
        if proxy is not None:
            self._watch(proxy, self._accept_program)

    def run(self) -> None:
        """Serve until SIGTERM from outside, then hang every session up and return."""
        while not self._ending:
            self._turn(self._next_due())
        for console in self._sessions.running():
            self._sessions.hang_up(console)
        end = time.monotonic() + FAREWELL_SECONDS
        while self._sessions.running() and time.monotonic() < end:
            self._turn(end)

    def _next_due(self) -> float | None:
        times = (self._sessions.next_kill(), self._worker.next_leave())
        return min((one for one in times if one is not None), default=None)

    def _turn(self, until: float | None) -> None:
        seconds = None if until is None else max(0.0, until - time.monotonic())
        for key, events in self._selector.select(seconds):
            if key.fileobj in self._selector.get_map():  # an earlier one may have closed it
                key.data(events)
        self._reap()
        now = time.monotonic()
        self._sessions.kill_due(now)
        self._worker.leave_due(now)

    def _watch(self, watched: socket.socket, action: Callable[[int], None]) -> None:
        watched.setblocking(False)
        self._selector.register(watched, selectors.EVENT_READ, action)

    def _woken(self, _events: int) -> None:
        # The wakeup fd carries the number of each signal we handle.
        self._ending |= signal.SIGTERM in self._wake.recv(4096)

    def _accept_keeper(self, _events: int) -> None:
        try:
            connection = self._listener.accept()[0]
        except OSError:
            return
        self._drop_keeper()
        self._channel = Channel(connection)
        self._selector.register(connection, selectors.EVENT_READ, self._hear_keeper)

    def _drop_keeper(self) -> None:
        if self._channel is not None:
            self._selector.unregister(self._channel.connection)
            self._channel.close()
            self._channel = None

    def _hear_keeper(self, events: int) -> None:
        channel = self._channel
        if channel is None:
            return
        try:
            if events & selectors.EVENT_WRITE:
                channel.flush()
            if events & selectors.EVENT_READ:
                self._hear_one(channel)
        except ChannelClosedError:
            self._drop_keeper()
            return
        self._mind_waiting()

    def _hear_one(self, channel: Channel) -> None:
        try:
            request, fds = channel.receive()
        except BlockingIOError:
            return
        except BadPacketError as error:
            channel.send({"id": None, "ok": False, "code": "bad_request", "message": str(error)})
            return
        try:
            answer, passed = self._answer(request, fds)
        except RefusedError as error:
            answer, passed = {"ok": False, "code": error.code, "message": error.message}, []
        except Exception as error:  # noqa: BLE001 - PID 1 must outlive every request
            answer = {"ok": False, "code": "internal", "message": type(error).__name__}
            passed = []
        finally:
            close_all(fds)
        number = request.get("id")
        channel.send({"id": number if isinstance(number, int) else None, **answer}, passed)

    def _answer(self, request: dict[str, Any], fds: list[int]) -> tuple[Answer, list[int]]:
        asked = request.get("op")
        op = asked if isinstance(asked, str) else ""
        if op in self._plain:
            return self._plain[op](), []
        if op in {"files", "processes", "signal_process"}:
            self._about_workspace(op, request, fds)
            return {"ok": True}, []
        console = requests.console_of(request)
        if op == "take":
            return self._take(console, request.get("what"))
        if op == "spawn":
            return self._spawn(console, request)
        if op == "waiting":
            return {"ok": True, "waiting": self._sessions.get(console).waits()}, []
        self._about_session(op, console, request)
        return {"ok": True}, []

    def _hello(self) -> Answer:
        port = self._proxy.getsockname()[1] if self._proxy is not None else None
        return {
            "ok": True,
            "version": PROTOCOL_VERSION,
            "consoles": self._sessions.listing(),
            "home": self._home,
            "tools": self._tools,
            "proxy": port,
        }

    def _about_workspace(self, op: str, request: dict[str, Any], fds: list[int]) -> None:
        if op == "signal_process":
            self.processes.signal(request)
        elif len(fds) != 1:
            raise RefusedError("bad_request", f"{op} needs exactly one stream")
        elif op == "files":
            self._worker.hand_over(fds[0])
        else:
            self.processes.list(fds[0], self._worker.pid)

    def _others(self) -> Answer:
        known, leaders = {os.getpid(), self._worker.pid}, set(self._sessions.pids())
        count = count_others(known, leaders, self._home, confined=self._proxy is not None)
        return {"ok": True, "others": count}

    def _rest(self) -> Answer:
        return {"ok": True, "freed": self._worker.rest()}

    def _take(self, console: str, what: Any) -> tuple[Answer, list[int]]:
        if what not in FD_KINDS:
            raise RefusedError("bad_request", f"what is one of {', '.join(FD_KINDS)}")
        fd = self._sessions.get(console).fds.get(what)
        if fd is None:
            raise RefusedError("not_found", f"the {what} of this console is closed")
        return {"ok": True}, [fd]

    def _spawn(self, console: str, request: dict[str, Any]) -> tuple[Answer, list[int]]:
        pid = self._sessions.spawn(
            console,
            requests.argv_of(request),
            requests.env_of(request),
            requests.cwd_of(request, self._home),
            requests.size_of(request),
            marks=requests.marks_of(request),
        )
        if request.get("take") is not True:
            return {"ok": True, "pid": pid}, []
        fds = self._sessions.get(console).fds
        return {"ok": True, "pid": pid}, [fds[kind] for kind in FD_KINDS]

    def _about_session(self, op: Any, console: str, request: dict[str, Any]) -> None:
        if op == "hangup":
            self._sessions.hang_up(console)
        elif op == "kill":
            self._sessions.get(console).send_signal(signal.SIGKILL, also_shell=True)
        elif op == "signal":
            number = requests.signal_of(request)
            self._sessions.get(console).send_signal(number, also_shell=False)
        elif op == "forget":
            self._sessions.forget(console)
        else:
            raise RefusedError("bad_request", "no such op; this agent may be older than its keeper")

    def _mind_waiting(self) -> None:
        """Ask to be told when the keeper takes more, as long as something waits for it."""
        channel = self._channel
        if channel is not None:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.waiting else 0)
            self._selector.modify(channel.connection, events, self._hear_keeper)

    def _tell(self, event: dict[str, Any], fds: Sequence[int] = ()) -> None:
        if self._channel is None:
            return
        try:
            self._channel.send(event, fds)
        except ChannelClosedError:
            self._drop_keeper()
            return
        self._mind_waiting()

    def _accept_program(self, _events: int) -> None:
        if self._proxy is None:
            return
        try:
            connection = self._proxy.accept()[0]
        except OSError:
            return
        with connection:
            if self._channel is not None and self._channel.waiting < MAX_WAITING_CONNECTIONS:
                self._tell({"event": "connect", "to": "proxy"}, [connection.fileno()])

    def _reap(self) -> None:
        """Collect every child that ended; as PID 1 the orphans too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._worker.reaped(pid)
            self.processes.reaped(pid)
            event = self._sessions.reaped(pid, status)
            if event is not None:
                self._tell(event)
