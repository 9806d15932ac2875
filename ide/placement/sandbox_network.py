"""The network device of one workspace's sandbox: made after its start, removed at its end."""

from typing import Any, Final

from ide.guard.network import has_device
from ide.guard.plan import NetworkPlan
from ide.placement.machine import Machine
from ide.placement.records import SandboxRecord
from ide.sandbox.spec import NetworkDevice

_WAITS: Final = "The network plan {} holds from the workspace's next start on; until then {}."


class SandboxNetwork:
    """What a running sandbox has: a `device`, with the walls of the plan `network`.

    Not thread-safe: WorkspaceSandbox calls it under its lock.
    """

    def __init__(self, machine: Machine, workspace: str) -> None:
        self.device: NetworkDevice = "none"
        self.network = NetworkPlan.NONE
        self._missing: tuple[str, ...] = ()
        self._machine, self._workspace = machine, workspace

    def adopt(self, record: SandboxRecord) -> None:
        """Take over that of a sandbox which an earlier supervisor started."""
        self.device, self.network = record.device, record.network

    def resolver(self, network: NetworkPlan) -> str:
        """Return the name server of a sandbox that is about to start, "" for none."""
        if not has_device(network) or self._machine.network_device() == "none":
            return ""
        return self._machine.network.resolver_for(network)

    def connect(self, pid: int, kind: str, network: NetworkPlan) -> None:
        """Give a sandbox that has just started its device, if it can be had.

        A sandbox of the kind "none" has the machine's network, whatever its plan.
        """
        if kind == "none":
            return
        found = self._machine.network_device() if has_device(network) else "none"
        made = self._machine.network.connect(found, pid, self._workspace, network)
        self.device, self.network, self._missing = made.device, network, made.notes

    def notes(self, network: NetworkPlan) -> tuple[str, ...]:
        """Return sentences on what a plan says and the running sandbox has not."""
        if network is self.network:
            return self._missing
        if self.device != "none":
            return (_WAITS.format(network, f"it is {self.network}"),)
        if has_device(network):
            return (_WAITS.format(network, "programs reach the web alone, through the proxy"),)
        return ()

    def describe(self, network: NetworkPlan) -> dict[str, Any]:
        """Return `{device, notes}`; `network` is the plan that holds now."""
        return {"device": self.device, "notes": list(self.notes(network))}

    def disconnect(self) -> None:
        """Remove the device, when there is one."""
        if self.device != "none":
            self._machine.network.disconnect(self.device, self._workspace)
        self.device, self.network, self._missing = "none", NetworkPlan.NONE, ()
