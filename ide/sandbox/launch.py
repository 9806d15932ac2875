"""Start a sandbox."""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from ide.errors import SandboxError
from ide.sandbox import bwrap, ports, rlimits, seccomp
from ide.sandbox.network.resolver import resolv_conf
from ide.sandbox.spec import Probe, Sandbox, SandboxSpec

START_SECONDS: Final = 20.0
MAX_INFO_BYTES: Final = 4096
MAX_REASON_BYTES: Final = 4096
OOM_SCORE: Final = 500
"""Programs of workspaces go first when memory runs out, the server last."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""The outer processes, which are ours to collect."""


def start(spec: SandboxSpec, probe: Probe) -> Sandbox:
    """Start the sandbox of `spec` and return once its agent serves.

    Raises SandboxError with the reason: none can be made here, or this one did not start in time.
    """
    if os.geteuid() == 0 and not spec.uid:
        raise SandboxError("As root each sandbox needs an account of its own; none was given.")
    if probe.kind == "bubblewrap" and probe.bwrap is not None:
        return _start_confined(spec, probe.bwrap)
    if not spec.unsafe:
        raise SandboxError("No sandbox can be made here: " + " ".join(probe.reasons))
    return _start_plain(spec)


def reap() -> None:
    """Collect the outer processes of sandboxes that ended."""
    for pid, process in list(_children.items()):
        if process.poll() is not None:
            _children.pop(pid, None)  # unless another thread did so meanwhile


@contextlib.contextmanager
def sealed_programs() -> Iterator[tuple[int, int]]:
    """Give both seccomp programs as readable descriptors."""
    fds = []
    try:
        for program in seccomp.programs():
            fd = os.memfd_create("seccomp")
            fds.append(fd)
            os.write(fd, program)
            os.lseek(fd, 0, os.SEEK_SET)
        yield fds[0], fds[1]
    finally:
        for fd in fds:
            os.close(fd)


@contextlib.contextmanager
def _resolv_conf(resolver: str) -> Iterator[int | None]:
    """Give a readable /etc/resolv.conf, None where programs ask no name server themselves."""
    if not resolver:
        yield None
        return
    fd = os.memfd_create("resolv.conf")
    try:
        os.write(fd, resolv_conf(resolver).encode())
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def as_account(uid: int | None, gid: int | None) -> list[str]:
    """Return the words that turn what follows into another account without any privilege.

    Under its own uid, uid 1000 inside is nobody outside; started by root without one it would be
    root of the machine. Without `uid` only the memory killer is told whom to prefer.
    """
    words = ["choom", "--adjust", str(OOM_SCORE), "--"]
    if uid is not None:
        words += [
            "setpriv", "--reuid", str(uid), "--regid", str(uid if gid is None else gid),
            "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--",
        ]  # fmt: skip
    return words


def _agent(spec: SandboxSpec, ready: int, home: str, tools: str, kind: str) -> list[str]:
    return [
        str(bwrap.interpreter()), "-I", "-S", f"{tools}/agent.zip", spec.workspace,
        str(spec.listener_fd), str(ready), home, tools, kind, _limits(spec, kind),
    ]  # fmt: skip


def _limits(spec: SandboxSpec, kind: str) -> str:
    return rlimits.word(
        rlimits.rlimits(
            spec.plan,
            confined=kind != "none",
            own_account=spec.uid is not None,
            memory=spec.memory,
        )
    )


def _start_confined(spec: SandboxSpec, program: Path) -> Sandbox:
    with _pipe() as (info, info_write), _pipe() as (ready, ready_write):
        with sealed_programs() as (calls, arguments), _resolv_conf(spec.resolver) as names:
            command = [
                *spec.enter, *as_account(spec.uid, spec.gid), str(program),
                *bwrap.confinement(), *bwrap.environment(),
                *bwrap.visible_files(spec.toolbox, spec.home, spec.plan, names),
                "--add-seccomp-fd", str(calls), "--add-seccomp-fd", str(arguments),
                "--info-fd", str(info_write.fileno()), "--",
                *_agent(spec, ready_write.fileno(), bwrap.HOME, bwrap.TOOLS, "bubblewrap"),
            ]  # fmt: skip
            fds = (spec.listener_fd, calls, arguments, info_write.fileno(), ready_write.fileno())
            process, said = _spawn(command, fds if names is None else (*fds, names))
        info_write.close()
        ready_write.close()
        sandbox = _arrived(process, said, ready.fileno(), info.fileno())
    refused = ports.open_all(sandbox.pid)
    if refused is None:
        return sandbox
    return replace(sandbox, notes=(f"Ports below 1024 cannot be used inside: {refused}.",))


def _start_plain(spec: SandboxSpec) -> Sandbox:
    """Start the agent without a sandbox: as this user, as root still under another account."""
    with _pipe() as (ready, ready_write):
        command = [
            *spec.enter,
            *as_account(spec.uid, spec.gid),
            *_agent(spec, ready_write.fileno(), str(spec.home), str(spec.toolbox), "none"),
        ]
        process, said = _spawn(command, (spec.listener_fd, ready_write.fileno()))
        ready_write.close()
        return _arrived(process, said, ready.fileno(), None)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    read_end, write_end = os.pipe()
    with open(read_end, "rb", 0) as reader, open(write_end, "wb", 0) as writer:  # noqa: PTH123
        yield reader, writer


def _spawn(command: list[str], fds: tuple[int, ...]) -> tuple[subprocess.Popen[bytes], int]:
    """Start `command` with nothing of ours but `fds`; also return where its errors end up.

    The agent points its stdio at /dev/null before anything else runs, so nobody inside sees it.
    """
    said = os.memfd_create("stderr")
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=fds,
            start_new_session=True,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
        )
    except OSError as error:
        os.close(said)
        raise SandboxError(f"The sandbox could not be started: {error}.") from error
    _children[process.pid] = process
    return process, said


def _arrived(process: subprocess.Popen[bytes], said: int, ready: int, info: int | None) -> Sandbox:
    """Wait for the agent's word. Raises SandboxError with what was said instead."""
    deadline = time.monotonic() + START_SECONDS
    try:
        pid = process.pid if info is None else _inner_pid(info, deadline)
        if pid and _read(ready, 1, deadline):
            return Sandbox(pid, process.pid, "none" if info is None else "bubblewrap")
        late = time.monotonic() >= deadline
        for one in {pid, process.pid} - {0}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait(START_SECONDS)
        reason = os.pread(said, MAX_REASON_BYTES, 0).decode("utf-8", "replace").strip()
        if late:
            reason = f"nothing answered within {START_SECONDS:.0f} seconds. {reason}"
        raise SandboxError(f"The sandbox did not start: {reason or 'it gave no reason'}")
    finally:
        os.close(said)
        reap()


def _inner_pid(info: int, deadline: float) -> int:
    """Return the pid of the sandbox's PID 1, 0 when bwrap ended before it told it."""
    text = b""
    while len(text) < MAX_INFO_BYTES:
        part = _read(info, MAX_INFO_BYTES, deadline)
        text += part
        with contextlib.suppress(ValueError):
            return int(json.loads(text)["child-pid"])
        if not part:
            break
    return 0


def _read(fd: int, size: int, deadline: float) -> bytes:
    """Read once, b"" at the end or when `deadline` passes."""
    if not _is_readable(fd, max(0.0, deadline - time.monotonic())):
        return b""
    return os.read(fd, size)


def _is_readable(fd: int, seconds: float) -> bool:
    poll = select.poll()  # select() takes no descriptor above 1023
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
