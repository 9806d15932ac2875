"""What people are told through, on loopback: a push service or webhook, and a mail server.

Both speak the real protocols over real sockets, answer what the test says, and keep what came.
"""

import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ide.channels.webpush import encoded
from tests.fakes.accepting import Accepting


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
    """Takes POSTs, by https where it is given `tls`.

    `answer` is a status, or bytes written raw (b"" closes, None stays silent).
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
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
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


class MailServer:
    """Speaks SMTP at an address of loopback; with `tls` encrypted if asked, or from the first byte.

    With `says` it does nothing but write that, again and again if it `drips`, and wait.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        *,
        says: bytes | None = None,
        drips: bool = False,
        tls: ssl.SSLContext | None = None,
        at_once: bool = False,
    ) -> None:
        self.letters: list[str] = []
        self.encrypted: list[bool] = []
        """Of each letter, whether it came so."""
        self.answers: dict[bytes, bytes] = {}
        """What is said to a command in place of the usual; `RCPT` is one."""
        self._says, self._drips, self._tls, self._at_once = says, drips, tls, at_once
        self._ended = threading.Event()
        listener = socket.create_server((host, 0))
        scheme = "smtps" if at_once else "smtp"
        self.url = f"{scheme}://{host}:{listener.getsockname()[1]}"
        self._accepting = Accepting(listener, self._serve)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._accepting.stop()

    def _serve(self, connection: socket.socket) -> None:
        if self._says is not None:
            connection.sendall(self._says)
            while not self._ended.wait(0.1 if self._drips else 60):
                connection.sendall(self._says)
            return
        if not self._at_once:
            connection.sendall(b"220 mail.test ready\r\n")
        if self._at_once or self._speaks(connection):
            assert self._tls
            with self._tls.wrap_socket(connection, server_side=True) as encrypted:
                if self._at_once:
                    encrypted.sendall(b"220 mail.test ready\r\n")
                self._speaks(encrypted)

    def _speaks(self, connection: socket.socket) -> bool:
        """Answer commands; true once it is to be encrypted."""
        with connection.makefile("rwb", 0) as stream:
            for line in stream:
                word = line[:4].upper().strip()
                answer = self.answers.get(word, b"250 ok")
                if word == b"STAR":
                    stream.write(b"220 go on\r\n")
                    return True
                if word == b"EHLO" and self._tls and not isinstance(connection, ssl.SSLSocket):
                    answer = b"250-mail.test\r\n250 STARTTLS"
                if word == b"DATA" and answer.startswith(b"250"):
                    stream.write(b"354 go on\r\n")
                    self.letters.append(b"".join(iter(stream.readline, b".\r\n")).decode())
                    self.encrypted.append(isinstance(connection, ssl.SSLSocket))
                stream.write(b"221 bye\r\n" if word == b"QUIT" else answer + b"\r\n")
        return False
