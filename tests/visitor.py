"""A person without a browser: signs in over HTTP, calls the API, speaks on the link."""

import json
import re
import secrets
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
)
from wsproto.utilities import LocalProtocolError

from ide.wire import frames, limits
from ide.wire.frames import Frame, Kind, SizeFlag

WAIT_SECONDS = 20.0


class Visitor:
    """One person with cookies. `url` ends with a slash; `verify` is httpx's."""

    def __init__(self, url: str, *, verify: ssl.SSLContext | bool = True) -> None:
        self.url = url
        self.verify = verify
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.http = httpx.Client(
            base_url=url,
            verify=verify,
            timeout=60,
            trust_env=False,
            headers={"Origin": self.origin, "User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/150"},
        )
        self.workspace = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def sign_in(self, name: str, password: str) -> Self:
        """Sign in by the API and learn the workspace; works without the page's bundle."""
        token = self.http.get("api/v1/login").raise_for_status().json()["csrf"]
        answer = self.http.post(
            "api/v1/login",
            json={"name": name, "password": password},
            headers={"X-CSRF-Token": token},
        ).raise_for_status()
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf"]
        me = self.http.get("api/v1/me").raise_for_status().json()
        self.workspace = me["workspace"]["id"]
        return self

    def boot(self) -> dict[str, Any]:
        """Return the page's boot data."""
        page = self.http.get("").raise_for_status().text
        found = re.search(r'<script[^>]*id="boot"[^>]*>(.*?)</script>', page, re.DOTALL)
        assert found, page[:500]
        return json.loads(found[1])

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call `workspaces/<own>/<path>`; raises httpx.HTTPStatusError when it is refused."""
        address = f"api/v1/workspaces/{self.workspace}/{path}"
        return self.http.request(method, address, **options).raise_for_status()

    def new_console(self, kind: str = "bash", cols: int = 100, rows: int = 30) -> str:
        """Create a console and return its id."""
        body = {"kind": kind, "cols": cols, "rows": rows}
        return self.api("POST", "consoles", json=body).json()["id"]

    def link(self) -> "Link":
        """Open the link of the own workspace."""
        address = f"{self.url}api/v1/link?workspace={self.workspace}"
        return Link(address, self.origin, self.http.cookies, self.verify)


class RefusedError(Exception):
    """The upgrade was refused; `status` is HTTP's."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the link was refused with {status}")
        self.status = status


