"""A real sandbox and a client of its agent, for tests.

    with running_sandbox() as sandbox:
        agent = sandbox.agent()
        agent.spawn("c1", ["/bin/bash", "-c", "echo hello"])
        assert b"hello" in agent.read_all("c1")

Started by another process, as the supervisor does it: as root that process moves into a mount
namespace of its own, where the interpreter can be reached from other accounts.
"""

import array
import atexit
import contextlib
import functools
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ide.errors import IdeError
from ide.guard.plan import Plan
from ide.placement.processes import Process
from ide.sandbox import SandboxSpec, probing, reach, start, toolbox
from ide.settings import Settings

ROOT = Path(__file__).parent.parent
ACCOUNT = 231_000 + os.getpid() % 1_000
"""The account of the sandboxes of this process of tests when it runs as root."""
ORDINARY_ACCOUNT = 12_345 + os.getpid() % 1_000
SECONDS = 30.0


class AgentError(Exception):
    """The agent refused; `code` is its word."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(str(answer))
        self.code = answer.get("code")


class AgentClient:
    """A keeper's side of the agent's socket, blocking, with a time limit on every wait."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(SECONDS)
        self.socket.connect(os.fspath(path))
        self.events: list[tuple[dict[str, Any], int | None]] = []
        self._number = 0

    def close(self) -> None:
        self.socket.close()
        for _, fd in self.events:
            if fd is not None:
                os.close(fd)
        self.events.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def receive(self, seconds: float = SECONDS) -> tuple[dict[str, Any], int | None]:
        """Return the next packet and its fd, whatever it is."""
        self.socket.settimeout(seconds)
        data, control, flags, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(64))
        assert data, "the agent closed the connection"
        assert not flags & socket.MSG_TRUNC
        fds = array.array("i")
        for _, _, rights in control:
            fds.frombytes(rights)
        assert len(fds) <= 1
        return json.loads(data), fds[0] if fds else None

    def call(
        self, op: str, fd: int | None = None, **arguments: Any
    ) -> tuple[dict[str, Any], int | None]:
        """Ask and return the answer with its fd; events that come first are kept in `events`."""
        self._number += 1
        control = []
        if fd is not None:
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
        request = {"id": self._number, "op": op, **arguments}
        self.socket.sendmsg([json.dumps(request).encode()], control)
        while True:
            answer, got = self.receive()
            if "event" in answer:
                self.events.append((answer, got))
                continue
            assert answer.pop("id") == self._number
            if not answer.pop("ok"):
                raise AgentError(answer)
            return answer, got

    def hello(self) -> dict[str, Any]:
        return self.call("hello", version=1)[0]

    def spawn(self, console: str, argv: list[str], **more: Any) -> int:
        env = {
            "HOME": self.home,
            "PATH": f"{self.home}/.venv/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        } | more.pop("env", {})
        arguments = {"cwd": self.home, "cols": 80, "rows": 24} | more
        return self.call("spawn", console=console, argv=argv, env=env, **arguments)[0]["pid"]

    @functools.cached_property
    def home(self) -> str:
        return self.hello()["home"]

    def take(self, console: str, what: str = "master") -> int:
        """Return a copy of one descriptor; the caller closes it."""
        fd = self.call("take", console=console, what=what)[1]
        assert fd is not None
        return fd

    def event(self, kind: str, console: str | None = None) -> tuple[dict[str, Any], int | None]:
        """Return the next event of `kind` (of `console`), waiting for it."""
        deadline = time.monotonic() + SECONDS
        while True:
            for number, (event, fd) in enumerate(self.events):
                if event["event"] == kind and console in {None, event.get("console")}:
                    del self.events[number]
                    return event, fd
            self.events.append(self.receive(max(0.1, deadline - time.monotonic())))

    def read_until(self, console: str, wanted: bytes, fd: int | None = None) -> bytes:
        """Read the console's master until `wanted` came; return all of it."""
        master = self.take(console) if fd is None else fd
        try:
            return _read(master, wanted)
        finally:
            if fd is None:
                os.close(master)

    def read_all(self, console: str) -> bytes:
        """Read the console's master until its program ended."""
        return self.read_until(console, b"")

    def run(self, *argv: str, **more: Any) -> tuple[bytes, int]:
        """Run a program on a pty to its end; return what it printed and its exit status."""
        self.spawn("run", list(argv), **more)
        output = self.read_all("run")
        event, _ = self.event("exit", "run")
        self.call("forget", console="run")
        return output, event["status"] if event["how"] == "exit" else -event["status"]

    @functools.cached_property
    def interpreter(self) -> str:
        """The Python that is there without any environment."""
        return self.shell(f"cat {self.hello()['tools']}/interpreter").decode().strip()

    def python(self, code: str, *arguments: str) -> bytes:
        """Run Python code to its end and return what it printed."""
        output, _ = self.run(self.interpreter, "-I", "-c", code, *arguments)
        return output.replace(b"\r\n", b"\n")

    def forget_all(self) -> None:
        """Kill and forget every console."""
        for one in self.hello()["consoles"]:
            if one["exit"] is None:
                self.call("kill", console=one["console"])
                self.event("exit", one["console"])
            self.call("forget", console=one["console"])

    def shell(self, script: str, **more: Any) -> bytes:
        """Run a shell script to its end and return what it printed, with plain line ends."""
        return self.run("/bin/bash", "-c", script, **more)[0].replace(b"\r\n", b"\n")


def _read(master: int, wanted: bytes) -> bytes:
    """Read until `wanted`, or to the end when it is empty."""
    os.set_blocking(master, False)
    data = b""
    deadline = time.monotonic() + SECONDS
    while not wanted or wanted not in data:
        left = deadline - time.monotonic()
        assert left > 0, f"{wanted!r} did not come, only {data[-2000:]!r}"
        if not select.select([master], [], [], left)[0]:
            continue
        try:
            part = os.read(master, 65536)
        except OSError:  # EIO: no program has the pty any more
            part = b""
        if not part:
            assert not wanted, f"ended before {wanted!r}: {data[-2000:]!r}"
            break
        data += part
    return data


@dataclass(frozen=True)
class RunningSandbox:
    """A started sandbox. `folder` is everything of it, `home` what it sees as its home."""

    folder: Path
    home: Path
    socket: Path
    pid: int
    outer_pid: int
    kind: str

    def agent(self) -> AgentClient:
        return AgentClient(self.socket)

    def kill(self) -> None:
        """SIGKILL its PID 1."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@functools.cache
def data_folder() -> Path:
    """A folder whose toolbox all sandboxes of this test run share; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ide-tests-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextlib.contextmanager
def running_sandbox(
    *,
    unsafe: bool = False,
    account: int | None = None,
    home: Path | None = None,
    bwrap: str = "",
    weak: Iterable[str] = (),
    environment: bool = True,
    plan: Plan | None = None,
) -> Iterator[RunningSandbox]:
    """Start a sandbox over a fresh home and end it after.

    `account` runs the whole launch as that ordinary user (only as root); `unsafe` starts the
    agent without a sandbox; `bwrap` is "distribution" or "bundled" to insist on one; `weak` names
    defences of tests/walls/weak.py to do without. Without `environment` the workspace has no Python
    of its own, which takes a while to make.
    """
    weak = sorted(weak)
    folder = Path(tempfile.mkdtemp(prefix="ide-ws-"))
    folder.chmod(0o711)
    own = home is None
    home = home or folder / "home"
    if own:
        home.mkdir(mode=0o700)
        is_ours = "own account" in weak or os.geteuid() != 0
        owner = account or (os.geteuid() if is_ours else ACCOUNT)
        os.chown(home, owner, owner if os.geteuid() == 0 else -1)
    if not environment:
        (home / ".venv/bin").mkdir(parents=True)
        (home / ".venv/bin/python").symlink_to("/bin/true")
        (home / ".venv/.ready").touch()
    order = {
        "data": str(data_folder()),
        "folder": str(folder),
        "home": str(home),
        "unsafe": unsafe,
        "account": account,
        "own": ACCOUNT,
        "bwrap": bwrap,
        "weak": weak,
        "plan": (plan or Plan()).to_json(),
    }
    process = subprocess.Popen(
        [sys.executable, __file__, json.dumps(order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        text=True,
    )
    with process, contextlib.ExitStack() as after:
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        assert process.stdin is not None
        assert process.stdout is not None
        after.callback(process.wait, SECONDS)
        after.callback(process.stdin.close)  # its end is the word to end the sandbox
        told = json.loads(process.stdout.readline() or "{}")
        assert "pid" in told, f"no sandbox: {told}"
        yield RunningSandbox(folder, home, folder / "agent.sock", **told)


def _serve(order: dict[str, Any]) -> None:
    data, folder = Path(order["data"]), Path(order["folder"])
    settings = Settings(data=data, unsafe_no_sandbox=order["unsafe"])
    reach.make_reachable((*reach.server_paths(settings), folder))
    tools = toolbox.ensure(settings)
    account = order["own"] if os.geteuid() == 0 else None
    if order["account"]:
        account = None
        os.chown(folder, order["account"], -1)
        os.setgroups([])
        os.setresgid(*[order["account"]] * 3)
        os.setresuid(*[order["account"]] * 3)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(os.fspath(folder / "agent.sock"))
    listener.listen(8)
    spec = SandboxSpec(
        "0123456789abcdef",
        Path(order["home"]),
        listener.fileno(),
        account,
        account,
        tools,
        order["unsafe"],
        Plan.from_json(order["plan"]),
    )
    if order["weak"]:
        importlib.import_module("tests.walls.weak").remove(order["weak"], folder)
    try:
        origins = (order["bwrap"],) if order["bwrap"] else ("distribution", "bundled")
        # Of the machine these sandboxes need nothing else, and trying all of it takes longer.
        found = probing._probe_sandbox(settings, origins)
        if order["unsafe"]:
            found = type(found)(0, "none", None, "", found.own_uids, ("asked for",), ())
        sandbox = start(spec, found)
    except IdeError as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        sys.stdout.flush()
        return
    listener.close()
    told = {"pid": sandbox.pid, "outer_pid": sandbox.outer_pid, "kind": sandbox.kind}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    with contextlib.suppress(ProcessLookupError):  # a test may have ended it
        Process(sandbox.pid).end(0.2 if order["weak"] else 5.0)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
