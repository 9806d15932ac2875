"""What people are told through, on loopback: a push service or webhook, and a mail server.

Both speak the real protocols over real sockets, answer what the test says, and keep what came.
"""

import contextlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ide.channels.webpush import encoded


class Browser:
    """The browser's side of a subscription: its keys, and the reading of RFC 8291."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.public = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.auth = b"sixteen bytes ok"

    def subscription(self, endpoint: str) -> dict[str, str]:
        """Return what the page sends to the server."""
        keys = {"p256dh": encoded(self.public), "auth": encoded(self.auth)}
        return {"kind": "push", "endpoint": endpoint, **keys}

    def read(self, body: bytes) -> dict[str, Any]:
        """Return the JSON of a push."""
        salt, size, ours = body[:16], int.from_bytes(body[16:20], "big"), body[21 : 21 + body[20]]
        assert len(body) <= size <= 4096
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ours)
        info = b"WebPush: info\0" + self.public + ours
        shared = _derived(self.key.exchange(ec.ECDH(), point), self.auth, info, 32)
        key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, body[21 + len(ours) :], None)
        assert plain.endswith(b"\x02")
        return json.loads(plain[:-1])


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Service:
    """Takes POSTs. `answer` is a status, or bytes written raw (b"" closes, None stays silent)."""

    def __init__(self) -> None:
        self.answer: int | bytes | None = 201
        self.headers: dict[str, str] = {}
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.came = threading.Event()
        self._ended = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, dict(self.headers), body))
                service.came.set()
                answer = service.answer
                if answer is None:
                    service._ended.wait(60)
                elif isinstance(answer, bytes):
                    self.wfile.write(answer)
                else:
                    self.send_response(answer)
                    for name, value in service.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


class MailServer:
    """Speaks SMTP; with `hangs` it takes the connection and never says a word."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.letters: list[str] = []
        self.refuses = ""
        """Part of an address that is refused, with `refusal`."""
        self.refusal = b"550 nobody here"
        self._hangs = hangs
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            if not self._hangs:
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection.makefile("rwb", 0) as stream:
            stream.write(b"220 mail.test ready\r\n")
            for line in stream:
                word = line[:4].upper().strip()
                if word == b"DATA":
                    stream.write(b"354 go on\r\n")
                    lines = iter(stream.readline, b".\r\n")
                    self.letters.append(b"".join(lines).decode())
                if word == b"RCPT" and self.refuses and self.refuses in line.decode():
                    stream.write(self.refusal + b"\r\n")
                else:
                    stream.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
