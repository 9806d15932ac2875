"""The way out of a workspace: an HTTP proxy outside the sandbox, one connection at a time.

It knows `GET http://…` and CONNECT, ports 80 and 443. It resolves names itself, refuses every
address that is not public and connects to the very address it checked, so that no name and no
second answer of a name server leads to this machine, its network or a cloud's metadata.
"""

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import Final

from ide.guard.network import allows_host, has_device
from ide.guard.plan import NetworkPlan
from ide.keeper import forwarder_sockets as sockets
from ide.keeper.forwarder_requests import ESTABLISHED, HeadReader, Order, RefusedError
from ide.outside.addresses import is_outside

MAX_TRIED_ADDRESSES: Final = 4
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one workspace may use. Seconds, bytes, counts."""

    connections: int = 64
    head_seconds: float = 10
    resolve_seconds: float = 10
    connect_seconds: float = 10
    idle_seconds: float = 300
    connection_bytes: int = 4 * 1024**3


class Forwarder:
    """Serves the connections that programs of one workspace make to their proxy port."""

    def __init__(
        self,
        resolve: sockets.Resolve | None = None,
        connect: sockets.Connect = sockets.connect,
        bounds: Bounds | None = None,
    ) -> None:
        self._resolver = sockets.Resolver()
        self._resolve = resolve or self._resolver
        self._connect = connect
        self._bounds = bounds or Bounds()
        self._plan = NetworkPlan.NONE
        self._hosts: tuple[str, ...] = ()
        self._is_fallback = False
        self._serving: dict[asyncio.Task[None], str] = {}

    def allow(
        self, plan: NetworkPlan, hosts: tuple[str, ...] = (), *, is_fallback: bool = False
    ) -> None:
        """Set the plan; connections to what it no longer allows are ended.

        `is_fallback`: the sandbox has no network device, whatever its plan says.
        """
        self._plan, self._hosts, self._is_fallback = plan, hosts, is_fallback
        for task, host in self._serving.items():
            if host and not self._allows(host):
                task.cancel()

    def _allows(self, host: str) -> bool:
        return allows_host(self._plan, self._hosts, host, is_fallback=self._is_fallback)

    async def serve(self, inside: socket.socket) -> None:
        """Serve one connection and close it; run it as a task of its own.

        Raises nothing but CancelledError, when the plan changed or the forwarder is closed.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        self._serving[task] = ""
        try:
            with inside, contextlib.suppress(OSError):
                try:
                    await self._serve(inside, task)
                except RefusedError as error:
                    await _answer(inside, error)
        finally:
            del self._serving[task]

    async def close(self) -> None:
        """End every connection."""
        tasks = list(self._serving)
        for task in tasks:
            task.cancel()
        self._resolver.close()
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, inside: socket.socket, task: "asyncio.Task[None]") -> None:
        if inside.type != socket.SOCK_STREAM or len(self._serving) > 2 * self._bounds.connections:
            return  # a lying agent, or a program that does not read why it is refused
        if len(self._serving) > self._bounds.connections:
            raise RefusedError(
                503,
                f"Too many connections: a workspace has {self._bounds.connections}",
                "Wait for others to end, or end them.",
            )
        order = await self._read_order(inside)
        if not self._allows(order.host):
            raise _not_in_plan(self._plan, order.host)
        self._serving[task] = order.host
        with await self._reach(order) as outside:
            first = ESTABLISHED if order.is_tunnel else b""
            async with asyncio.timeout(self._bounds.idle_seconds):
                await sockets.send(inside, first)
                await sockets.send(outside, order.first)
            await sockets.exchange(
                inside, outside, self._bounds.idle_seconds, self._bounds.connection_bytes
            )

    async def _read_order(self, inside: socket.socket) -> Order:
        reader = HeadReader()
        try:
            async with asyncio.timeout(self._bounds.head_seconds):
                while True:
                    order = reader.feed(await sockets.receive(inside))
                    if order:
                        return order
        except TimeoutError:
            raise RefusedError(
                408, f"No whole request came within {self._bounds.head_seconds:g} seconds"
            ) from None

    async def _reach(self, order: Order) -> socket.socket:
        """Return a socket to a public address of the order's host. Raises RefusedError."""
        addresses = await self._addresses(order)
        bounds = self._bounds
        error: OSError | None = None
        try:
            async with asyncio.timeout(bounds.connect_seconds):
                for address in addresses[:MAX_TRIED_ADDRESSES]:
                    try:
                        async with asyncio.timeout(bounds.connect_seconds / 2):
                            return await self._connect(address, order.port)
                    except OSError as failed:  # TimeoutError is one
                        error = failed
        except TimeoutError as late:
            error = late
        if isinstance(error, TimeoutError):
            raise RefusedError(
                504, f"{order.host} did not answer within {bounds.connect_seconds:g} seconds"
            )
        reason = (error and error.strerror) or "no reason given"
        raise RefusedError(502, f"{order.host} cannot be reached: {reason}")

    async def _addresses(self, order: Order) -> list[str]:
        try:
            async with asyncio.timeout(self._bounds.resolve_seconds):
                found = await self._resolve(order.host, order.port)
        except TimeoutError:
            raise RefusedError(504, f"The name server did not answer about {order.host}") from None
        except (OSError, UnicodeError):
            raise RefusedError(502, f"There is no host {order.host}", "Check the name.") from None
        public = [each for each in found if is_outside(each)]
        if not public:
            raise RefusedError(
                403,
                f"{order.host} is not on the public internet",
                "Consoles reach public addresses only. Servers of this workspace are reached"
                " directly, as localhost.",
            )
        return public


def _not_in_plan(plan: NetworkPlan, host: str) -> RefusedError:
    if plan is NetworkPlan.NONE:
        return RefusedError(
            403,
            "This workspace has no network",
            "The owner of this server can give it the plan packages or web.",
        )
    if has_device(plan):
        return RefusedError(
            403,
            "This workspace has a network device of its own",
            "Connect without a proxy: unset http_proxy and https_proxy.",
        )
    return RefusedError(
        403,
        f"{host} is not among the package hosts of this workspace",
        "The owner of this server can add it, or give the plan web.",
    )


async def _answer(inside: socket.socket, error: RefusedError) -> None:
    """Send the refusal and wait until it is read: closing at once would take it back."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            await sockets.send(inside, error.answer())
            inside.shutdown(socket.SHUT_WR)
            left = LINGER_BYTES
            while left > 0 and (data := await sockets.receive(inside)):
                left -= len(data)
