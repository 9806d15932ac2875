"""Connect a sandbox that runs, as its plan says; say so where that cannot be had."""

import json
import os
import shutil
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import structlog

from ide.build import typed
from ide.guard.network import has_device
from ide.guard.plan import NetworkPlan
from ide.sandbox.network import rules, user_mode
from ide.sandbox.network.commands import PATH, Commands, DeviceError, inside
from ide.sandbox.network.resolver import resolver
from ide.sandbox.network.user_mode import Helper
from ide.sandbox.network.veth import Veths
from ide.sandbox.server_name import server_name
from ide.sandbox.spec import NetworkDevice
from ide.settings import Settings

SERVER_LETTERS: Final = 5

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Connected:
    """What a sandbox has got; `notes` are sentences for the person when it is less than asked."""

    device: NetworkDevice = "none"
    notes: tuple[str, ...] = ()


class Network:
    """The devices of one server's workspaces. Thread-safe."""

    def __init__(self, settings: Settings, commands: Commands | None = None) -> None:
        """`commands` run in the machine's network namespace, else in our own."""
        self._settings = settings
        self._server = server_name(settings.data)[:SERVER_LETTERS]
        self._commands = commands or Commands()
        network = IPv4Network(settings.network_range)
        self._has_veths = False
        self._veths = Veths(self._server, network, self._commands)

    def resolver_for(self, plan: NetworkPlan) -> str:
        """Return the name server of programs with this plan; "" when it has no device."""
        return resolver(self._settings) if has_device(plan) else ""

    def connect(
        self, device: NetworkDevice, pid: int, workspace: str, plan: NetworkPlan
    ) -> Connected:
        """Connect the sandbox whose PID 1 is `pid`, by the `device` that the probe found.

        Never fails: without a device programs have the forwarder, and a note says so.
        """
        if not has_device(plan):
            return Connected()
        try:
            self.make(device, pid, workspace, plan)
        except DeviceError as error:
            _log.warning("no network device", workspace=workspace, reason=str(error))
            return Connected("none", (_fallback(plan, str(error)),))
        return Connected(device)

    def make(self, device: NetworkDevice, pid: int, workspace: str, plan: NetworkPlan) -> None:
        """Make the device of a sandbox. Raises DeviceError, and then none is there."""
        if device == "none":
            raise DeviceError(f"`{typed('doctor')}` says what is missing")
        name_server = resolver(self._settings)
        if not name_server:
            raise DeviceError("this machine names no IPv4 name server; set IDE_RESOLVER")
        with inside(pid) as sandbox:
            if device == "veth":
                self._has_veths = True
                self._veths.connect(sandbox, workspace, plan, name_server)
                return
            helper: Helper = device
            user_mode.end(self._server, workspace)
            walls = rules.inner(plan, name_server, self._own_addresses())
            sandbox.commands.run("nft", "-f", "-", text=walls)
            user_mode.start(helper, sandbox, self._server, workspace)

    def disconnect(self, device: NetworkDevice, workspace: str) -> None:
        """Remove what `connect` made; a failure is logged, and left to the next sweep."""
        try:
            if device == "veth":
                self._veths.disconnect(workspace)
            elif device != "none":
                user_mode.end(self._server, workspace)
        except DeviceError as error:
            _log.warning("network device not removed", workspace=workspace, reason=str(error))

    def look(self) -> None:
        """Look after the walls, which a restarted firewall removes with everything."""
        name_server = resolver(self._settings)
        try:
            if os.geteuid() == 0 and name_server and self._has_veths:
                self._veths.look(name_server)
        except DeviceError as error:
            _log.error("the walls around the network may be missing", reason=str(error))

    def sweep(self, known: set[str]) -> None:
        """Remove what earlier supervisors left of workspaces that are not `known`."""
        try:
            if os.geteuid() != 0:
                user_mode.sweep(self._server, known)
            elif all(shutil.which(name, path=PATH) for name in ("ip", "nft")):
                self._has_veths = bool(known)  # perhaps of one of them
                self._veths.sweep(known)
                self._has_veths |= bool(self._veths.kept_for)
        except DeviceError as error:
            _log.warning("network not swept", reason=str(error))

    def _own_addresses(self) -> list[str]:
        told = json.loads(self._commands.run("ip", "-j", "-4", "addr", "show") or "[]")
        return [str(one["local"]) for each in told for one in each.get("addr_info", ())]


def _fallback(plan: NetworkPlan, reason: str) -> str:
    return (
        f"The network plan {plan} needs a network device, and none could be made: {reason}."
        " Programs reach the web alone, ports 80 and 443 through the proxy."
    )
