"""From a program in a real sandbox through its proxy port to the forwarder, and no further."""

import asyncio
import os
import socket
import threading

import pytest

from ide.guard.plan import NetworkPlan
from ide.keeper.forwarder import Forwarder
from tests.sandboxes import running_sandbox

pytestmark = pytest.mark.pty

PUBLIC = "93.184.215.14"
PROXY = {"http_proxy": "http://127.0.0.1:3128", "https_proxy": "http://127.0.0.1:3128"}


class Server:
    """Stands for a public server: answers one plain HTTP request after the other."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (data := connection.recv(4096)):
                    head += data
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npublic")


@pytest.fixture
def server():
    made = Server()
    yield made
    made.listener.shutdown(socket.SHUT_RDWR)
    made.listener.close()


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(environment=False) as running:
        yield running


def fetch(sandbox, server, url, plan=NetworkPlan.WEB, *, through_proxy=True):
    """Return what a program in the sandbox prints that fetches `url`."""
    script = (
        "import urllib.request, urllib.error\n"
        f"try: print('got', urllib.request.urlopen({url!r}, timeout=10).read().decode())\n"
        "except urllib.error.HTTPError as error: print('status', error.code, error.reason)\n"
        "except OSError as error: print('failed', error)\n"
    )

    async def resolve(host, port):
        if host == "public.example":
            return [PUBLIC]
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [each[4][0] for each in found]

    async def connect(address, _port):
        assert address == PUBLIC
        outside = socket.socket()
        outside.setblocking(False)
        await asyncio.get_running_loop().sock_connect(outside, ("127.0.0.1", server.port))
        return outside

    async def run(agent, master):
        forwarder = Forwarder(resolve, connect)
        forwarder.allow(plan)
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(None, agent.read_until, "fetch", b"", master)
        tasks = []
        if through_proxy:
            event, fd = await loop.run_in_executor(None, agent.event, "connect")
            assert event["to"] == "proxy"
            tasks.append(asyncio.create_task(forwarder.serve(socket.socket(fileno=fd))))
        printed = await asyncio.wait_for(reading, 20)
        if tasks:
            await asyncio.wait(tasks, timeout=10)
        await forwarder.close()
        return printed.decode()

    with sandbox.agent() as agent:
        environment = PROXY if through_proxy else {}
        agent.spawn("fetch", ["/usr/bin/python3", "-c", script], env=environment)
        master = agent.take("fetch")
        try:
            return asyncio.run(run(agent, master))
        finally:
            os.close(master)
            agent.forget_all()


def test_a_program_reaches_a_public_server(sandbox, server):
    assert "got public" in fetch(sandbox, server, "http://public.example/")


def test_the_plan_is_told(sandbox, server):
    refused = fetch(sandbox, server, "http://public.example/", NetworkPlan.NONE)
    assert "status 403 This workspace has no network" in refused


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1.", "10.0.0.1"])
def test_nothing_of_this_machine_and_its_network_is_reached(sandbox, server, host):
    refused = fetch(sandbox, server, f"http://{host}/")
    assert "status 403" in refused
    assert "is not on the public internet" in refused


def test_there_is_no_other_way_out(sandbox, server):
    printed = fetch(sandbox, server, f"http://127.0.0.1:{server.port}/", through_proxy=False)
    assert "failed" in printed
    assert "got" not in printed
