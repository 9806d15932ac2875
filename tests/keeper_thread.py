"""The real keeper on a loop in a thread, for tests of the web. No console can start in it."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ide.errors import UnavailableError
from ide.guard.grant import Grant
from ide.keeper.config import Config
from ide.keeper.keeper import Keeper
from ide.keeper.link import Link
from ide.keeper.server import Server
from ide.settings import Settings
from ide.wire import frames
from ide.wire.frames import Kind

SECONDS = 20
PATTERN = bytes(range(256)) * 128
_QUEUED_BYTES = 1024 * 1024


class KeeperThread:
    """Listens until `stop` or `vanish`."""

    def __init__(self, settings: Settings, workspace: str) -> None:
        self._config = Config.of(settings, workspace)
        for folder in (self._config.data, self._config.runtime):
            folder.mkdir(parents=True, exist_ok=True)
        self.grants: list[Grant] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.keeper, self._server = self._do(self._start())

    async def _start(self) -> tuple[Keeper, Server]:
        keeper = Keeper(self._config, _no_sandbox, "boot", 0.0)
        await keeper.start()
        granted = keeper.granted

        def noted(grant: Grant) -> None:
            self.grants.append(grant)
            granted(grant)

        keeper.granted = noted
        return keeper, Server(self._loop, keeper)

    @property
    def links(self) -> list[Link]:
        """The links that are open now."""
        return list(self.keeper._links)

    def flood(self) -> None:
        """Print on channel 1 of the one link, however slow its browser, until that is gone."""
        (link,) = self.links
        offset = 0

        def more() -> None:
            nonlocal offset
            while link in self.keeper._links and link._browser.buffered < _QUEUED_BYTES:
                link.send(Kind.OUTPUT, 1, frames.Output(offset, PATTERN).pack())
                offset += len(PATTERN)
            if link in self.keeper._links:
                self._loop.call_later(0.01, more)

        self._loop.call_soon_threadsafe(more)

    def freeze(self) -> Callable[[], None]:
        """Stop its loop until the function that is returned is called."""
        go_on = threading.Event()
        self._loop.call_soon_threadsafe(go_on.wait, SECONDS)
        return go_on.set

    def vanish(self) -> None:
        """As `kill -9`: the connections of the web are cut, and nobody says goodbye."""

        def cut() -> None:
            for connection in list(self._server._connections):
                connection._receiver._link = None
                connection.close()

        self._loop.call_soon_threadsafe(cut)
        self.stop()

    def stop(self) -> None:
        """End it orderly."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    async def _end(self) -> None:
        browsers = [link._browser for link in self.links]
        self._server.close()
        for browser in browsers:  # the process's end does it in earnest
            browser.close()
        await self.keeper.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)


async def _no_sandbox() -> tuple[Path, str]:
    raise UnavailableError("There is none in this test.")
