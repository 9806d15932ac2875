"""How programs get out of the sandbox: through the forwarder, or a device of their own."""

import contextlib
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from ide.errors import IdeError
from ide.guard.plan import Plan
from ide.keeper.forwarder import Forwarder
from ide.keeper.sandbox import SandboxHold


class WayOut:
    """Has the forwarder follow the plan."""

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        plan: Callable[[], Plan],
        sandbox: Callable[[], SandboxHold],
    ) -> None:
        """`plan` and `sandbox` are asked for what they are by then."""
        self._spawn, self._plan, self._sandbox = spawn, plan, sandbox
        self._forwarder = Forwarder()

    async def has_device(self) -> bool:
        """Whether programs have a network device of their own, false when nobody can tell."""
        with contextlib.suppress(IdeError):
            started = await self._sandbox().origin()
            self.allow()
            return started.has_device
        return False

    def allow(self) -> None:
        """Have the forwarder follow the plan; in place of a device while none is known."""
        plan, known = self._plan(), self._sandbox().known
        is_fallback = known is None or not known.has_device
        self._forwarder.allow(plan.network, plan.network_hosts, is_fallback=is_fallback)

    def program_connects(self, sock: socket.socket) -> None:
        """Serve a connection that a program made to the sandbox's proxy."""
        self._spawn(self._forward(sock))

    async def _forward(self, sock: socket.socket) -> None:
        with sock:
            sandbox = self._sandbox()
            if sandbox.known is None and sandbox.running():
                await self.has_device()  # a predecessor had it started
            await self._forwarder.serve(sock)

    async def close(self) -> None:
        """End all connections."""
        await self._forwarder.close()
