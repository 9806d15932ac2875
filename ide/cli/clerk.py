"""The clerk, a child of serve, and who tells whether it runs."""

import os
from pathlib import Path
from typing import Final

from ide.cli.children import Child
from ide.placement.accounts import service_account
from ide.placement.processes import clean_environ, python, start
from ide.settings import Settings

MODULE: Final = "ide.clerk.main"
LOCK_NAME: Final = "clerk.lock"
_MAX_PID_BYTES: Final = 20


class Clerk(Child):
    """The process that tells people while no page is open. Killed, it costs a second."""

    def __init__(self, settings: Settings, log_fd: int) -> None:
        super().__init__()
        self._settings = settings
        self._log_fd = log_fd

    def start(self) -> None:
        """Start it without waiting for it."""
        command = python(
            MODULE, "--data", str(self._settings.data), "--parent", str(os.getpid())
        )  # fmt: skip
        self.back_off.started()
        self.process = start(
            command,
            clean_environ(self._settings.to_environ()),
            account=service_account(self._settings),
            stderr=self._log_fd,
        )


def pid_of_clerk(settings: Settings) -> int | None:
    """Return the process id of the clerk that runs on a data folder, None without one."""
    try:
        pid = int((settings.data / LOCK_NAME).read_bytes()[:_MAX_PID_BYTES])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if MODULE.encode() in words else None
