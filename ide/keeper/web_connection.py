"""A connection from the web, under a grant: a few calls, or a browser whose socket it hands over.

The browser's frames come on that socket. From then on the web only says what it learns of the
login: a newer grant, or that the link must end. Link and connection end with each other.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from ide.errors import ForbiddenError, IdeError
from ide.guard.grant import BadGrantError, Grant, Right
from ide.keeper.connection import UnixConnection
from ide.keeper.link import Host as LinkHost
from ide.keeper.link import Link
from ide.wire import frames
from ide.wire.frames import COME_BACK, BadFrameError, ErrorCode, Kind
from ide.wire.limits import MAX_STREAM_MESSAGE_BYTES

GRANT_SECONDS: Final = 10.0
"""A connection that has not shown a grant by then is closed."""


class Host(LinkHost, Protocol):
    """The keeper, as connections of the web see it."""

    @property
    def workspace(self) -> str:
        """The one workspace that grants may be for."""

    def granted(self, grant: Grant) -> None:
        """Take over what a new grant says of the workspace."""


class Callee(Protocol):
    """Who does what the web calls."""

    def call(self, caller: "WebConnection", request: dict[str, Any]) -> None:
        """Do it, and reply to the caller."""


class WebConnection:
    """The keeper's side of it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        keeper: Host,
        calls: Callee,
        connection: UnixConnection,
        refusal: Callable[[], IdeError | None],
    ) -> None:
        """`refusal` says why a link may not open; BadFrameError when there is no time to say it."""
        self._loop, self._keeper, self._calls = loop, keeper, calls
        self._connection, self._refusal = connection, refusal
        self._grant: Grant | None = None
        self._link: Link | None = None
        self._grant_timer = loop.call_later(GRANT_SECONDS, connection.close)

    @property
    def has_link(self) -> bool:
        """Whether a browser was handed over here."""
        return self._link is not None

    # UnixConnection tells.

    def message_came(self, message: bytes) -> None:
        """Handle one frame. Raises BadFrameError, which ends the connection."""
        frame = frames.decode(message, MAX_STREAM_MESSAGE_BYTES)
        if frame.kind == Kind.GRANT:
            self._on_grant(frame.payload)
        elif self._grant is None:
            raise BadFrameError("the first frame is not GRANT")
        elif frame.kind == Kind.CALL:
            self._calls.call(self, frames.unpack_json(frame.payload))
        elif frame.kind == Kind.HANDOVER:
            self._on_handover(self._grant)
        elif frame.kind == Kind.END and self._link:
            end = frames.ErrorInfo.unpack(frame.payload)
            self._link.end(end.code, end.text)

    def room_again(self) -> None:
        """Nothing waits for room here."""

    def connection_lost(self) -> None:
        """Send the browser to the next web."""
        self._grant_timer.cancel()
        if self._link:
            self._link.end(COME_BACK, "The server restarts.")

    def _on_grant(self, payload: bytes) -> None:
        try:
            grant = Grant.from_json(frames.unpack_json(payload))
        except BadGrantError as error:
            raise BadFrameError(str(error)) from error
        if grant.workspace != self._keeper.workspace:
            info = frames.ErrorInfo(ErrorCode.FORBIDDEN, "This is another workspace.")
            self._connection.send(frames.encode(Kind.ERROR, 0, info.pack()))
            self._connection.close_when_sent()
            return
        self._grant_timer.cancel()
        self._grant = grant
        if self._link:
            self._link.renew(grant)
        self._keeper.granted(grant)

    def _on_handover(self, grant: Grant) -> None:
        if self._link:
            raise BadFrameError("a browser was handed over already")
        refusal = self._refusal()
        fd = self._connection.take_fd()
        try:
            browser = socket.socket(fileno=fd)
        except OSError as error:
            socket.close(fd)
            raise BadFrameError("what was handed over is no socket") from error
        self._link = Link.open(self._loop, self._keeper, grant, browser, self._connection.close)
        if refusal:
            self._link.end(refusal.close_code, refusal.message)
        else:
            self._keeper.link_opened(self._link)

    # Calls.

    def check(self, right: Right) -> None:
        """Raise ForbiddenError unless the grant allows it now."""
        if not (self._grant and self._grant.allows(right, time.time())):
            raise ForbiddenError("This login may not do that here. Reload the page to sign in.")

    def reply(self, call: Any, value: dict[str, Any], fd: int | None = None) -> None:
        """Answer a call; `fd` is handed over."""
        payload = frames.pack_json({"id": call, "ok": True, "value": value})
        self._connection.send(frames.encode(Kind.REPLY, 0, payload), fd)

    def refuse(self, call: Any, error: IdeError) -> None:
        """Answer a call that failed."""
        answer = {"id": call, "ok": False, "code": error.code, "message": error.message}
        payload = frames.pack_json(answer | {"detail": error.detail})
        self._connection.send(frames.encode(Kind.REPLY, 0, payload))
