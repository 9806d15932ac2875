"""One link: the frames of a browser tab, to its workspace's keeper and back.

Two threads, one a direction, so that a key is not behind a slow write. Whoever wants the link to
end calls `end`; only the thread that runs it says goodbye to the browser.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Final

from ide.consoles.stream import BadMessageError, Stream
from ide.errors import BadRequestError
from ide.guard.grant import Grant
from ide.wire import frames, limits, stream
from ide.wire.frames import BROWSER_KINDS, BadFrameError, Kind

COME_BACK: Final = 1012
"""Close code: the other side restarts, connect again at once."""
GOODBYE_SECONDS: Final = 2.0
SILENT_SECONDS: Final = 150.0
"""A browser pings every 20 s, a hidden tab at least once a minute."""
_SERVER_KINDS: Final = frozenset(Kind) - BROWSER_KINDS


class Link:
    """A pipe with a filter: from the browser only frames that browsers send, complete ones."""

    def __init__(self, browser: Stream, keeper: socket.socket, grant: Grant) -> None:
        self.grant = grant
        self._browser = browser
        self._keeper = keeper
        self._keeper_lock = threading.Lock()
        self._ending: tuple[int, str] | None = None
        self._ended_at = 0.0
        self._heard_at = time.monotonic()

    def run(self) -> None:
        """Pipe until either side ends or somebody calls `end`."""
        reader = threading.Thread(target=self._read_browser, name="link-reader", daemon=True)
        reader.start()
        try:
            self._read_keeper()
        finally:
            self.end(COME_BACK, "The workspace's keeper went away for a moment.")
            code, reason = self._ending or (COME_BACK, "")
            self._browser.close(code, reason)
            reader.join(GOODBYE_SECONDS)
            self._browser.abort()
            reader.join(GOODBYE_SECONDS)
            self._keeper.close()

    def end(self, code: int, reason: str) -> None:
        """End the link with this close code, unless it ends already. Does not block."""
        if self._ending is not None:
            return
        self._ending = (code, reason)
        self._ended_at = time.monotonic()
        with contextlib.suppress(OSError):  # the keeper was first
            self._keeper.shutdown(socket.SHUT_RDWR)  # wakes `run`

    def renew(self, grant: Grant) -> None:
        """Tell the keeper a newer grant."""
        self.grant = grant
        self._send_keeper(frames.encode(Kind.GRANT, 0, frames.pack_json(grant.to_json())))

    def look(self, now: float) -> None:
        """End a browser that fell silent; cut one that does not let itself be told goodbye."""
        if self._ending is None and now - self._heard_at > SILENT_SECONDS:
            self.end(COME_BACK, "Nothing was heard from this page for a while.")
        elif self._ending is not None and now - self._ended_at > GOODBYE_SECONDS / 2:
            self._browser.abort()

    def _read_browser(self) -> None:
        try:
            for message in self._browser.receive():
                self._heard_at = time.monotonic()
                if _may_pass(message):
                    self._send_keeper(message)
            self.end(1000, "")
        except (BadMessageError, BadFrameError) as error:
            self.end(BadRequestError.close_code, f"This page sent a bad frame: {error}.")
            self._browser.drain(GOODBYE_SECONDS)
        except OSError:
            self.end(COME_BACK, "The connection was cut.")

    def _read_keeper(self) -> None:
        try:
            for messages in self._from_keeper():
                self._browser.send(messages)
        except (OSError, BadFrameError):
            return  # `run` says goodbye

    def _from_keeper(self) -> Iterator[list[bytes]]:
        splitter = stream.Splitter()
        while data := self._keeper.recv(limits.WINDOW_BYTES):
            yield [message for message in splitter.feed(data) if _is_for_browsers(message)]

    def _send_keeper(self, message: bytes) -> None:
        with self._keeper_lock:
            self._keeper.sendall(stream.prefixed(message))


def _may_pass(message: bytes) -> bool:
    """Whether a browser's message goes on; an unknown kind is skipped. Raises BadFrameError."""
    kind = frames.decode(message, limits.MAX_CLIENT_FRAME_BYTES).kind
    if kind in _SERVER_KINDS:
        raise BadFrameError(f"kind {kind:#04x} is not a browser's")
    return kind in BROWSER_KINDS


def _is_for_browsers(message: bytes) -> bool:
    return len(message) >= frames.HEADER_BYTES and message[0] != Kind.REPLY
