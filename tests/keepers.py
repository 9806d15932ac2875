"""A real keeper on temporary folders, and clients that speak its frames, for tests.

    with running_keeper() as run, run.link() as link:
        console = run.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
        link.hello(console)
        link.type("echo hello\n")
        link.read_until(b"hello")

`running_keeper(sandboxed=True)` puts the agent into a real bubblewrap sandbox; without, it runs
plainly, which is enough (and fast) for what the keeper does itself.
"""

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from wsproto import connection as websocket
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, CloseConnection

from ide.guard.grant import Grant, Right
from ide.guard.plan import NetworkPlan, Plan
from ide.sandbox import rlimits
from ide.wire import frames, limits, stream
from ide.wire.files import Reader
from ide.wire.frames import Frame, Kind
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent
SECONDS = 20.0
START_SECONDS = 60.0
"""A keeper takes half a second of processor time to start, of which a busy machine gives little."""
OF_THE_WEB = {Kind.GRANT, Kind.CALL, Kind.HANDOVER, Kind.END}
_BASHRC = """ulimit $IDE_LIMITS; unset IDE_LIMITS
PS1='$ '
bind 'set enable-bracketed-paste off' 2>/dev/null
"""
_RUN_PYTHON = f'#!/bin/sh\nexec {sys.executable} "$@"\n'


class CallError(Exception):
    """The keeper refused a call; `code` is its word."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(f"{reply['code']}: {reply['message']}")
        self.code, self.detail = reply["code"], reply["detail"]


def unlimited_usage() -> dict[str, Any]:
    """Return what a supervisor measures of a workspace at rest that nothing limits."""
    return {
        "running": True, "plan": "standard", "level": 1,
        "memory": {"used": 5 << 20, "limit": 0, "peak": 5 << 20},
        "cpu": {"usec": 0, "throttled_usec": 0, "limit": 0},
        "processes": {"used": 1, "limit": 0}, "disk": None,
        "enforced": dict.fromkeys(("memory", "cpu", "processes", "disk"), "none"),
        "notes": [], "kills": 0, "victims": [],
    }  # fmt: skip


class Supervisor(threading.Thread):
    """Answers `sandbox` on supervisor.sock as the real one does, through `start`."""

    def __init__(self, runtime: Path, start: Callable[[], tuple[Path, str]]) -> None:
        super().__init__(daemon=True)
        self._start = start
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(runtime / "supervisor.sock"))
        self._listener.listen(8)
        self.asked = 0
        self.usage = unlimited_usage()
        """What it says that the workspace uses; a test may change it."""
        self.network: dict[str, Any] = {}
        """What is said of the sandbox's network device."""
        self.waits: list[str] = []
        """What of another plan waits for the next start."""
        self.start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(65536)
                answer = json.dumps({"ok": True, **self._answer(request)})
                with contextlib.suppress(BrokenPipeError):  # who asked may be gone by then
                    connection.sendall(stream.prefixed(answer.encode()))

    def _answer(self, request: bytes) -> dict[str, Any]:
        if b'"limits"' in request:
            return {"notes": self.waits}
        if b'"usage"' in request:
            return {"clock": time.monotonic(), **self.usage}
        self.asked += 1
        agent, kind = self._start()
        return {"agent": str(agent), "kind": kind, "network": self.network}

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join(SECONDS)


