"""What the keeper itself, and its successor, hold to the plan."""

import dataclasses

import pytest

from ide.guard.plan import MIB, NetworkPlan, Plan
from tests.keepers import CallError, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

NOISE = "head -c %d /dev/urandom | base64 -w0; echo; echo .e''nd.\n"
# A connection that is closed in between would else end the loop by SIGPIPE.
ASK = """(trap '' PIPE; while sleep 0.1; do
 exec 3<>/dev/tcp/127.0.0.1/${http_proxy##*:} || continue
 printf 'CONNECT %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' other.example:443 other.example:443 >&3
 cat <&3; exec 3>&-
done >~/answers 2>/dev/null) & echo sta''rted
"""


def test_one_console_more_than_the_plan_allows_is_refused_and_the_others_stay():
    with running_keeper() as run:
        run.plan = Plan(name="small", consoles=2)
        first, second = run.new_bash(), run.new_bash()
        with pytest.raises(CallError) as refused:
            run.new_bash()
        assert refused.value.code == "too_many"
        assert "The plan small allows 2 consoles. End or remove one." in str(refused.value)
        run.plan = dataclasses.replace(run.plan, consoles=1)
        assert {one["id"] for one in run.call("consoles.list")["consoles"]} == {first, second}
        assert run.console(first)["state"] == "running"
        run.call("consoles.end", console=first, how="kill")
        with pytest.raises(CallError, match="allows 1 console"):
            run.new_bash()
        run.call("consoles.restart", console=first, cols=80, rows=24)
        run.plan = dataclasses.replace(run.plan, consoles=3)
        run.new_bash()


def test_kept_output_is_held_to_the_plan_where_that_is_less_than_the_setting():
    cap = 2 * MIB
    with running_keeper(env={"IDE_LOG_WORKSPACE_CAP_BYTES": str(8 * MIB)}) as run:
        assert run.call("consoles.list")["logs"]["cap_bytes"] == 8 * MIB
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type(NOISE % (3 * MIB))
            link.read_until(b".end.\r\n", seconds=60)
        run.plan = Plan(log_bytes=cap)
        assert run.call("consoles.list")["logs"]["cap_bytes"] == cap
        assert run.console(console)["log_cap_bytes"] == cap
        wait_until(lambda: run.call("consoles.list")["logs"]["disk_bytes"] <= cap, 60, "it fits")
        run.kill()
        run.start()
        assert run.call("consoles.list")["logs"]["cap_bytes"] == cap
        run.plan = Plan(log_bytes=0)
        assert run.call("consoles.list")["logs"]["cap_bytes"] == 8 * MIB


def test_a_successor_holds_to_the_plan_before_anybody_looks_in():
    """Programs run on while no page is open: they reach what they reached, and no more."""
    with running_keeper(sandboxed=True) as run:
        run.plan = Plan(network=NetworkPlan.PACKAGES, network_hosts=("pkg.example",))
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type(ASK)
            link.read_until(b"started\r\n")
        answers = run.agent.home / "answers"
        wait_until(answers.exists, 20, "the file")
        wait_until(lambda: b"other.example is not among" in answers.read_bytes(), 60, "an answer")
        run.kill()
        before = len(answers.read_bytes())
        run.start()
        wait_until(lambda: answers.read_bytes()[before:].count(b"HTTP/1.1 403") > 2, 60, "more")
        after = answers.read_bytes()[before:]
        assert b"other.example is not among the package hosts" in after
        assert b"has no network" not in after
