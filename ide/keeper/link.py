"""One browser tab's link: its frames in and out, on the WebSocket that the web handed over.

Every frame is checked against the newest grant. Output keeps one window for the whole link: the
focused channel first, the others in turns.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from ide.guard.grant import Grant, Right
from ide.keeper.console import Console
from ide.keeper.viewer import Viewer
from ide.keeper.websocket import WebSocket
from ide.screen.engine import Colors
from ide.wire import frames
from ide.wire.frames import COME_BACK, BadFrameError, ErrorCode, Kind, SizeFlag
from ide.wire.limits import (
    DEAD_AFTER_SECONDS,
    HIDDEN_DEAD_AFTER_SECONDS,
    MAX_CLIENT_FRAME_BYTES,
    TURN_BYTES,
    WINDOW_BYTES,
)

_SOCKET_BYTES: Final = 256 * 1024
"""Snapshots wait while more than this is queued in the connection."""
SNAPSHOTS_AT_A_TIME: Final = 4
"""So many of a link's viewers have a snapshot made or on its way; the others wait their turn."""
_ID_CHARS: Final = 64


class Host(Protocol):
    """The keeper, as its links see it."""

    @property
    def consoles(self) -> Mapping[str, Console]:
        """Consoles by id."""

    def link_opened(self, link: "Link") -> None:
        """Take a new link, and send it the list of consoles."""

    def link_closed(self, link: "Link") -> None:
        """Forget a link."""


