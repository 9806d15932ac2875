"""What a killed keeper left in a pipe; the agent, not trusted, has its other end open."""

import asyncio
import os
from pathlib import Path
from unittest.mock import Mock

from ide.keeper.output_log import OutputLog
from ide.keeper.session import Session


class Filled(OutputLog):
    """Each time it has taken from the pipe, the agent has filled it again."""

    writer = -1

    def take(self, pipe: int, limit: int) -> int:
        assert self.head < 1 << 20, "it never ends"
        os.write(self.writer, b"x" * limit)
        return super().take(pipe, limit)


def test_a_pipe_that_is_filled_again_and_again_does_not_hold_the_keeper(tmp_path: Path):
    async def story() -> None:
        log = Filled(tmp_path, 1 << 20)
        master, slave = os.openpty()
        read, write = os.pipe()
        log.writer = os.dup(write)
        session = Session(asyncio.get_running_loop(), log, master, (read, write), Mock())
        assert session.drain_pipe() == log.head > 0
        session.close()
        log.close()
        for fd in (log.writer, slave):
            os.close(fd)

    asyncio.run(story())
