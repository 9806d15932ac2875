"""Who leads a session, for telling whom a limit ended."""

import asyncio
import os
from unittest.mock import Mock

from ptyprocess import PtyProcess

from ide.keeper.output_log import OutputLog
from ide.keeper.session import Session


def test_the_leader_is_known_when_it_has_ended_though_nobody_asked_before(tmp_path):
    async def story():
        log = OutputLog(tmp_path, 1 << 20)
        program = PtyProcess.spawn(["cat"])
        session = Session(asyncio.get_running_loop(), log, os.dup(program.fd), os.pipe(), Mock())
        program.terminate(force=True)
        program.wait()
        assert session.leader() == program.pid
        session.close()
        log.close()
        program.close()

    asyncio.run(story())