class Link:
    """The browser's end of the link, one frame at a time, without any thread.

    One thread may read while others send.
    """

    def __init__(
        self,
        address: str,
        origin: str,
        cookies: httpx.Cookies,
        verify: ssl.SSLContext | bool,  # noqa: FBT001 - httpx's own shape
    ) -> None:
        parts = urlsplit(address)
        secure = parts.scheme == "https"
        self.socket: socket.socket = socket.create_connection(
            (parts.hostname, parts.port or (443 if secure else 80)), WAIT_SECONDS
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            context = verify if isinstance(verify, ssl.SSLContext) else ssl.create_default_context()
            self.socket = context.wrap_socket(self.socket, server_hostname=parts.hostname)
        self.closed: int | None = None
        self.offset = 0
        self.epoch: str | None = None
        self.welcome: dict[str, Any] = {}
        self.page = secrets.token_hex(8)
        """Names the page load; a link that comes after this one's end may take it over."""
        self._sending = threading.Lock()
        self._sent_at = time.monotonic()
        self._seq = 0
        self._frames: list[Frame] = []
        self._message = b""
        self._connection = WSConnection(ConnectionType.CLIENT)
        headers = [(b"Origin", origin.encode()), (b"Cookie", _cookie_header(cookies))]
        target = f"{parts.path}?{parts.query}"
        request = Request(parts.netloc, target, subprotocols=["ide.v1"], extra_headers=headers)
        self._accepted = False
        try:
            self.socket.sendall(self._connection.send(request))
            self._receive_until(lambda: self._accepted, WAIT_SECONDS)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def cut(self) -> None:
        """Reset the connection without a goodbye, as a router does that forgot it."""
        with suppress(OSError):
            now = struct.pack("ii", 1, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self.socket.close()

    def send(self, kind: int, channel: int = 0, payload: bytes = b"") -> None:
        """Send one frame."""
        self.send_raw(frames.encode(kind, channel, payload))

    def send_raw(self, data: bytes) -> None:
        """Send bytes that need not be a frame. Raises OSError when the link has ended."""
        with self._sending:
            try:
                message = self._connection.send(BytesMessage(data))
            except LocalProtocolError as error:
                raise ConnectionResetError("the server has said goodbye") from error
            self.socket.sendall(message)
            self._sent_at = time.monotonic()

    def hello(self, console: str, channel: int = 1, *, resume: bool = False, **more: Any) -> dict:
        """Attach to a console and return its WELCOME."""
        asked = {
            "console": console,
            "cols": 100,
            "rows": 30,
            "px_width": 1000,
            "px_height": 600,
            "visible": True,
            "device": self.page,
        }
        if resume:
            asked |= {"epoch": self.epoch, "have": self.offset}
        self.send(Kind.HELLO, channel, frames.pack_json(asked | more))
        self.welcome = frames.unpack_json(self.until(Kind.WELCOME, channel).payload)
        self.offset, self.epoch = self.welcome["offset"], self.welcome["epoch"]
        return self.welcome

    def size(self, cols: int, rows: int, channel: int = 1) -> None:
        """Say that the pane is in sight, used, and as large as this."""
        flags = SizeFlag.VISIBLE | SizeFlag.USED
        self.send(Kind.SIZE, channel, frames.Size(cols, rows, 0, 0, flags).pack())

    def type(self, data: bytes, channel: int = 1) -> None:
        """Send keys."""
        self._seq += 1
        self.send(Kind.INPUT, channel, frames.Input(self._seq, data).pack())

    def frame(self, seconds: float = WAIT_SECONDS) -> Frame:
        """Return the next frame of any kind. Raises TimeoutError, ConnectionResetError."""
        self._receive_until(lambda: bool(self._frames), seconds)
        return self._frames.pop(0)

    def until(self, kind: int, channel: int, seconds: float = WAIT_SECONDS) -> Frame:
        """Return the next frame of this kind and channel; drops what comes before."""
        deadline = time.monotonic() + seconds
        while True:
            frame = self.frame(max(0.0, deadline - time.monotonic()))
            if frame.kind == Kind.ERROR:
                raise AssertionError(frames.ErrorInfo.unpack(frame.payload).text)
            if (frame.kind, frame.channel) == (kind, channel):
                return frame

    def read_until(self, wanted: bytes, channel: int = 1, seconds: float = WAIT_SECONDS) -> bytes:
        """Collect and acknowledge output until it holds `wanted`; checks that offsets fit."""
        return self._read(lambda printed: wanted in printed, repr(wanted), channel, seconds)

    def read_to(self, offset: int, channel: int = 1, seconds: float = WAIT_SECONDS) -> bytes:
        """The same until the console's output has come up to `offset`."""
        return self._read(lambda _: self.offset >= offset, f"offset {offset}", channel, seconds)

    def _read(
        self, done: Callable[[bytearray], bool], what: str, channel: int, seconds: float
    ) -> bytes:
        printed = bytearray()
        deadline = time.monotonic() + seconds
        acked = self.offset
        while not done(printed):
            left = deadline - time.monotonic()
            if time.monotonic() - self._sent_at >= limits.PING_SECONDS:
                # As a page does: who says nothing for long is taken for gone.
                self.send(Kind.PING, 0, bytes(8))
            try:
                frame = self.frame(max(0.0, min(left, limits.PING_SECONDS)))
            except TimeoutError:
                if left > limits.PING_SECONDS:
                    continue
                raise AssertionError(f"{what} not within {seconds} s: {printed!r}") from None
            printed += self.take(frame, channel)
            # When idle, too: a viewer that acknowledges nothing for seconds is set aside.
            new = self.offset - acked
            if new >= limits.ACK_EVERY_BYTES or (new and not self._frames):
                self.ack(channel)
                acked = self.offset
        self.ack(channel)
        return bytes(printed)

    def take(self, frame: Frame, channel: int = 1) -> bytes:
        """Return what a frame adds to the channel's screen; checks that offsets fit."""
        if frame.channel != channel:
            return b""
        if frame.kind != Kind.OUTPUT:
            return self._snapshot(frame)
        output = frames.Output.unpack(frame.payload)
        assert output.offset == self.offset, "a gap or an overlap"
        self.offset += len(output.data)
        return output.data

    def ack(self, channel: int = 1) -> None:
        """Acknowledge all that came."""
        self.send(Kind.ACK, channel, frames.Ack(self.offset).pack())

    def _snapshot(self, frame: Frame) -> bytes:
        """Gather a snapshot; return its bytes once it is whole."""
        if frame.kind == Kind.SNAP_BEGIN:
            self._begin, self._gathered = frames.SnapBegin.unpack(frame.payload), b""
            self.offset = self._begin.offset
        elif frame.kind == Kind.SNAP_DATA:
            self._gathered += frame.payload
        elif frame.kind == Kind.SNAP_END:
            assert len(self._gathered) == self._begin.length
            packed = self._begin.codec == frames.Codec.DEFLATE
            return zlib.decompress(self._gathered) if packed else self._gathered
        return b""

    def wait_closed(self, seconds: float = WAIT_SECONDS) -> int:
        """Return the close code once the server has closed."""
        try:
            self._receive_until(lambda: self.closed is not None, seconds)
        except ConnectionResetError:
            return self.closed or 1006
        assert self.closed is not None
        return self.closed

    def _receive_until(self, done: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self.socket.recv(65536)
            self._connection.receive_data(data or None)
            for event in self._connection.events():
                self._take(event)
            if not data and not done():
                raise ConnectionResetError("the server closed the link")

    def _take(self, event: object) -> None:
        match event:
            case AcceptConnection():
                self._accepted = True
            case RejectConnection():
                raise RefusedError(event.status_code)
            case BytesMessage():
                self._message += bytes(event.data)
                if event.message_finished:
                    self._frames.append(frames.decode(self._message))
                    self._message = b""
            case Ping():
                self.socket.sendall(self._connection.send(event.response()))
            case CloseConnection():
                self.closed = event.code


def _cookie_header(cookies: httpx.Cookies) -> bytes:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies.jar).encode()
