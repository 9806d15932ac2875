"""The processes of the workspace, as its agent lists them. It is not trusted: all of it is checked.

A list is asked for when somebody looks, at most once a second, and never starts a sandbox.
"""

import asyncio
import json
import socket
import time
from typing import Any, Final

from ide.errors import ForbiddenError, NotFoundError, UnavailableError
from ide.keeper.agent import AgentClient
from ide.keeper.consoles import Consoles
from ide.keeper.endings import Endings
from ide.keeper.sandbox import SandboxHold
from ide.keeper.signals import clean_line
from ide.wire.limits import MAX_COMMAND_CHARS, MAX_PROCESS_LIST_BYTES, MAX_PROCESSES

FRESH_SECONDS: Final = 1.0
SHARE_SECONDS: Final = 0.5
"""Over less than this the kernel's ticks say nothing of a share; the one before stands."""
READ_SECONDS: Final = 5.0
_MAX_NUMBER: Final = 1 << 53
_MAX_PERCENT: Final = 100_000.0
_SAME_SECONDS: Final = 0.5
"""Clocks are set a little meanwhile; no number is given to another process as quickly."""
_KINDS: Final = {"console", "child", "detached", "ide"}
_NUMBERS: Final = ("pid", "parent", "cpu_usec", "memory", "start")
_GONE: Final = "This process has ended."

Process = dict[str, Any]


class Processes:
    """The newest list, by process id."""

    def __init__(self, sandbox: SandboxHold, consoles: Consoles, endings: Endings) -> None:
        self._sandbox, self._consoles, self._endings = sandbox, consoles, endings
        self._lock = asyncio.Lock()
        self._listed: dict[int, Process] = {}
        self._more = self._is_old = False
        self._at = float("-inf")

    async def list(self) -> dict[str, Any]:
        """Return `{processes, more}` as the web is told it. Raises UnavailableError."""
        await self._look(FRESH_SECONDS)
        told = [
            {name: value for name, value in one.items() if name != "start"}
            for one in self._listed.values()
        ]
        return {"processes": told, "more": self._more}

    async def find(self, pid: int, started: float | None) -> Process:
        """Return the process that a list showed. Raises NotFoundError, UnavailableError.

        With `started`, seconds since the epoch, that very one; else the one that was shown last.
        """
        if pid not in self._listed:
            await self._look(0)
        process = self._listed.get(pid)
        if process is None or (
            started is not None and abs(process["started"] - started) > _SAME_SECONDS
        ):
            raise NotFoundError(_GONE)
        if process["kind"] == "ide":
            raise ForbiddenError("This belongs to the workspace itself; it ends with it.")
        if process["kind"] == "console":
            await self._check_leads(process)
        return process

    async def _check_leads(self, process: Process) -> None:
        """Raise NotFoundError when another process leads its console by now."""
        await self._look(0)
        leader = self._listed.get(process["pid"])
        if leader is None or leader["start"] != process["start"] or leader["kind"] != "console":
            raise NotFoundError(_GONE)

    async def signal(self, process: Process, name: str) -> None:
        """Send HUP, TERM or KILL to that very process. Raises NotFoundError, UnavailableError."""
        agent = self._sandbox.running()
        if agent is None:
            raise NotFoundError(_GONE)
        self._endings.signalled(process["start"])
        try:
            await agent.ask(
                "signal_process", pid=process["pid"], start=process["start"], signal=name
            )
        except NotFoundError:
            raise NotFoundError(_GONE) from None
        finally:
            self._is_old = True

    async def _look(self, fresh_seconds: float) -> None:
        async with self._lock:
            now = time.monotonic()
            if not self._is_old and now - self._at < fresh_seconds:
                return
            agent = self._sandbox.running()
            answer = await _asked(agent) if agent else {"processes": [], "more": False}
            self._take(answer, now)

    def _take(self, answer: dict[str, Any], now: float) -> None:
        before, passed = self._listed, now - self._at
        found = answer.get("processes")
        if not isinstance(found, list):
            raise UnavailableError("The sandbox's agent does not answer as it should.")
        listed: dict[int, Process] = {}
        for one in found[:MAX_PROCESSES]:
            process = self._checked(one)
            if process is None:
                continue
            earlier = before.get(process["pid"])
            if earlier and earlier["start"] == process["start"]:
                process["started"] = earlier["started"]
                process["cpu_percent"] = earlier["cpu_percent"]
                if passed >= SHARE_SECONDS:
                    used = max(0, process["cpu_usec"] - earlier["cpu_usec"])
                    process["cpu_percent"] = min(_MAX_PERCENT, round(used / passed / 10_000, 1))
            listed[process["pid"]] = process
        self._listed, self._at, self._is_old = listed, now, False
        self._more = answer.get("more") is True or len(found) > MAX_PROCESSES

    def _checked(self, one: Any) -> Process | None:
        """Return a process as it is kept, None for what is none."""
        if not isinstance(one, dict):
            return None
        numbers = [one.get(name) for name in _NUMBERS]
        command, started = one.get("command"), one.get("started")
        if (
            not all(type(value) is int and 0 <= value < _MAX_NUMBER for value in numbers)
            or not isinstance(command, str)
            or not isinstance(started, int | float)
            or not 0 <= started < _MAX_NUMBER
        ):
            return None
        console, kind = one.get("console"), one.get("kind")
        if not isinstance(console, str) or console not in self._consoles:
            console = None
        if kind not in _KINDS or (kind in {"console", "child"} and console is None):
            kind = "detached"
        line = clean_line(command[:MAX_COMMAND_CHARS], MAX_COMMAND_CHARS)
        return {
            **dict(zip(_NUMBERS, numbers, strict=True)),
            "console": console,
            "kind": kind,
            "command": line,
            "cpu_percent": None,
            "started": started,
        }


async def _asked(agent: AgentClient) -> dict[str, Any]:
    """Return what the agent lists. Raises UnavailableError, also for what is no list."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        with theirs:
            await agent.ask("processes", theirs.fileno())
        try:
            async with asyncio.timeout(READ_SECONDS):
                data = await _read(ours)
            answer = json.loads(data)
        except (OSError, TimeoutError, ValueError, RecursionError):
            answer = None
    if not isinstance(answer, dict):
        raise UnavailableError("The list of processes did not come. Try again.")
    return answer


async def _read(sock: socket.socket) -> bytes:
    """Return all that comes. Raises ValueError when it is over MAX_PROCESS_LIST_BYTES."""
    data, loop = bytearray(), asyncio.get_running_loop()
    while part := await loop.sock_recv(sock, 65536):
        data += part
        if len(data) > MAX_PROCESS_LIST_BYTES:
            raise ValueError("too long")
    return bytes(data)
