"""Sockets of the forwarder: resolving, connecting, and moving bytes both ways.

The client's socket comes from the sandbox, where its other copies can switch O_NONBLOCK off at
any moment; so each call here says MSG_DONTWAIT itself and the keeper's loop never waits in one.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ide.outside.addresses import family, look_up

CHUNK_BYTES: Final = 64 * 1024
RESOLVER_THREADS: Final = 4

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to literal addresses, best first. Raises OSError."""
Connect = Callable[[str, int], Awaitable[socket.socket]]
"""A literal address and a port to a connected socket. Raises OSError."""


class Resolver:
    """getaddrinfo in a few threads of its own, so that a slow name server delays nobody else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, "resolve")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name. Raises OSError when there are none."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, look_up, host, port)

    def close(self) -> None:
        """Give up what waits; a look-up under way ends by the system's own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def connect(address: str, port: int) -> socket.socket:
    """Return a socket connected to this very address. Raises OSError."""
    outside = socket.socket(family(address), socket.SOCK_STREAM)
    try:
        outside.setblocking(False)
        outside.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(outside, (address, port))
    except BaseException:
        outside.close()
        raise
    return outside


async def receive(sock: socket.socket, count: int = CHUNK_BYTES) -> bytes:
    """Return 1 to `count` bytes, b"" at the end. Raises OSError."""
    while True:
        try:
            return sock.recv(count, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            loop = asyncio.get_running_loop()
            await _until(loop.add_reader, loop.remove_reader, sock.fileno())


async def send(
    sock: socket.socket, data: bytes, moved: Callable[[int], None] = lambda _count: None
) -> None:
    """Send all of `data`, telling `moved` each count of bytes that went. Raises OSError."""
    view = memoryview(data)
    while view:
        try:
            count = sock.send(view, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except (BlockingIOError, InterruptedError):
            loop = asyncio.get_running_loop()
            await _until(loop.add_writer, loop.remove_writer, sock.fileno())
        else:
            view = view[count:]
            moved(count)


async def _until(add: Callable[..., None], remove: Callable[[int], bool], descriptor: int) -> None:
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)


async def exchange(
    inside: socket.socket, outside: socket.socket, idle_seconds: float, max_bytes: int
) -> None:
    """Move bytes both ways until both sides ended, one broke, or a bound was reached.

    `idle_seconds` bounds the time in which nothing moves, `max_bytes` both directions together.
    """
    loop = asyncio.get_running_loop()
    left = max_bytes
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(idle_seconds) as idle:

            def moved(count: int) -> None:
                nonlocal left
                left -= count
                if left < 0:
                    raise ConnectionAbortedError(f"over {max_bytes} bytes on one connection")
                idle.reschedule(loop.time() + idle_seconds)

            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pump(inside, outside, moved))
                    group.create_task(_pump(outside, inside, moved))
            except* OSError:
                pass  # one side broke or a bound was reached: both are closed now


async def _pump(source: socket.socket, sink: socket.socket, moved: Callable[[int], None]) -> None:
    while data := await receive(source):
        await send(sink, data, moved)
    sink.shutdown(socket.SHUT_WR)
