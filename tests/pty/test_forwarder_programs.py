"""pip and git through the forwarder: servers on loopback stand for the public internet.

Only two steps are made up: the name server's answer, and where the checked address leads.
"""

import asyncio
import functools
import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading
import zipfile
from urllib.parse import urlunsplit

import pytest

from ide.guard.plan import NetworkPlan
from ide.keeper.forwarder import Forwarder

pytestmark = pytest.mark.pty

PUBLIC = "93.184.215.14"
LOCAL = "127.0.0.1"
INDEX_HOST = "packages.example"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


@pytest.fixture
def site(tmp_path):
    """A folder with a package index and a git repository, served with and without TLS."""
    folder = tmp_path / "site"
    (folder / "simple/demo").mkdir(parents=True)
    with zipfile.ZipFile(folder / "simple/demo/demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo.py", "answer = 42\n")
        wheel.writestr(
            "demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
        )
        wheel.writestr(
            "demo-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    source = tmp_path / "source"
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (
        ["git", "init", "-q", source],
        ["git", "-C", source, *identity, "commit", "-q", "--allow-empty", "-m", "first"],
        ["git", "clone", "-q", "--bare", source, folder / "demo.git"],
        ["git", "-C", folder / "demo.git", "update-server-info"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    return folder


@pytest.fixture
def certificate(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=packages.example", "-addext", "subjectAltName=DNS:packages.example",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return tmp_path / "cert.pem", tmp_path / "key.pem"


@pytest.fixture
def ports(site, certificate):
    """The loopback ports that stand for ports 80 and 443 of the public address."""
    handler = functools.partial(QuietHandler, directory=site)
    servers = [http.server.ThreadingHTTPServer((LOCAL, 0), handler) for _ in range(2)]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True)
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    yield {80: servers[0].server_port, 443: servers[1].server_port}
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def run(ports, tmp_path):
    """Run a command whose only way out is the forwarder, with the given plan."""

    async def resolve(host, _port):
        if not host.endswith(".example"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [PUBLIC]

    async def connect(address, port):
        assert address == PUBLIC
        outside = socket.socket()
        outside.setblocking(False)
        await asyncio.get_running_loop().sock_connect(outside, (LOCAL, ports[port]))
        return outside

    async def command(args, plan, hosts):
        forwarder = Forwarder(resolve, connect)
        forwarder.allow(plan, hosts)
        tasks = []
        listener = socket.create_server((LOCAL, 0))
        listener.setblocking(False)

        async def accept():
            while True:
                inside, _ = await asyncio.get_running_loop().sock_accept(listener)
                tasks.append(asyncio.create_task(forwarder.serve(inside)))

        tasks.append(asyncio.create_task(accept()))
        proxy = f"http://{LOCAL}:{listener.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
        environ |= dict.fromkeys(names, proxy)
        process = await asyncio.create_subprocess_exec(
            *map(str, args), env=environ, cwd=tmp_path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            output, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await forwarder.close()
            listener.close()
        return process.returncode, output.decode("utf-8", "replace")

    def call(*args, plan=NetworkPlan.WEB, hosts=()):
        return asyncio.run(command(args, plan, hosts))

    return call


def pip(scheme, *args):
    """Ask the index that INDEX_HOST is in these tests."""
    index = urlunsplit((scheme, INDEX_HOST, "simple", "", ""))
    return [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--retries", "1",
            "--disable-pip-version-check", "--no-deps",
            "-i", index, *args, "demo"]  # fmt: skip


def test_pip_downloads_over_http_and_through_a_tunnel(run, certificate, tmp_path):
    plain = pip("http", "--trusted-host", INDEX_HOST)
    code, output = run(*plain, "-d", tmp_path / "plain")
    assert code == 0, output
    assert (tmp_path / "plain/demo-1.0-py3-none-any.whl").exists()
    secure = pip("https", "--cert", certificate[0])
    code, output = run(*secure, "-d", tmp_path / "secure", plan=NetworkPlan.PACKAGES,
                       hosts=(INDEX_HOST,))  # fmt: skip
    assert code == 0, output
    assert (tmp_path / "secure/demo-1.0-py3-none-any.whl").exists()


def test_pip_shows_why_it_may_not(run):
    args = pip("https")
    code, output = run(*args, plan=NetworkPlan.PACKAGES)
    assert code != 0
    assert "packages.example is not among the package hosts of this workspace" in output
    code, output = run(*args, plan=NetworkPlan.NONE)
    assert "This workspace has no network" in output


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_git_clones(run, certificate, tmp_path, scheme):
    trust = f"http.sslCAInfo={certificate[0]}"
    url = f"{scheme}://{INDEX_HOST}/demo.git"
    code, output = run("git", "-c", trust, "clone", url, tmp_path / "clone")
    assert code == 0, output
    log = subprocess.run(["git", "-C", tmp_path / "clone", "log", "--format=%s"], check=True,
                         capture_output=True, timeout=30)  # fmt: skip
    assert log.stdout == b"first\n"


def test_nothing_on_this_machine_is_reached(run, ports):
    code, output = run("git", "clone", f"http://127.0.0.1:{ports[80]}/demo.git", "x")
    assert code != 0
    assert "403" in output