class Link:
    """The keeper's end of it. `over` hears when it has ended and its socket is closed."""

    def __init__(
        self, keeper: Host, grant: Grant, browser: WebSocket, over: Callable[[], None]
    ) -> None:
        self._keeper, self.grant = keeper, grant
        self._browser, self._over = browser, over
        self.colors: Colors | None = None
        self.snapshots = asyncio.Semaphore(SNAPSHOTS_AT_A_TIME)
        self._viewers: dict[int, Viewer] = {}
        self._focused: Viewer | None = None
        self._turns: list[int] = []
        self._feeding = False
        self.heard_at = time.monotonic()

    @classmethod
    def open(
        cls,
        loop: asyncio.AbstractEventLoop,
        keeper: Host,
        grant: Grant,
        browser: socket.socket,
        over: Callable[[], None],
    ) -> "Link":
        """Return the link on a browser's socket, which is the link's from here on.

        The keeper does not know of it yet.
        """
        links: list[Link] = []

        def receiver(connection: WebSocket) -> Link:
            links.append(cls(keeper, grant, connection, over))
            return links[0]

        WebSocket(loop, browser, receiver)
        return links[0]

    def renew(self, grant: Grant) -> None:
        """Go on under a newer grant, with what it allows."""
        self.grant = grant
        for viewer in list(self._viewers.values()):
            viewer.console.may_use(viewer, may=self._may(Right.TYPE))

    def end(self, code: int, reason: str) -> None:
        """Say goodbye to the browser, unless that is done already."""
        self._browser.goodbye(code, reason)
        self._leave()

    # WebSocket tells.

    def message_came(self, message: bytes) -> None:
        """Handle one frame. Raises BadFrameError, which ends the link."""
        self.heard_at = time.monotonic()
        self._handle(frames.decode(message, MAX_CLIENT_FRAME_BYTES))

    def room_again(self) -> None:
        """Go on with what waited for the socket."""
        self.feed()

    def connection_lost(self) -> None:
        """Detach every viewer."""
        self._leave()
        self._over()

    def _leave(self) -> None:
        for viewer in list(self._viewers.values()):
            viewer.console.detach(viewer)
        self._viewers.clear()
        self._focused = None
        self._keeper.link_closed(self)

    # Frames in.

    def _may(self, right: Right) -> bool:
        return self.grant.allows(right, time.time())

    def _handle(self, frame: frames.Frame) -> None:
        if frame.kind not in frames.BROWSER_KINDS:
            if frame.kind in tuple(Kind):
                raise BadFrameError(f"type {frame.kind:#x} is only for servers")
            return  # from a later version
        if not self._may(Right.VIEW):
            self.error(frame.channel, ErrorCode.FORBIDDEN, "This login has ended. Sign in again.")
            return
        if frame.kind == Kind.PING:
            self.send(Kind.PONG, 0, frame.payload[:8])
        elif frame.kind == Kind.THEME:
            self._on_theme(frame.payload)
        elif frame.kind == Kind.HELLO:
            self._on_hello(frame)
        elif viewer := self._viewers.get(frame.channel):
            self._on_viewer_frame(viewer, frame)
        elif frame.kind in {Kind.INPUT, Kind.SIZE}:
            self.error(frame.channel, ErrorCode.GONE, "Nothing is attached on this channel.")

    def _on_theme(self, payload: bytes) -> None:
        try:
            self.colors = Colors.from_theme(frames.unpack_json(payload))
        except ValueError as error:
            raise BadFrameError(f"THEME: {error}") from error
        for viewer in self._viewers.values():
            viewer.console.set_colors(self.colors)

    def _on_hello(self, frame: frames.Frame) -> None:
        hello = frames.unpack_json(frame.payload)
        if not frame.channel >= 1:
            raise BadFrameError("HELLO on channel 0")
        self._detach(frame.channel)
        console = self._keeper.consoles.get(str(hello.get("console", ""))[:_ID_CHARS])
        if console is None:
            self.error(frame.channel, ErrorCode.GONE, "This console does not exist any more.")
            return
        # Input is numbered by page load: two tabs of one login are two writers.
        device = str(hello.get("device", ""))[:_ID_CHARS]
        page = f"{self.grant.login} {device}"
        if device:
            console.viewers.replace(page, self)
        if console.viewers.is_full():
            self.error(frame.channel, ErrorCode.REFUSED, "Too many windows show this console.")
            return
        viewer = Viewer(self, frame.channel, console, page)
        viewer.device, viewer.may_use = self.grant.device, self._may(Right.TYPE)
        viewer.size = viewer.told_size = _grid(hello)
        viewer.visible = bool(hello.get("visible", True))
        viewer.keeps = hello.get("keeps") is True
        self._viewers[frame.channel] = viewer
        if self.colors:
            console.set_colors(self.colors)
        epoch, have = hello.get("epoch"), hello.get("have")
        console.attach(viewer, epoch, have if isinstance(have, int) and have >= 0 else None)

    def _on_viewer_frame(self, viewer: Viewer, frame: frames.Frame) -> None:
        if frame.kind == Kind.ACK:
            viewer.console.acked(viewer, frames.Ack.unpack(frame.payload).offset)
            self.feed()
        elif frame.kind == Kind.DETACH:
            self._detach(frame.channel)
        elif not self._may(Right.TYPE):
            if frame.kind == Kind.INPUT:
                self.error(frame.channel, ErrorCode.FORBIDDEN, "This login may only look.")
        elif frame.kind == Kind.INPUT:
            self._focused = viewer
            keys = frames.Input.unpack(frame.payload)
            viewer.console.type(viewer, keys.seq, keys.data)
        elif frame.kind == Kind.SIZE:
            size = frames.Size.unpack(frame.payload)
            used = bool(size.flags & (SizeFlag.USED | SizeFlag.CLAIM))
            if used:
                self._focused = viewer
            viewer.size = (size.cols, size.rows, size.px_width, size.px_height)
            viewer.console.sight.seen(viewer, visible=bool(size.flags & SizeFlag.VISIBLE))
            viewer.console.sized(viewer, used=used)

    def _detach(self, channel: int) -> None:
        """Forget the viewer of a channel, if there is one."""
        viewer = self._viewers.pop(channel, None)
        if viewer is None:
            return
        if self._focused is viewer:  # it would be sent output on and on
            self._focused = None
        viewer.console.detach(viewer)

    # Frames out.

    def send(self, kind: int, channel: int, payload: bytes = b"") -> None:
        """Send one frame."""
        self._browser.send(frames.encode(kind, channel, payload))

    def send_json(self, kind: int, channel: int, value: dict[str, Any]) -> None:
        """Send one JSON frame."""
        self.send(kind, channel, frames.pack_json(value))

    def error(self, channel: int, code: ErrorCode, text: str) -> None:
        """Say that something was refused."""
        self.send(Kind.ERROR, channel, frames.ErrorInfo(code, text).pack())

    def drop(self, viewer: Viewer, code: ErrorCode, text: str) -> None:
        """Detach a viewer, and tell it why."""
        if self._viewers.get(viewer.channel) is viewer:
            self._detach(viewer.channel)
            self.error(viewer.channel, code, text)

    def abandon(self) -> None:
        """Close: the page has come back on another link, so nobody is at the end of this one."""
        self._browser.close()

    def feed(self) -> None:
        """Send snapshots and output as far as socket and window allow."""
        if self._feeding or self._browser.closed:
            return
        self._feeding = True
        try:
            self._send_snapshots()
            while self._send_turn():
                pass
        finally:
            self._feeding = False

    def _send_snapshots(self) -> None:
        for viewer in list(self._viewers.values()):
            while self._browser.buffered < _SOCKET_BYTES:
                frame = viewer.next_snapshot_frame()
                if frame is None:
                    break
                self._browser.send(frame)

    def _send_turn(self) -> bool:
        """Let the next console send; False when nobody may or wants to."""
        room = WINDOW_BYTES - sum(viewer.unacked for viewer in self._viewers.values())
        if room <= 0 or self._browser.buffered >= _SOCKET_BYTES:
            return False
        focused = self._focused
        if focused and focused.ready() and focused.send_some(room):
            return True
        # One whose log cannot be read sends nothing, and is not ready until it had a snapshot.
        return any(
            viewer.ready() and viewer.send_some(min(room, TURN_BYTES)) for viewer in self._in_turn()
        )

    def _in_turn(self) -> list[Viewer]:
        """Return all viewers by how long ago their turn was; the first that is ready goes last."""
        order = sorted(self._viewers, key=lambda c: (c in self._turns, _place(self._turns, c)))
        for channel in order:
            if self._viewers[channel].ready():
                with contextlib.suppress(ValueError):
                    self._turns.remove(channel)
                self._turns.append(channel)
                break
        self._turns = [channel for channel in self._turns if channel in self._viewers]
        return [self._viewers[channel] for channel in order]

    def look(self, now: float) -> None:
        """Close the link when nothing was heard for too long."""
        in_sight = any(viewer.visible for viewer in self._viewers.values())
        limit = DEAD_AFTER_SECONDS if in_sight else HIDDEN_DEAD_AFTER_SECONDS
        if now - self.heard_at > limit:
            self.end(COME_BACK, "Nothing was heard from this page for a while.")


def _place(turns: list[int], channel: int) -> int:
    return turns.index(channel) if channel in turns else 0


def _grid(hello: dict[str, Any]) -> tuple[int, int, int, int]:
    numbers = [hello.get(name, 0) for name in ("cols", "rows", "px_width", "px_height")]
    if not all(isinstance(number, (int, float)) and 0 <= number < 65536 for number in numbers):
        raise BadFrameError("HELLO without a grid")
    cols, rows, px_width, px_height = map(int, numbers)
    return cols, rows, px_width, px_height
