"""Where one keeper's things lie, and its limits."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ide.settings import Settings

STOPPING: Final = "stopping"


@dataclass(frozen=True, slots=True)
class LogLimits:
    """How much output is kept of each console and of all together, and what stays free."""

    cap_bytes: int
    workspace_cap_bytes: int
    min_free_bytes: int

    def within(self, log_bytes: int) -> "LogLimits":
        """Return them with no cap above what a plan allows; 0 allows all of them."""
        if not log_bytes:
            return self
        return replace(
            self,
            cap_bytes=min(self.cap_bytes, log_bytes),
            workspace_cap_bytes=min(self.workspace_cap_bytes, log_bytes),
        )


@dataclass(frozen=True, slots=True)
class Config:
    """Paths and limits of one workspace."""

    workspace: str
    data: Path
    runtime: Path
    supervisor_socket: Path
    log_limits: LogLimits
    service_gid: int
    search_cap_bytes: int

    @classmethod
    def of(cls, settings: Settings, workspace: str) -> "Config":
        """Return the configuration of `workspace` under `settings`."""
        return cls(
            workspace=workspace,
            data=settings.data / workspace,
            runtime=settings.runtime / workspace,
            supervisor_socket=settings.runtime / "supervisor.sock",
            log_limits=LogLimits(
                settings.log_cap_bytes,
                settings.log_workspace_cap_bytes,
                settings.log_min_free_bytes,
            ),
            service_gid=settings.uid_base,
            search_cap_bytes=settings.search_cap_bytes,
        )

    @property
    def socket(self) -> Path:
        """Where web workers connect."""
        return self.runtime / "keeper.sock"

    @property
    def lock(self) -> Path:
        """Locked for as long as this keeper lives; holds its process id."""
        return self.runtime / "keeper.lock"

    @property
    def agent_socket(self) -> Path:
        """Where the workspace's agent listens."""
        return self.runtime / "agent.sock"

    @property
    def stopping(self) -> Path:
        """There while the supervisor ends this workspace, so from before its programs end."""
        return self.runtime / STOPPING

    @property
    def consoles(self) -> Path:
        """Folder of logs, one folder for each console."""
        return self.data / "consoles"

    @property
    def fault(self) -> Path:
        """Where the interpreter writes its trace when native code crashes this keeper."""
        return self.data / "keeper.fault"

    @property
    def plan(self) -> Path:
        """The newest plan, for the keeper that comes next."""
        return self.data / "plan.json"

    @property
    def journal(self) -> Path:
        """The database of consoles."""
        return self.data / "journal.db"

    @property
    def cards(self) -> Path:
        """The database of what ran in them."""
        return self.data / "cards.db"
