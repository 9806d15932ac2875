"""A real supervisor on a data folder of its own, without any server."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ide.errors import UnavailableError
from ide.placement.client import Supervisor
from ide.placement.processes import clean_environ, python
from ide.settings import Settings
from tests import toolboxes
from tests.ordinary import open_folder
from tests.waiting import wait_until

SECONDS = 30.0
WITHOUT_GROUPS = """
from ide.placement import machine
from ide.sandbox.cgroups import Groups
enforced = {"memory": "watcher", "cpu": "none", "processes": "rlimit"}
machine.find_groups = lambda _data: Groups("none", {}, enforced, ("There are none.",))
"""
"""A prelude for a machine without control groups."""
WITHOUT_QUOTAS = """
from ide.sandbox import probing
probing.probe_quota = lambda _data: "none"
"""
"""One for a machine whose file systems know no quotas by project: it never holds level 3."""


class SupervisorRun:
    """The process, which may be killed and started again, and a client to it."""

    def __init__(
        self,
        folder: Path,
        check_seconds: float | None = None,
        before: Sequence[str] = (),
        prelude: str = "",
        **settings: Any,
    ) -> None:
        """`check_seconds`: how often it looks after its folders, unless as usual; `before`: words
        in front of its command; `prelude`: code that runs in it first, at each start."""
        self._check_seconds, self._before, self.prelude = check_seconds, before, prelude
        self.settings = Settings(data=folder / "data", **settings)
        self.client = Supervisor(self.settings.runtime)
        toolboxes.give(self.settings.data)
        self.path = self.settings.runtime / "supervisor.sock"
        self.start()

    def start(self, prelude: str | None = None) -> None:
        """Start it and wait until it answers; `prelude` is another one for this time."""
        self.process = self.launch(self.prelude if prelude is None else prelude)
        wait_until(self.answers, SECONDS, "the supervisor answers")

    def launch(self, prelude: str = "") -> subprocess.Popen[bytes]:
        """Start a supervisor on this data folder, without waiting."""
        with tempfile.TemporaryFile() as log:
            return subprocess.Popen(
                [*self._before, *self._command(prelude), "--data", str(self.settings.data)],
                env=clean_environ(self.settings.to_environ()),
                cwd="/",
                stderr=log,
            )

    def _command(self, prelude: str) -> list[str]:
        command = python("ide.placement.supervisor")
        code = f"import sys, {command[-1]} as it\n{prelude}\n"
        if self._check_seconds is not None:
            code += f"it.CHECK_SECONDS = {self._check_seconds}\n"
        elif not prelude:
            return command
        return [*command[:-2], "-c", f"{code}sys.exit(it.main())"]

    def answers(self) -> int:
        """Return the process id of who answers, 0 when nobody does."""
        try:
            return int(self.client.version()["pid"])
        except UnavailableError:
            return 0

    def keeper_pid(self, workspace: str) -> int | None:
        """Return the process id of a workspace's keeper, None when it has none."""
        found = [one for one in self.client.list() if one["workspace"] == workspace]
        return found[0]["keeper_pid"] if found else None

    def connect(self) -> socket.socket:
        """Connect without saying anything."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(str(self.path))
        return connection


def remove(folder: Path) -> None:
    """Remove a folder that somebody still writes to."""
    wait_until(
        lambda: shutil.rmtree(folder, ignore_errors=True) or not folder.exists(), SECONDS, "it goes"
    )


@contextmanager
def running_supervisor(
    check_seconds: float | None = None, **settings: Any
) -> Iterator[SupervisorRun]:
    """Run one, and end it and all that it keeps afterwards, unless a test has ended it."""
    with open_folder() as folder:
        run = SupervisorRun(folder, check_seconds, **settings)
        try:
            yield run
        finally:
            if run.process.poll() is None:
                run.client.retire()
                assert run.process.wait(SECONDS) == 0