class PlainAgent:
    """The real agent as an ordinary child, started when first asked for."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self._path = runtime / "agent.sock"
        self._home, self._tools = folder / "home", folder / "tools"
        self._home.mkdir()
        self._tools.mkdir()
        (self._tools / "bashrc").write_text(_BASHRC)
        for name in ("run-python", "python-console"):
            (self._tools / name).write_text(_RUN_PYTHON)
            (self._tools / name).chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def home(self) -> Path:
        return self._home

    def start(self) -> tuple[Path, str]:
        with self._lock:
            if self.process is None or self.process.poll() is not None:
                self._spawn()
        return self._path, "none"

    def _spawn(self) -> None:
        self._path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(str(self._path))
            listener.listen(8)
            ready, ready_write = os.pipe()
            fds = (listener.fileno(), ready_write)
            self.process = subprocess.Popen(
                [
                    sys.executable, "-c", "from ide.agent.main import main; main()",
                    "0" * 16, *map(str, fds), str(self._home), str(self._tools), "none",
                    rlimits.word({"CORE": 0, "NOFILE": 1024 + rlimits.FILES_RESERVE}),
                ],
                pass_fds=fds,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
            )  # fmt: skip
            os.close(ready_write)
            os.read(ready, 1)
            os.close(ready)

    def client(self) -> Any:
        """A client of the agent; the agent drops the keeper for it."""
        from tests.sandboxes import AgentClient  # noqa: PLC0415 - only few tests need it

        return AgentClient(self._path)

    def kill(self) -> None:
        """SIGKILL, as a sandbox that ran out of memory; its programs get SIGHUP."""
        if self.process:
            self.process.kill()
            self.process.wait(SECONDS)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()


class KeeperRun:
    """One keeper process. `kill` and `start` make a successor on the same folders."""

    def __init__(self, folder: Path, env: dict[str, str] | None = None) -> None:
        self.workspace = "0123456789abcdef"
        self.data, self.runtime = folder / "d", folder / "r"
        self.folder = self.data / self.workspace
        for path in (self.folder, self.runtime / self.workspace):
            path.mkdir(parents=True)
        self.socket = self.runtime / self.workspace / "keeper.sock"
        self.plan = Plan(network=NetworkPlan.WEB)
        self.agent: Any = None
        self.supervisor: Supervisor | None = None
        self._env = env or {}
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "server.log"

    def start(self) -> None:
        """Start the keeper and wait until it listens."""
        self.process = self._spawn()
        wait_until(self._listens, START_SECONDS, f"a keeper on {self.socket}")

    def start_second(self) -> int:
        """Start another one beside it; returns its exit status."""
        return self._spawn().wait(SECONDS)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    sys.executable, "-m", "ide.keeper", "--workspace", self.workspace,
                    "--data", str(self.data), "--runtime", str(self.runtime),
                ],
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **self._env},
                stderr=log,
            )  # fmt: skip

    def change_journal(self, statement: str) -> None:
        """Change the journal behind the back of a keeper that does not run."""
        with contextlib.closing(sqlite3.connect(self.folder / "journal.db")) as db, db:
            db.execute(statement)

    def look_up(self, column: str, console: str) -> Any:
        """Return what the journal says of a console."""
        query = f"SELECT {column} FROM consoles WHERE id = ?"  # noqa: S608 - the test's own
        with contextlib.closing(sqlite3.connect(self.folder / "journal.db")) as db:
            return db.execute(query, (console,)).fetchone()[0]

    def _listens(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(self.socket))
            return True
        return False

    def kill(self) -> None:
        """SIGKILL the keeper."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(SECONDS)

    def stop(self) -> None:
        """End it orderly."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(SECONDS)

    def connect(self, **grant: Any) -> "LinkClient":
        """Open a connection and show a grant; `grant` changes its fields."""
        return LinkClient(self.socket, self.grant(**grant))

    def link(self, **grant: Any) -> "LinkClient":
        """The same; reads better where a browser's link is meant."""
        return self.connect(**grant)

    def grant(self, **changes: Any) -> Grant:
        fields: dict[str, Any] = {
            "login": "login-1",
            "user": "alice",
            "workspace": self.workspace,
            "rights": frozenset(Right),
            "until": time.time() + 600,
            "plan": self.plan,
        }
        return Grant(**(fields | changes))

    def call(self, op: str, **args: Any) -> dict[str, Any]:
        """Call and return the value. Raises CallError."""
        with self.connect() as connection:
            return connection.call(op, **args)

    def console(self, name: str) -> dict[str, Any]:
        """The console as JSON."""
        return next(one for one in self.call("consoles.list")["consoles"] if one["id"] == name)

    def open_files(self) -> socket.socket:
        """Ask for a stream to the file worker."""
        with self.connect() as connection:
            call = frames.pack_json({"id": 1, "op": "files.open", "args": {}})
            connection.send(Kind.CALL, 0, call)
            _, fds, _, _ = socket.recv_fds(connection.socket, 65536, 4)
        assert len(fds) == 1
        stream_ = socket.socket(fileno=fds[0])
        stream_.settimeout(SECONDS)
        return stream_

    def read_log(self, console: str, op: str = "log.open", **args: Any) -> bytes:
        """Download all that a console printed, or what another call says of it."""
        with self.connect() as connection:
            call = frames.pack_json({"id": 1, "op": op, "args": {"console": console, **args}})
            connection.send(Kind.CALL, 0, call)
            _, fds, _, _ = socket.recv_fds(connection.socket, 65536, 4)
        with socket.socket(fileno=fds[0]) as opened:
            opened.settimeout(SECONDS)
            return b"".join(Reader(opened.recv).body())

    def new_bash(self, cols: int = 80, rows: int = 24) -> str:
        """Create a bash console and return its id."""
        return str(self.call("consoles.create", kind="bash", cols=cols, rows=rows)["id"])


