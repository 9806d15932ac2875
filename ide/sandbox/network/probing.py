"""Find out which network device this machine can give to a sandbox, by making one."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Final

from ide.guard.plan import NetworkPlan
from ide.sandbox.network.commands import (
    ENVIRONMENT,
    MAX_REASON_CHARS,
    Commands,
    DeviceError,
    inside,
)
from ide.sandbox.network.connecting import Network
from ide.sandbox.network.firewall import obstacles
from ide.sandbox.network.user_mode import HELPERS
from ide.sandbox.spec import NetworkDevice
from ide.settings import Settings

HOLDER_SECONDS: Final = 5.0
_TRIAL: Final = "0" * 16
_TUN: Final = "/dev/net/tun"
_ANY_RESOLVER: Final = "192.0.2.53"
_ADVICE: Final = {
    "veth": "On Debian: apt install nftables iproute2",
    "user": "On Debian: apt install passt slirp4netns nftables iproute2",
}


@dataclass(frozen=True, slots=True)
class NetworkProbe:
    """What was found. `reasons` say why there is no device, or what stands in its way."""

    device: NetworkDevice
    reasons: tuple[str, ...] = ()


def probe_network(settings: Settings) -> NetworkProbe:
    """Try each way in throw-away namespaces, away from the machine's own network.

    As root a veth, else pasta, then slirp4netns. Each step has a time limit, together well under
    a minute where everything hangs.
    """
    trial = replace(settings, resolver=settings.resolver or _ANY_RESOLVER)
    is_root = os.geteuid() == 0
    ways: tuple[NetworkDevice, ...] = ("veth",) if is_root else HELPERS
    reasons = []
    for device in ways:
        try:
            _try_veth(trial) if is_root else _try_helper(trial, device)
        except DeviceError as error:
            reasons.append(str(error))
        else:
            return NetworkProbe(device, obstacles(Commands()) if is_root else ())
    sentence = (
        "No network device can be given to workspaces, so that the plans outbound and full reach"
        f" the web through the proxy alone ({'; '.join(dict.fromkeys(reasons))})."
        f" {_ADVICE['veth' if is_root else 'user']}"
    )
    if not is_root and not os.access(_TUN, os.R_OK | os.W_OK):
        sentence += f"; chmod 0666 {_TUN}"
    return NetworkProbe("none", (sentence,))


def _try_veth(settings: Settings) -> None:
    """Let one namespace stand for the machine and another for a sandbox."""
    with (
        _namespace("unshare", "--net") as machine,
        _namespace("unshare", "--net") as sandbox,
        inside(machine) as outside,
    ):
        network = Network(settings, outside.commands)
        network.make("veth", sandbox, _TRIAL, NetworkPlan.OUTBOUND)
        network.disconnect("veth", _TRIAL)


def _try_helper(settings: Settings, device: NetworkDevice) -> None:
    with _namespace("unshare", "--user", "--map-root-user", "--net") as sandbox:
        network = Network(settings)
        try:
            network.make(device, sandbox, _TRIAL, NetworkPlan.OUTBOUND)
        finally:
            network.disconnect(device, _TRIAL)


@contextmanager
def _namespace(*words: str) -> Iterator[int]:
    """Give the process id of one that only holds new namespaces; it ends with us, however."""
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as said:
        try:
            holder = subprocess.Popen(
                [*words, "cat"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=said,
                env=ENVIRONMENT,
                cwd="/",
            )
        except OSError as error:
            raise DeviceError(f"unshare: {error.strerror}") from error
        theirs.close()
        try:
            _await_echo(ours, said)
            yield holder.pid
        finally:
            holder.kill()
            holder.wait()


def _await_echo(ours: socket.socket, said: IO[bytes]) -> None:
    """Return once `cat` answers, so that all it holds is there. Raises DeviceError."""
    ours.settimeout(HOLDER_SECONDS)
    try:
        ours.sendall(b"\n")
        if ours.recv(1):
            return
    except TimeoutError:
        raise DeviceError(f"unshare did not answer within {HOLDER_SECONDS:.0f} seconds") from None
    except OSError as error:  # it ended
        raise DeviceError(_reason(said)) from error
    raise DeviceError(_reason(said))


def _reason(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read(MAX_REASON_CHARS).decode("utf-8", "replace").strip() or "unshare failed"
