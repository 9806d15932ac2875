"""The keeper's socket when this process can open nothing more."""

import asyncio
import os
import resource
import socket
from unittest.mock import Mock

from ide.keeper.server import Server
from tests.waiting import wait_until_async


class Counting(Server):
    """Counts how often it tries to take a connection."""

    tries = 0

    def _accept(self) -> None:
        self.tries += 1
        super()._accept()


def test_without_a_free_descriptor_it_waits_for_one_and_burns_no_time(tmp_path):
    async def story() -> None:
        loop = asyncio.get_running_loop()
        server = Counting(
            loop, Mock(config=Mock(socket=tmp_path / "s", service_gid=-1, search_cap_bytes=0))
        )
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        with socket.socket(socket.AF_UNIX) as web:
            os.close(free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
            try:
                web.connect(str(tmp_path / "s"))
                await wait_until_async(lambda: server.tries, what="the first try")
                for _ in range(2000):
                    await asyncio.sleep(0)
                assert server.tries < 200
                assert not server._connections
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            await wait_until_async(lambda: server._connections, what="the connection")
        server.close()

    asyncio.run(story())