class LinkClient:
    """One connection to a keeper, blocking, with a time limit on every wait.

    The first frame that a browser would send hands a browser's socket over, as the web does.
    """

    def __init__(self, path: Path, grant: Grant | None) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        self.socket.connect(str(path))
        self.browser: socket.socket | None = None
        self.close_code: int | None = None
        self.close_reason = ""
        self._splitter = stream.Splitter()
        self._websocket = websocket.Connection(ConnectionType.CLIENT)
        self._message = b""
        self._frames: list[Frame] = []
        self._seq: dict[int, int] = {}
        self.page = secrets.token_hex(4)
        self.channels: dict[int, Channel] = {}
        self.events: list[dict[str, Any]] = []
        self.errors: list[frames.ErrorInfo] = []
        self.inacks: list[int] = []
        self.acking = True
        if grant is not None:
            self.send(Kind.GRANT, 0, frames.pack_json(grant.to_json()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()
        if self.browser:
            self.browser.close()

    def hand_over(self) -> socket.socket:
        """Hand a browser's socket to the keeper; returns the browser's end of it."""
        ours, theirs = socket.socketpair()
        ours.settimeout(SECONDS)
        with theirs:
            message = stream.prefixed(frames.encode(Kind.HANDOVER, 0))
            socket.send_fds(self.socket, [message], [theirs.fileno()])
        return ours

    def hand_over_once(self) -> None:
        """Hand a browser's socket over, unless that is done."""
        self.browser = self.browser or self.hand_over()

    def send(self, kind: int, channel: int = 0, payload: bytes = b"") -> None:
        """Send one frame."""
        message = frames.encode(kind, channel, payload)
        if kind in OF_THE_WEB:
            self.socket.sendall(stream.prefixed(message))
        else:
            self.send_browser(message)

    def send_browser(self, message: bytes) -> None:
        """Send one WebSocket message."""
        self.send_raw(self.masked(message))

    def masked(self, message: bytes) -> bytes:
        """Return the bytes of one WebSocket message."""
        return self._websocket.send(BytesMessage(message))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as a browser."""
        self.hand_over_once()
        self.browser.sendall(data)

    def receive(self, seconds: float = SECONDS) -> Frame:
        """Return the next frame, raw. Raises TimeoutError, and EOFError at the end."""
        deadline = time.monotonic() + seconds
        while not self._frames:
            left = deadline - time.monotonic()
            both = [one for one in (self.browser, self.socket) if one]
            ready = select.select(both, [], [], max(0, left))[0]
            if left <= 0 or not ready:
                raise TimeoutError
            data = ready[0].recv(65536)
            if ready[0] is self.socket:
                if not data:
                    raise EOFError
                self._frames.extend(frames.decode(one) for one in self._splitter.feed(data))
            else:
                self._take_browser(data)
        return self._frames.pop(0)

    def _take_browser(self, data: bytes) -> None:
        if not data:
            raise EOFError
        self._websocket.receive_data(data)
        for event in self._websocket.events():
            if isinstance(event, BytesMessage):
                self._message += bytes(event.data)
                if event.message_finished:
                    self._frames.append(frames.decode(self._message))
                    self._message = b""
            elif isinstance(event, CloseConnection):
                self.close_code, self.close_reason = event.code, event.reason or ""
        if self.close_code and not self._frames:
            raise EOFError

    def step(self, seconds: float = SECONDS) -> Frame:
        """Receive a frame, as a browser does: keep streams, acknowledge, remember events."""
        frame = self.receive(seconds)
        if frame.kind == Kind.EVENT:
            self.events.append(frames.unpack_json(frame.payload, 10**6))
        elif frame.kind == Kind.ERROR:
            self.errors.append(frames.ErrorInfo.unpack(frame.payload))
        elif frame.kind == Kind.INACK:
            self.inacks.append(frames.Inack.unpack(frame.payload).seq)
        elif channel := self.channels.get(frame.channel):
            channel.take(frame)
            if self.acking and frame.kind in {Kind.OUTPUT, Kind.SNAP_END}:
                self.ack(frame.channel)
        return frame

    def until(self, done: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """Take frames until `done` is true, and return that value."""
        deadline = time.monotonic() + seconds
        while not (value := done()):
            left = deadline - time.monotonic()
            assert left > 0, f"not within {seconds} s; {self.channels}"
            with contextlib.suppress(TimeoutError):
                self.step(left)
        return value

    def idle(self, seconds: float) -> None:
        """Take whatever comes for that long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                self.step(left)

    def hello(self, console: str, channel: int = 1, **more: Any) -> dict[str, Any]:
        """Attach and return WELCOME."""
        asked = {
            "console": console, "cols": 80, "rows": 24, "px_width": 0, "px_height": 0,
            "visible": True, "device": self.page,
        }  # fmt: skip
        self.channels[channel] = Channel()
        self.send(Kind.HELLO, channel, frames.pack_json(asked | more))
        welcome: dict[str, Any] = self.until(
            lambda: self.channels[channel].welcome or (self.errors and {"error": self.errors[-1]})
        )
        return welcome

    def ack(self, channel: int = 1) -> None:
        """Acknowledge everything that came."""
        self.send(Kind.ACK, channel, frames.Ack(self.channels[channel].offset).pack())

    def type(self, text: str | bytes, channel: int = 1) -> int:
        """Send keys; returns their number."""
        seq = self._seq[channel] = self._seq.get(channel, 0) + 1
        data = text.encode() if isinstance(text, str) else text
        self.send(Kind.INPUT, channel, frames.Input(seq, data).pack())
        return seq

    def size(self, cols: int, rows: int, flags: int = 3, channel: int = 1) -> None:
        """Say the grid of the pane (visible and used unless `flags` say else)."""
        self.send(Kind.SIZE, channel, frames.Size(cols, rows, 0, 0, flags).pack())

    def read_until(self, wanted: bytes, channel: int = 1, seconds: float = SECONDS) -> bytes:
        """Take frames until the output of a channel has `wanted`; returns all of it."""
        stream_ = self.channels[channel]
        searched = 0

        def found() -> bool:
            nonlocal searched
            at = stream_.output.find(wanted, min(searched, len(stream_.output)))
            searched = max(0, len(stream_.output) - len(wanted))
            return at >= 0

        self.until(found, seconds)
        return bytes(stream_.output)

    def call(self, op: str, **args: Any) -> dict[str, Any]:
        """Call and return the value. Raises CallError."""
        number = secrets.randbits(30)
        self.send(Kind.CALL, 0, frames.pack_json({"id": number, "op": op, "args": args}))
        while True:
            frame = self.step()
            if frame.kind != Kind.REPLY:
                continue
            reply = frames.unpack_json(frame.payload, 10**6)
            if reply["id"] == number:
                if not reply["ok"]:
                    raise CallError(reply)
                value: dict[str, Any] = reply["value"]
                return value


class Channel:
    """What one attachment was sent; asserts that no byte is missing or doubled."""

    def __init__(self) -> None:
        self.welcome: dict[str, Any] | None = None
        self.output = bytearray()
        """Everything since the last WELCOME or snapshot."""
        self.offset = 0
        self.snapshot: bytes | None = None
        self.snapshots = 0
        self.begin: frames.SnapBegin | None = None
        self.resizes: list[frames.Resized] = []
        self.exit: frames.Exit | None = None
        self.meta: dict[str, Any] = {}
        self.away: dict[str, Any] | None = None
        self._parts = b""

    def __repr__(self) -> str:
        return f"<channel at {self.offset}: {bytes(self.output[-500:])!r}>"

    def take(self, frame: Frame) -> None:
        if frame.kind == Kind.WELCOME:
            self.welcome = frames.unpack_json(frame.payload)
            self.meta = self.welcome["info"]
            self.offset = self.welcome["offset"]
            self.output.clear()
        elif frame.kind == Kind.OUTPUT:
            output = frames.Output.unpack(frame.payload)
            assert output.offset == self.offset, "a gap or an overlap"
            assert len(output.data) <= limits.MAX_OUTPUT_BYTES
            self.output += output.data
            self.offset += len(output.data)
        elif frame.kind == Kind.SNAP_BEGIN:
            self.begin, self._parts = frames.SnapBegin.unpack(frame.payload), b""
        elif frame.kind == Kind.SNAP_DATA:
            self._parts += frame.payload
        elif frame.kind == Kind.SNAP_END:
            self._end_snapshot()
        elif frame.kind == Kind.RESIZED:
            resized = frames.Resized.unpack(frame.payload)
            assert resized.offset == self.offset, "a resize out of place"
            self.resizes.append(resized)
        elif frame.kind == Kind.EXIT:
            self.exit = frames.Exit.unpack(frame.payload)
            assert self.exit.offset == self.offset, "an exit out of place"
        elif frame.kind == Kind.META:
            self.meta = frames.unpack_json(frame.payload)
        elif frame.kind == Kind.AWAY:
            self.away = frames.unpack_json(frame.payload)
            assert self.away["head"] >= self.offset, "output beyond what was counted"

    def _end_snapshot(self) -> None:
        assert self.begin
        assert len(self._parts) == self.begin.length
        plain = self.begin.codec == frames.Codec.PLAIN
        self.snapshot = self._parts if plain else zlib.decompress(self._parts)
        self.snapshots += 1
        self.offset = self.begin.offset
        self.output.clear()


@contextlib.contextmanager
def running_keeper(
    *,
    sandboxed: bool = False,
    env: dict[str, str] | None = None,
    agent: Any = None,
    before: Callable[[KeeperRun], None] | None = None,
) -> Iterator[KeeperRun]:
    """Start a keeper; its sandbox starts when it asks for one. `agent(folder, runtime)` makes
    another agent than the plain one (an object with `start`, `stop`, `kill`); `before` is called
    when the folders are there and nothing runs yet."""
    folder = Path(tempfile.mkdtemp(prefix="ide-k-"))
    with contextlib.ExitStack() as after:
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        run = KeeperRun(folder, env)
        if sandboxed:
            run.agent = after.enter_context(_confined())
            (run.runtime / run.workspace / "agent.sock").symlink_to(run.agent.start()[0])
        else:
            run.agent = (agent or PlainAgent)(folder, run.runtime / run.workspace)
        after.callback(run.agent.stop)
        run.supervisor = Supervisor(run.runtime, run.agent.start)
        after.callback(run.supervisor.stop)
        if before:
            before(run)
        run.start()
        after.callback(run.stop)
        yield run


class _ConfinedAgent:
    def __init__(self, sandbox: Any) -> None:
        self._sandbox = sandbox
        self.home = sandbox.home

    def start(self) -> tuple[Path, str]:
        return self._sandbox.socket, self._sandbox.kind

    def kill(self) -> None:
        self._sandbox.kill()

    def pids(self) -> list[int]:
        """bubblewrap, the agent and what runs in consoles, but not the environment's making."""
        inner = [self._sandbox.pid]
        shells = [
            int(path.name)
            for path in Path("/proc").iterdir()
            if path.name.isdecimal() and _parent_and_name(path) == (inner[0], "bash")
        ]
        return [self._sandbox.outer_pid, *inner, *shells]

    def stop(self) -> None:
        """End with the sandbox."""


@contextlib.contextmanager
def _confined() -> Iterator[_ConfinedAgent]:
    # Imported here: plain runs need none of it.
    from tests.sandboxes import running_sandbox  # noqa: PLC0415

    with running_sandbox(environment=False) as sandbox:
        yield _ConfinedAgent(sandbox)


def _parent_and_name(process: Path) -> tuple[int, str]:
    try:
        before, _, after = (process / "stat").read_text().rpartition(")")
    except OSError:
        return 0, ""
    return int(after.split()[1]), before.partition("(")[2]
