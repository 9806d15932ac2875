"""What the supervisor knows of its machine: settings, folders, accounts, the sandbox probe."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

import ide
from ide.build import build_id
from ide.errors import IdeError
from ide.placement.accounts import Accounts, service_account
from ide.placement.folders import (
    is_removed,
    make_data_folder,
    make_runtime_folder,
    make_workspace_folders,
)
from ide.placement.processes import Account, Process, clean_environ
from ide.placement.zygote import Zygote
from ide.sandbox import Probe, probe, toolbox
from ide.settings import Settings
from ide.wire.limits import PROTOCOL_VERSION

MIB: Final = 1024 * 1024
WORKSPACE_BYTES: Final = 48 * MIB
"""What one idle workspace takes at most; from it and the memory follows how many may run."""

_log = structlog.get_logger()


@dataclass
class Machine:
    """Made once at start. `accounts` is None when everything runs as one ordinary user."""

    settings: Settings
    service: Account | None = None
    accounts: Accounts | None = None
    data_fd: int = -1
    runtime_fd: int = -1
    limit: int = 0
    _accounts_lock: threading.Lock = field(default_factory=threading.Lock)
    _sandbox_lock: threading.Lock = field(default_factory=threading.Lock)
    _probe: Probe | None = None
    _toolbox: Path | None = None
    zygote: Zygote = field(init=False)
    build: str = field(init=False)
    """Which code this supervisor runs; see build.py."""

    def __post_init__(self) -> None:
        """Make the folders. Raises SettingsError or UnavailableError."""
        self.service = service_account(self.settings)
        self.data_fd = make_data_folder(self.settings, self.service)
        self.runtime_fd = make_runtime_folder(self.settings, self.service)
        if self.service is not None:
            self.accounts = Accounts(self.settings, self.data_fd)
        self.build = build_id()
        self.zygote = Zygote(self.settings, clean_environ(self.settings.to_environ()))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self.limit = max(4, min(1000, memory // WORKSPACE_BYTES))

    def removed_folder(self) -> Path | None:
        """Return the data or the runtime folder when it was removed under us: nothing can go on."""
        if is_removed(self.data_fd):
            return self.settings.data
        return self.settings.runtime if is_removed(self.runtime_fd) else None

    def probe(self) -> Probe:
        """Return what sandbox can be made here; found out once."""
        with self._sandbox_lock:
            if self._probe is None:
                self._probe = probe(self.settings)
            return self._probe

    def toolbox(self) -> Path:
        """Return the read-only tools for inside; made once."""
        with self._sandbox_lock:
            if self._toolbox is None:
                self._toolbox = toolbox.ensure(self.settings)
            return self._toolbox

    def prepare(self) -> None:
        """Find out and make what the first sandbox needs before somebody waits for it."""
        try:
            self.zygote.prepare()
            self.toolbox()
            _log.info("sandbox probed", kind=self.probe().kind)
        except IdeError as error:
            _log.warning("sandboxes cannot be prepared", reason=error.message)

    def keeper_account(self, workspace: str) -> Account | None:
        """Return whom the workspace's keeper runs as, None for our own account."""
        with self._accounts_lock:
            return self.accounts.keeper(workspace) if self.accounts else None

    def sandbox_account(self, workspace: str) -> Account | None:
        """Return whom the workspace's programs run as, None for our own account."""
        with self._accounts_lock:
            return self.accounts.sandbox(workspace) if self.accounts else None

    def workspace_of(self, uid: int) -> str:
        """Return the workspace whose keeper runs as `uid`, "" when it is nobody's."""
        with self._accounts_lock:
            return self.accounts.workspace_of_keeper(uid) if self.accounts else ""

    def make_folders(self, workspace: str) -> None:
        """Make the workspace's folders. Raises UnavailableError or OSError."""
        keeper, sandbox = self.keeper_account(workspace), self.sandbox_account(workspace)
        make_workspace_folders(self.data_fd, self.runtime_fd, workspace, keeper, sandbox)

    def start_keeper(self, workspace: str) -> Process:
        """Start the workspace's keeper; it does not listen yet. Raises UnavailableError."""
        return self.zygote.start_keeper(workspace, self.keeper_account(workspace))

    def version(self) -> dict[str, Any]:
        """Return what `version` answers."""
        found = self.probe()
        return {
            "version": ide.__version__,
            "build": self.build,
            "protocol": PROTOCOL_VERSION,
            "pid": os.getpid(),
            "level": found.level,
            "kind": found.kind,
            "bwrap": str(found.bwrap or ""),
            "bwrap_origin": found.bwrap_origin,
            "own_uids": found.own_uids,
            "unsafe": self.settings.unsafe_no_sandbox,
            "reasons": list(found.reasons),
        }
