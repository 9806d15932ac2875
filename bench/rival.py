"""Ours beside JupyterLab's terminal, in interleaved rounds of one call.

    .venv/bin/python -m bench.rival

JupyterLab is installed from PyPI into an environment in a temporary folder, as anybody would.
"""

import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Final, Self

import httpx
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Message, Ping, Request, TextMessage

from bench import flood, processes, through
from bench.run import KEY_APART_SECONDS, NAME, PASSWORD, median_ms
from tests.server import Server
from tests.visitor import Visitor
from tests.waiting import wait_until

JUPYTERLAB: Final = "jupyterlab==4.6.6"
ROUNDS: Final = 3
KEYS: Final = 200
WAIT_SECONDS: Final = 120.0


class Jupyter:
    """A JupyterLab server with its token."""

    def __init__(self, folder: Path) -> None:
        environment = folder / "venv"
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", JUPYTERLAB], check=True)
        self.token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder = folder / "home"
        self.folder.mkdir()
        words = [python, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        words += [f"--ServerApp.port={self.port}", f"--IdentityProvider.token={self.token}"]
        self.process = subprocess.Popen(
            [*words, f"--ServerApp.root_dir={self.folder}"],
            env={"PATH": os.defpath, "HOME": str(self.folder), "SHELL": "/bin/bash"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, WAIT_SECONDS, "JupyterLab answers")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _answers(self) -> bool:
        try:
            return self._api("GET", "status").is_success
        except httpx.TransportError:
            return False

    def _api(self, method: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"token {self.token}"}
        address = f"http://127.0.0.1:{self.port}/api/{path}"
        return httpx.request(method, address, headers=headers, timeout=30, trust_env=False)

    def terminal(self) -> "Terminal":
        """Open a new terminal."""
        return Terminal(self, self._api("POST", "terminals").raise_for_status().json()["name"])


class Terminal:
    """The browser's end of one of JupyterLab's terminals."""

    def __init__(self, server: Jupyter, name: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), WAIT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = WSConnection(ConnectionType.CLIENT)
        headers = [(b"Authorization", f"token {server.token}".encode())]
        target = f"/terminals/websocket/{name}"
        request = Request(f"127.0.0.1:{server.port}", target, extra_headers=headers)
        self.socket.sendall(self._connection.send(request))
        self._text = ""
        self._is_open = False
        self._messages: list[list[str]] = []
        while not self._is_open:
            self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def type(self, text: str) -> None:
        """Send keys."""
        message = Message(json.dumps(["stdin", text]))
        self.socket.sendall(self._connection.send(message))

    def read_until(self, wanted: str) -> None:
        """Read until `wanted` was printed; keep only the last bytes."""
        tail = ""
        while wanted not in tail:
            if not self._messages:
                self._receive()
            for kind, *content in self._messages:
                if kind == "stdout":
                    tail = (tail + content[0])[-4096:]
            self._messages.clear()

    def _receive(self) -> None:
        """Take the messages of the next packet."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError("JupyterLab closed the terminal")
        self._connection.receive_data(data)
        for event in self._connection.events():
            match event:
                case AcceptConnection():
                    self._is_open = True
                case TextMessage():
                    self._text += event.data
                    if event.message_finished:
                        self._messages.append(json.loads(self._text))
                        self._text = ""
                case Ping():
                    self.socket.sendall(self._connection.send(event.response()))


def echo(visitor: Visitor, jupyter: Jupyter) -> None:
    """A key's echo, in turn."""
    mine, others = [], []
    console = visitor.new_console(cols=500)
    with visitor.link() as link, jupyter.terminal() as terminal:
        link.hello(console, cols=500)
        link.read_until(through.PROMPT)
        terminal.read_until("#" if os.geteuid() == 0 else "$")
        for number in range(KEYS):
            if number % 40 == 39:
                link.type(b"\x03")
                link.read_until(through.PROMPT)
                terminal.type("\x03")
                terminal.read_until("#" if os.geteuid() == 0 else "$")
            time.sleep(KEY_APART_SECONDS)
            mine.append(through.echo_seconds(link, 1))
            started = time.perf_counter()
            terminal.type("x")
            terminal.read_until("x")
            others.append(time.perf_counter() - started)
    line("echo of a key, p50, ms", median_ms(mine), median_ms(others), "ratio <= 0.7")


def output(server: Server, visitor: Visitor, jupyter: Jupyter) -> None:
    """A large `cat`, in turn."""
    mine, others = [], []
    for _ in range(ROUNDS):
        mine.append(flood.ours(server, visitor))
        others.append(_flood(jupyter))
    speeds = [statistics.median(each.mb_per_second for each in floods) for floods in (mine, others)]
    line("output of 68 MB, MB/s", *speeds, "as fast")
    used = [statistics.median(each.cpu_seconds for each in floods) for floods in (mine, others)]
    line("processor time of the server, s", *used, "ratio <= 1, goal 0.75")


def _flood(jupyter: Jupyter) -> flood.Flood:
    path = jupyter.folder / "flood.txt"
    flood.write_file(path)
    with jupyter.terminal() as terminal:
        terminal.read_until("#" if os.geteuid() == 0 else "$")
        pids = [jupyter.process.pid]
        before, started = processes.cpu_seconds(pids), time.perf_counter()
        terminal.type(f"cat {path}; echo do''ne\r")
        terminal.read_until("\ndone")
        taken = time.perf_counter() - started
        used = processes.cpu_seconds(pids) - before
    path.unlink()
    return flood.Flood(taken, used)


def line(what: str, ours: float, other: float, goal: str) -> None:
    """Print one figure beside JupyterLab's."""
    ratio = ours / other
    print(f"{what:34} {ours:9.2f}  JupyterLab {other:9.2f}  ratio {ratio:5.2f}  goal {goal}")


def main() -> int:
    """Measure everything."""
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, {JUPYTERLAB}")
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder,
        Server(Path(folder, "data")) as server,
        Visitor(server.url) as visitor,
        Jupyter(Path(folder)) as jupyter,
    ):
        server.add_user(NAME, PASSWORD)
        visitor.sign_in(NAME, PASSWORD)
        echo(visitor, jupyter)
        output(server, visitor, jupyter)
    return 0


if __name__ == "__main__":
    sys.exit(main())
