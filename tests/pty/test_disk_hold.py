"""Who goes on writing is ended: the agent is spared until there is nobody else left."""

import os
import select

import pytest

from ide.sandbox.disk.hold import Hold
from tests.sandboxes import ACCOUNT, running_sandbox
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


def test_all_programs_are_ended_and_the_agent_with_the_sandbox_alone():
    with running_sandbox(environment=False) as sandbox, sandbox.agent() as agent:
        hold = Hold(sandbox.pid, ACCOUNT if os.geteuid() == 0 else None)
        agent.spawn("c1", ["/bin/sleep", "9876"])
        names = set()

        def end_all():
            names.update(one.name for one in hold.end_all())
            return "sleep" in names

        wait_until(end_all, 20, "programs ended")
        assert names <= {"sleep", "ensure-env", "dirname"}  # which look for an environment at first
        assert agent.event("exit", "c1")
        first = os.pidfd_open(sandbox.pid)
        try:
            (ended,) = hold.end_sandbox()
            assert ended.pid == sandbox.pid
            assert select.select([first], [], [], 20)[0]
        finally:
            os.close(first)
