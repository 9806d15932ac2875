"""As an ordinary user: pasta or slirp4netns carry packets between a sandbox and our own sockets.

They reach whatever we reach, so the walls stand inside, before the device is there. A helper is
known by the first word of its command line, whoever started it.
"""

import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

from ide.sandbox.network.commands import (
    ENVIRONMENT,
    MAX_REASON_CHARS,
    PATH,
    Commands,
    DeviceError,
    Inside,
)
from ide.sandbox.network.veth import DEVICE

START_SECONDS: Final = 10.0
MAX_SAID_BYTES: Final = 4096
MAX_CMDLINE_BYTES: Final = 4096
_POLL_SECONDS: Final = 0.05
_END_SECONDS: Final = 10.0

Helper = Literal["pasta", "slirp4netns"]
HELPERS: Final[tuple[Helper, ...]] = ("pasta", "slirp4netns")

_children: dict[str, subprocess.Popen[bytes]] = {}
"""Helpers that are ours to collect, by what their first word says."""
_lock = threading.Lock()


def start(helper: Helper, sandbox: Inside, server: str, workspace: str) -> None:
    """Start the helper of a sandbox; return when its device is there.

    Raises DeviceError, the helper ended, when it is not within START_SECONDS: pasta was seen to
    wait for ever where it may not open /dev/net/tun.
    """
    program = shutil.which(helper, path=PATH)
    if program is None:
        raise DeviceError(f"{helper} is missing")
    # They open the second from within the first, where our own descriptors are out of reach.
    owner = f"/proc/{os.getpid()}/fd/{sandbox.owner}"
    network = f"/proc/{sandbox.pid}/ns/net"
    words = {
        "pasta": [
            "--foreground", "--ipv4-only", "--config-net", "--ns-ifname", DEVICE,
            "--no-map-gw", "--no-netns-quit", "-t", "none", "-u", "none", "-T", "none",
            "-U", "none", "--userns", owner, "--netns", network,
        ],
        "slirp4netns": [
            "--configure", "--mtu=1500", "--disable-host-loopback", "--disable-dns",
            "--netns-type=path", f"--userns-path={owner}", network, DEVICE,
        ],
    }[helper]  # fmt: skip
    said = os.memfd_create("stderr")
    try:
        # Its first word names the workspace, and whether it is pasta by the beginning.
        process = subprocess.Popen(
            [f"{helper}.{_mark(server, workspace)}", *words],
            executable=program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
            env=ENVIRONMENT,
            cwd="/",
        )
        with _lock:
            _children[_mark(server, workspace)] = process
        _await_device(helper, process, sandbox.commands, said)
    except OSError as error:
        raise DeviceError(f"{helper}: {error.strerror}") from error
    except DeviceError:
        end(server, workspace)
        raise
    finally:
        os.close(said)


def end(server: str, workspace: str) -> None:
    """End a workspace's helpers. Raises DeviceError when one does not end."""
    _collect(_mark(server, workspace))
    _end_all(server, lambda of: of == workspace)


def sweep(server: str, known: set[str]) -> None:
    """End the helpers of workspaces that are not `known`. Raises DeviceError."""
    _end_all(server, lambda of: of not in known)


def _mark(server: str, workspace: str) -> str:
    return f"ide-{server}.{workspace}"


def _running(server: str) -> Iterator[tuple[int, str]]:
    """Yield (process id, workspace) of each helper of ours, which an ordinary user is.

    Another user's process of that name cannot be ended by us, and is none of ours.
    """
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        if workspace := _workspace_of(pid, server):
            yield pid, workspace


def _workspace_of(pid: int, server: str) -> str:
    """Return the workspace that a process is the helper of, "" when it is none of the server's."""
    try:
        with Path(f"/proc/{pid}/cmdline").open("rb") as file:
            word = file.read(MAX_CMDLINE_BYTES).split(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return ""
    helper, _, rest = word.partition(".")
    mark = _mark(server, "")
    return rest.removeprefix(mark) if helper in HELPERS and rest.startswith(mark) else ""


def _end_all(server: str, unwanted: Callable[[str], bool]) -> None:
    for pid, workspace in list(_running(server)):
        if not unwanted(workspace):
            continue
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if _workspace_of(pid, server) != workspace:  # the number is another's by now
                continue
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            _await_end(handle)
        except (ProcessLookupError, PermissionError):
            continue
        finally:
            os.close(handle)


def _await_end(handle: int) -> None:
    poll = select.poll()  # select() takes no descriptor above 1023
    poll.register(handle, select.POLLIN)
    if not poll.poll(_END_SECONDS * 1000):
        raise DeviceError("a helper of the network does not end")


def _collect(mark: str) -> None:
    """End one that is our child, also when it has ended by itself."""
    with _lock:
        process = _children.pop(mark, None)
    if process is None:
        return
    process.kill()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        raise DeviceError("a helper of the network does not end") from None


def _await_device(
    helper: Helper, process: subprocess.Popen[bytes], within: Commands, said: int
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if DEVICE in within.run("ip", "-o", "-4", "addr", "show", "up").split():
            return
        try:
            status = process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        raise DeviceError(f"{helper}: {_last_words(said) or f'ended with {status}'}")
    raise DeviceError(f"{helper} made no device within {START_SECONDS:.0f} seconds")


def _last_words(said: int) -> str:
    size = os.fstat(said).st_size
    text = os.pread(said, MAX_SAID_BYTES, max(0, size - MAX_SAID_BYTES)).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if "to syslog" not in line]
    return "; ".join(filter(None, lines[-2:]))[-MAX_REASON_CHARS:]
