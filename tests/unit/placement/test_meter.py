"""What the meter says of processes: threads count, and our own reserve is nobody's excess."""

import os
import threading

from ide.guard.plan import Plan
from ide.placement.meter import of_programs
from ide.sandbox import inside
from ide.sandbox.cgroups import RESERVE


def test_what_the_agent_may_have_more_is_not_said_to_be_above_the_limit():
    plan = Plan(processes=60)
    assert [of_programs(count, plan) for count in (59, 60, 61, 60 + RESERVE)] == [59, 60, 60, 60]
    assert of_programs(61 + RESERVE, plan) == 61 + RESERVE, "that is another's excess"
    assert [of_programs(count, Plan(processes=0)) for count in (4, 61)] == [4, 61]


def test_threads_count():
    before = inside.look(os.getpid()).threads
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert inside.look(os.getpid()).threads == before + 1
    finally:
        end.set()
        thread.join()
