"""One link: a browser whose socket the workspace's keeper has, while the web watches the login.

Frames do not come this way. The connection to the keeper carries what the keeper must hear of the
login, and ends when the browser is gone; so does this worker's thread.
"""

import contextlib
import socket
import threading
import time
from typing import Final

from ide.consoles.upgrade import Browser
from ide.guard.grant import Grant
from ide.wire import frames, stream
from ide.wire.frames import Kind

GOODBYE_SECONDS: Final = 1.2
"""The keeper has so long to say goodbye, then the web cuts the connection."""
_RECEIVE_BYTES: Final = 4096


class Link:
    """A handed-over browser. `end`, `renew` and `look` may come from any thread."""

    def __init__(self, browser: Browser, keeper: socket.socket, grant: Grant) -> None:
        self.grant = grant
        self._browser = browser
        self._keeper = keeper
        self._lock = threading.Lock()
        self._ended_at: float | None = None

    def run(self) -> None:
        """Wait until the keeper is done with the browser, or gone."""
        try:
            while self._keeper.recv(_RECEIVE_BYTES):
                pass  # a later keeper may say something here
        except OSError:
            pass  # it was killed
        finally:
            self._browser.cut()
            with self._lock:
                self._keeper.close()

    def end(self, code: int, reason: str) -> None:
        """Have the link ended with this close code, unless it ends already. Does not block."""
        if self._ended_at is not None:
            return
        self._ended_at = time.monotonic()
        with contextlib.suppress(OSError):  # `look` cuts what did not hear it
            self._tell(frames.encode(Kind.END, 0, frames.ErrorInfo(code, reason).pack()))

    def renew(self, grant: Grant) -> None:
        """Tell the keeper a newer grant. Raises OSError when it cannot hear it."""
        self.grant = grant
        self._tell(frames.encode(Kind.GRANT, 0, frames.pack_json(grant.to_json())))

    def look(self, now: float) -> None:
        """Cut a browser that should be gone by now."""
        if self._ended_at is not None and now - self._ended_at > GOODBYE_SECONDS:
            self._browser.cut()
            with contextlib.suppress(OSError):  # gone already
                self._keeper.shutdown(socket.SHUT_RDWR)  # wakes `run`

    def _tell(self, message: bytes) -> None:
        """Send without waiting; a keeper whose socket buffer is full is stuck. Raises OSError."""
        data = stream.prefixed(message)
        with self._lock:
            if self._keeper.send(data, socket.MSG_DONTWAIT) < len(data):
                self._keeper.shutdown(socket.SHUT_RDWR)  # it would take what follows for the rest
                raise BlockingIOError
