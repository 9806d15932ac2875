"""The limits that processes carry: set before the agent serves, not to be raised by programs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ide.agent.limits import PROGRAM_OOM_SCORE
from ide.guard.plan import MIB, Plan
from ide.sandbox import rlimits
from ide.sandbox.cgroups import RESERVE
from tests.ordinary import as_account
from tests.sandboxes import ORDINARY_ACCOUNT, running_sandbox
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
PLAN = Plan(processes=40, open_files=300, file_bytes=2 * MIB, memory_bytes=512 * MIB)
OPEN = """
kept = []
try:
    while True: kept.append(open('/dev/null'))
except OSError as error:
    print(len(kept) + 3, error.errno)
"""


@pytest.fixture(scope="module", params=["root", "ordinary user"])
def sandbox(request):
    if os.geteuid() != 0 and request.param == "ordinary user":
        pytest.skip("needs root to be another")
    account = ORDINARY_ACCOUNT if request.param == "ordinary user" else None
    with running_sandbox(account=account, plan=PLAN, environment=False) as running:
        yield running


def test_programs_cannot_raise_what_is_set(agent):
    names = {"NPROC": 40, "NOFILE": 300, "FSIZE": 2 * MIB, "CORE": 0, "DATA": 512 * MIB}
    for name, value in names.items():
        said = agent.python(f"import resource as r; print(r.getrlimit(r.RLIMIT_{name}))")
        assert said == f"({value}, {value})\n".encode(), name
        raised = f"import resource as r; r.setrlimit(r.RLIMIT_{name}, ({value + 1}, {value + 1}))"
        assert b"ValueError" in agent.python(raised), name
    locked = agent.python("import resource as r; print(r.getrlimit(r.RLIMIT_MEMLOCK)[1])")
    assert 0 < int(locked) <= rlimits.LOCKED_BYTES


def test_open_files_stop_at_the_limit(agent):
    assert agent.python(OPEN) == b"300 24\n"


def test_a_file_stops_at_the_limit_and_the_program_is_told(agent):
    said = agent.shell("head -c 5M /dev/zero > big; echo $?; stat -c %s big; rm big")
    status, size = said.split()[-2:]
    assert (int(size), int(status)) == (2 * MIB, 1)
    assert b"File too large" in said


def test_one_program_over_the_memory_is_told(agent):
    assert b"MemoryError" in agent.python("kept = b'x' * (600 << 20)")


def test_a_fork_bomb_stays_at_the_limit_and_consoles_go_on_and_open(sandbox, agent):
    agent.spawn("echo", ["/bin/cat"])
    bomb = (
        "import os, time\nfor _ in range(2000):\n  try:\n    if not os.fork(): time.sleep(600)\n"
        "  except OSError: print('full' + 'y', flush=True); time.sleep(600)"
    )
    agent.spawn("bomb", [agent.interpreter, "-I", "-c", bomb])
    agent.read_until("bomb", b"fully")
    master = agent.take("echo")
    try:
        os.write(master, b"still here\n")
        agent.read_until("echo", b"still here\r\nstill here", master)
    finally:
        os.close(master)
    # A further shell can be started still, though it may start nothing.
    assert b"room\n" in agent.shell("echo room; kill -KILL -1")
    wait_until(lambda: b"free" in agent.shell("sleep 0 && echo free"), 20, "processes are free")


def test_the_kernel_ends_programs_before_the_agent(sandbox, agent):
    score = int(agent.shell("cat /proc/self/oom_score_adj"))
    assert score == PROGRAM_OOM_SCORE > int(Path(f"/proc/{sandbox.pid}/oom_score_adj").read_text())


CHANGE = """
import json, sys
from ide.sandbox import rlimits
print(json.dumps(rlimits.change(int(sys.argv[1]), [], *map(json.loads, sys.argv[2:]))))
"""


def changed(sandbox, before, after):
    """Change the agent's limits as the sandbox's own account, which may lower them."""
    words = [sys.executable, "-c", CHANGE, str(sandbox.pid), json.dumps(before), json.dumps(after)]
    uid = Path(f"/proc/{sandbox.pid}").stat().st_uid
    command = words if uid == os.geteuid() else as_account(uid, *words)
    done = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": "."})
    return json.loads(done.stdout)


def test_changed_from_outside_they_hold_at_once(sandbox, agent):
    all_of_them = rlimits.rlimits(PLAN, confined=True, own_account=True, memory="none")
    lower = all_of_them | {"NOFILE": 280 + rlimits.FILES_RESERVE, "NPROC": 46}
    assert changed(sandbox, all_of_them, all_of_them) == []
    try:
        assert changed(sandbox, all_of_them, lower) == []
        said = agent.python("import resource as r; print(r.getrlimit(r.RLIMIT_NOFILE))")
        assert said == b"(280, 280)\n"
        said = agent.python("import resource as r; print(r.getrlimit(r.RLIMIT_NPROC))")
        assert said == f"({46 - RESERVE}, {46 - RESERVE})\n".encode()
    finally:
        (refused,) = changed(sandbox, lower, all_of_them)
    assert "from the next start" in refused


def test_a_plan_without_limits_sets_none_but_the_floor():
    bare = Plan(processes=0, open_files=0, file_bytes=0, memory_bytes=0)
    assert set(rlimits.rlimits(bare, confined=True, own_account=True)) == {
        "CORE",
        "NOFILE",
        "MEMLOCK",
    }


def test_without_namespaces_processes_of_the_account_are_not_counted():
    assert "NPROC" not in rlimits.rlimits(PLAN, confined=False, own_account=False)
    assert "NPROC" in rlimits.rlimits(PLAN, confined=False, own_account=True)


def test_where_groups_hold_memory_one_process_may_have_it_all():
    assert "DATA" not in rlimits.rlimits(PLAN, confined=True, own_account=True, memory="cgroup")
