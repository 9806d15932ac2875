"""TLS before the web, where no proxy is: `python -m ide.cli.tls_front …`, a child of serve.

It decrypts and passes bytes on, nothing else: what they say is the web's business, and a link
is a socket that can be handed to a keeper only in plain. The web learns who asks from the name of
the socket that this process connects with. Plain http on the same port gets the certificate's page.

As root it gives root up once it has read the key, which no other process of that account can read.
"""

import argparse
import asyncio
import os
import socket
import ssl
import sys
from contextlib import suppress
from typing import Final

from ide.cli.certificate import Certificate
from ide.cli.certificate_page import MAX_HEAD_BYTES, CertificatePage
from ide.errors import IdeError
from ide.placement.accounts import service_account
from ide.placement.processes import Account, end_with, reset_signals
from ide.settings import Settings
from ide.web.dead_peers import notice_death
from ide.web.peers import peer_name

HELLO_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 30.0
"""How long a slow receiver may take over what is held here when the web has said all."""
MOST_CONNECTIONS: Final = 1024
MOST_OF_ONE: Final = 256
"""Of one address: one device keeps no other out. A person's tabs need some ten."""
CHUNK_BYTES: Final = 65536
_GOES_WRONG: Final = (
    *(OSError, TimeoutError, ValueError),
    *(asyncio.IncompleteReadError, asyncio.LimitOverrunError),
)
"""What a visitor may bring about; errors of TLS are among the first."""


class Front:
    """Answers connections until the process ends."""

    def __init__(self, context: ssl.SSLContext, page: CertificatePage, web: str) -> None:
        """`web` is the path of the web's unix socket."""
        self._context = context
        self._page = page
        self._web = web
        self._tasks: dict[asyncio.Task[None], str] = {}
        """Those who answer a connection, and whose it is."""

    async def run(self, listener: socket.socket) -> None:
        """Accept for ever; above the limits a connection is closed at once."""
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, (peer, *_) = await loop.sock_accept(listener)
            except OSError:  # it went before it was accepted, or no descriptor is left
                await asyncio.sleep(0.05)
                continue
            of_one = sum(each == peer for each in self._tasks.values())
            if len(self._tasks) >= MOST_CONNECTIONS or of_one >= MOST_OF_ONE:
                connection.close()
                continue
            task = asyncio.create_task(self._answer(connection, peer))
            self._tasks[task] = peer
            task.add_done_callback(self._tasks.pop)

    async def _answer(self, connection: socket.socket, peer: str) -> None:
        """Serve one connection to its end; what goes wrong with one ends that one."""
        try:
            notice_death(connection)
            async with asyncio.timeout(HELLO_SECONDS):
                is_tls = await _first_byte(connection) == b"\x16"  # a handshake record
            streams = await _streams(connection, self._context if is_tls else None)
        except _GOES_WRONG:
            connection.close()
            return
        try:
            if is_tls:
                await self._pass_on(*streams, peer)
            else:
                await self._tell(*streams)
        except _GOES_WRONG:
            pass
        finally:
            await _close(streams[1])

    async def _tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HELLO_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        writer.write(self._page.answer(head))
        async with asyncio.timeout(HELLO_SECONDS):
            await writer.drain()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        web = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            web.setblocking(False)
            web.bind(peer_name(peer))
            await asyncio.get_running_loop().sock_connect(web, self._web)
        except OSError:
            web.close()
            raise
        web_reader, web_writer = await asyncio.open_unix_connection(sock=web, limit=CHUNK_BYTES)
        ways = {
            asyncio.create_task(_pump(reader, web_writer)),
            asyncio.create_task(_pump(web_reader, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await _close(web_writer)


async def _first_byte(connection: socket.socket) -> bytes:
    """Wait for a connection to say something and look at it without taking it."""
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    said = loop.create_future()

    def readable() -> None:
        if not said.done():
            said.set_result(None)

    loop.add_reader(connection, readable)
    try:
        await said
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


async def _streams(
    connection: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_HEAD_BYTES if context is None else CHUNK_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        connection,
        ssl=context,
        ssl_handshake_timeout=HELLO_SECONDS if context else None,
        ssl_shutdown_timeout=CLOSE_SECONDS if context else None,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until there are no more; waits for a slow receiver and holds a few chunks."""
    writer.transport.set_write_buffer_limits(CHUNK_BYTES)  # TLS would take eight
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    """Let what was written go out, then close; whoever does not take it is cut off."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


def give_up_root(account: Account) -> None:
    """Become `account`, for good."""
    os.setgroups(account.groups)
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)


def main() -> int:
    """Read the certificate, give up root, serve. Returns 1 when it cannot."""
    parser = argparse.ArgumentParser(prog="ide.cli.tls_front")
    parser.add_argument("--data", required=True)
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--web", required=True)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args()
    reset_signals()
    try:
        settings = Settings.load(os.environ, data=given.data)
        certificate = Certificate.load(settings)
        context = certificate.context()
        page = CertificatePage.of(certificate, settings.address)
    except IdeError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    if account := service_account(settings):
        give_up_root(account)
    end_with(given.parent)  # after the change of account, which would undo it
    with suppress(KeyboardInterrupt), socket.socket(fileno=given.listen_fd) as listener:
        asyncio.run(Front(context, page, given.web).run(listener))
    return 0


if __name__ == "__main__":
    sys.exit(main())
