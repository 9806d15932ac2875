"""A keeper that hangs is replaced, and programs do not notice."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from ide.guard.grant import Grant, Right
from ide.placement.processes import clean_environ
from tests.keepers import LinkClient
from tests.ordinary import open_folder
from tests.supervisors import SupervisorRun
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WORKSPACE = "0123456789abcdef"
_IMPATIENT = """
from ide.placement import supervisor, watchdog
watchdog.TICK_SECONDS = 0.25
supervisor.main()
"""


class Impatient(SupervisorRun):
    """Looks twenty times as often; what keeps a busy machine's keepers alive is not time alone:
    a tick that comes late does not count, nor one while the keeper wants the processor."""

    def launch(self, prelude: str = "") -> subprocess.Popen[bytes]:
        with tempfile.TemporaryFile() as log:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-c",
                    prelude + _IMPATIENT,
                    "--data",
                    str(self.settings.data),
                ],
                env=clean_environ(self.settings.to_environ()),
                cwd="/",
                stderr=log,
            )  # fmt: skip


def link_to(run: Impatient) -> LinkClient:
    until, rights = time.time() + 600, frozenset(Right)
    grant = Grant("login", "alice", WORKSPACE, rights, until)
    return LinkClient(run.client.ensure(WORKSPACE), grant)


def test_a_keeper_that_hangs_is_replaced_and_its_programs_go_on():
    with open_folder() as folder:
        run = Impatient(folder)
        try:
            with link_to(run) as link:
                console = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
                link.hello(console)
                link.type("kept=ke''pt; echo s''et\n")
                link.read_until(b"set")
            pid = run.keeper_pid(WORKSPACE)
            os.kill(pid, signal.SIGSTOP)
            wait_until(lambda: run.keeper_pid(WORKSPACE) not in {pid, None}, 60, "another keeper")
            with link_to(run) as link:
                link.hello(console)
                link.type("echo is-$kept\n")
                link.read_until(b"is-kept")
        finally:
            run.client.retire()
            run.process.wait(30)
