"""The process before the web: what anybody may say to it, and those who say nothing any more."""

import asyncio
import socket
import ssl

import pytest

from ide.cli import tls_front
from ide.cli.certificate_page import CertificatePage
from ide.cli.tls_front import Front
from tests.waiting import wait_until_async

SECONDS = 30
PAGE = CertificatePage("https://tablet.test:8000/", b"authority", b"page")


def make_front() -> Front:
    return Front(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), PAGE, "/nowhere")


async def hear(said: bytes) -> tuple[bytes, dict[str, int]]:
    """Say this to a front and nothing more.

    Returns what it answers, and what the kernel was told of the connection. Raises what it raises.
    """
    ours, theirs = _connected()
    with ours, theirs:
        loop = asyncio.get_running_loop()
        told = {
            "user timeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
            "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        }
        await loop.sock_sendall(ours, said)
        ours.shutdown(socket.SHUT_WR)
        with theirs.dup() as kept:
            await asyncio.wait_for(make_front()._answer(theirs, "127.0.0.1"), SECONDS)
            options = {name: kept.getsockopt(*option) for name, option in told.items()}
        answer = b""
        try:
            while part := await loop.sock_recv(ours, 65536):
                answer += part
        except ConnectionResetError:
            pass  # it did not read all that was said
        return answer, options


def _connected() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname(), SECONDS)
        theirs, _ = listener.accept()
    ours.setblocking(False)
    return ours, theirs


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /certificate HTTP/1.1\r\nHost: a",
        b"GET /certificate HTTP/1.1\r\nX: " + 20_000 * b"x",
        b"\x16",
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\x03\x01" + 20_000 * b"\xff",
    ],
)
def test_what_is_no_request_and_no_handshake_ends_that_connection_alone(said):
    answer, _ = asyncio.run(hear(said))
    assert b"HTTP/" not in answer


def test_a_whole_request_is_answered_and_the_kernel_ends_a_dead_connection():
    answer, options = asyncio.run(hear(b"GET /certificate HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"page")
    assert options == {"user timeout": 45_000, "keepalive": 1}


def test_one_device_that_says_nothing_keeps_no_other_out(monkeypatch):
    monkeypatch.setattr(tls_front, "MOST_OF_ONE", 2)
    monkeypatch.setattr(tls_front, "HELLO_SECONDS", 1000)

    async def scene() -> tuple[bytes, bytes]:
        front = make_front()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            accepting = asyncio.create_task(front.run(listener))
            _, port = listener.getsockname()
            ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            refused = await asyncio.wait_for(ends[2][0].read(), SECONDS)
            ends.append(
                await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
            )
            reader, writer = ends[3]
            writer.write(b"GET /certificate HTTP/1.1\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(), SECONDS)
            for _, end in ends:
                end.close()
                await end.wait_closed()
            await wait_until_async(lambda: not front._tasks, SECONDS, "all have gone")
            accepting.cancel()
        return refused, answer

    refused, answer = asyncio.run(scene())
    assert refused == b""
    assert answer.endswith(b"page")
