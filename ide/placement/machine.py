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
from ide.guard.plan import Plan
from ide.placement import levels
from ide.placement.accounts import Accounts, service_account
from ide.placement.folders import (
    is_removed,
    make_data_folder,
    make_runtime_folder,
    make_workspace_folders,
)
from ide.placement.network_trial import NetworkTrial
from ide.placement.processes import Account, Process, clean_environ
from ide.placement.zygote import Zygote
from ide.sandbox import Probe, probing, toolbox
from ide.sandbox.cgroups import KEEPER_PLAN, Groups, find_groups
from ide.sandbox.disk import Disks
from ide.sandbox.network import Network
from ide.sandbox.spec import NetworkDevice
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
    ceilings: dict[str, int] = field(default_factory=dict)
    disks: Disks = field(default_factory=Disks)
    _accounts_lock: threading.Lock = field(default_factory=threading.Lock)
    _groups_lock: threading.Lock = field(default_factory=threading.Lock)
    _probe_lock: threading.Lock = field(default_factory=threading.Lock)
    _sandbox_lock: threading.Lock = field(default_factory=threading.Lock)
    _groups: Groups | None = None
    _probe: Probe | None = None
    _trial: NetworkTrial | None = None
    _toolbox: Path | None = None
    zygote: Zygote = field(init=False)
    network: Network = field(init=False)
    build: str = field(init=False)
    """Which code this supervisor runs; see build.py."""

    def __post_init__(self) -> None:
        """Make the folders. Raises SettingsError or UnavailableError."""
        self.service = service_account(self.settings)
        self.data_fd = make_data_folder(self.settings, self.service)
        self.runtime_fd = make_runtime_folder(self.settings, self.service)
        if self.service is not None:
            self.accounts = Accounts(self.settings, self.data_fd)
        self.network = Network(self.settings)
        self.build = build_id()
        self.zygote = Zygote(self.settings, clean_environ(self.settings.to_environ()))
        self.ceilings = levels.ceilings(self.settings)
        memory = levels.machine_memory()
        self.limit = max(4, min(1000, memory // WORKSPACE_BYTES))

    def removed_folder(self) -> Path | None:
        """Return the data or the runtime folder when it was removed under us: nothing can go on."""
        if is_removed(self.data_fd):
            return self.settings.data
        return self.settings.runtime if is_removed(self.runtime_fd) else None

    def probe(self) -> Probe:
        """Return what sandbox can be made here; found out once.

        What is said of network devices may still change, see NetworkTrial.
        """
        with self._probe_lock:
            if self._probe is None:
                self._trial = NetworkTrial(self.settings)
                self._probe = probing.probe_without_network(self.settings, groups=self.groups)
        if self._probe.kind == "none" or self._trial is None:
            return self._probe
        return probing.with_network(self._probe, self._trial.soon())

    def network_device(self) -> NetworkDevice:
        """Return what connects sandboxes, waiting until that is known."""
        found = self.probe()
        return self._trial.surely().device if self._trial else found.network

    def groups(self) -> Groups:
        """Return the control groups of this server; tried once."""
        with self._groups_lock:
            if self._groups is None:
                self._groups = find_groups(self.settings.data)
            return self._groups

    def capped(self, plan: Plan) -> Plan:
        """Return the plan lowered to what this machine's owner allows, whoever asks."""
        return plan.capped(self.ceilings)

    def check_level(self, plan: Plan) -> None:
        """Raise SandboxError when this machine does not hold what the plan asks for."""
        levels.check(plan, self.probe(), unsafe=self.settings.unsafe_no_sandbox)

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
            found = self.probe()
            _log.info("sandbox probed", kind=found.kind, level=found.level, limits=found.limits)
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

    def sandbox_accounts(self) -> dict[int, str] | None:
        """Return workspaces by the uid of their programs, None when all have our own."""
        with self._accounts_lock:
            return self.accounts.sandboxes() if self.accounts else None

    def sweep_accounts(self) -> tuple[str, ...]:
        """Remove what a killed predecessor had half written of them; return what was found."""
        with self._accounts_lock:  # a workspace that starts now may be writing just that file
            return self.accounts.sweep() if self.accounts else ()

    def workspace_of(self, uid: int) -> str:
        """Return the workspace whose keeper runs as `uid`, "" when it is nobody's."""
        with self._accounts_lock:
            return self.accounts.workspace_of_keeper(uid) if self.accounts else ""

    def make_folders(self, workspace: str) -> None:
        """Make the workspace's folders. Raises UnavailableError or OSError."""
        keeper, sandbox = self.keeper_account(workspace), self.sandbox_account(workspace)
        make_workspace_folders(self.data_fd, self.runtime_fd, workspace, keeper, sandbox)

    def start_keeper(self, workspace: str) -> Process:
        """Start the workspace's keeper, in a group of its own; it does not listen yet.

        Raises UnavailableError or SandboxError.
        """
        group = self.groups().keeper(workspace)
        enter: list[str] = []
        if group is not None:
            for note in group.apply(KEEPER_PLAN):
                _log.warning("keeper not limited", workspace=workspace, reason=note)
            enter = group.enter_files()
        return self.zygote.start_keeper(workspace, self.keeper_account(workspace), enter)

    def keeper_ended(self, workspace: str) -> None:
        """Remove the group of a keeper that is not started again."""
        group = self.groups().keeper(workspace)
        if group is not None and not group.remove():
            _log.error("a keeper's group is left behind", workspace=workspace, pids=group.pids())

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
            "limits": found.limits,
            "quota": found.quota,
            "network": found.network,
            "unsafe": self.settings.unsafe_no_sandbox,
            "ceilings": self.ceilings,
            "reasons": list(found.reasons),
        }
