"""The forwarder between real sockets; only names and the last step of connecting are made up."""

import asyncio
import contextlib
import socket

import pytest

from ide.guard.plan import NetworkPlan
from ide.keeper.forwarder import Bounds, Forwarder
from tests.waiting import wait_until_async

PUBLIC = "93.184.215.14"
WAIT_SECONDS = 10


class Internet:
    """Names, and what listens at public addresses: `serve(reader, writer)` on loopback."""

    def __init__(self, names, serve=None):
        self.names = names
        self.serve = serve
        self.asked = []
        self.connected = []
        self.tasks = []

    async def resolve(self, host, _port):
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        if isinstance(answers, asyncio.Event):
            await answers.wait()
        return answers.pop(0) if isinstance(answers[0], list) else answers

    async def connect(self, address, port):
        self.connected.append((address, port))
        if self.serve is None:
            raise ConnectionRefusedError(111, "Connection refused")
        outside, server = socket.socketpair()
        outside.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=server)
        self.tasks.append(asyncio.create_task(self._serve(reader, writer)))
        return outside

    async def _serve(self, reader, writer):
        with contextlib.closing(writer), contextlib.suppress(OSError):
            await self.serve(reader, writer)


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def hello(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head)


@contextlib.asynccontextmanager
async def forwarding(internet, plan=NetworkPlan.WEB, hosts=(), **bounds):
    """Give a function that opens a connection to a forwarder, and the forwarder."""
    forwarder = Forwarder(internet.resolve, internet.connect, Bounds(**bounds))
    forwarder.allow(plan, hosts)
    tasks, writers = [], []

    async def open_connection():
        program, inside = socket.socketpair()
        tasks.append(asyncio.create_task(forwarder.serve(inside)))
        reader, writer = await asyncio.open_connection(sock=program)
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(WAIT_SECONDS):
            yield open_connection, forwarder
    finally:
        for writer in writers:
            writer.close()
        await forwarder.close()
        tasks += internet.tasks
        internet.tasks = []
        done, pending = await asyncio.wait(tasks, timeout=WAIT_SECONDS)
        assert not pending
        assert not [task for task in done if not task.cancelled() and task.exception()]


def ask(internet, request, plan=NetworkPlan.WEB, hosts=(), **bounds):
    """Return all that a program reads after it sent `request`."""

    async def run():
        async with forwarding(internet, plan, hosts, **bounds) as (open_connection, _):
            reader, writer = await open_connection()
            writer.write(request)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while data := await reader.read(65536):
                    answer += data
            return answer

    return asyncio.run(run())


def connect_to(target):
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()


def test_a_tunnel_carries_bytes_both_ways_and_half_closes():
    internet = Internet({"pypi.org": [PUBLIC]}, echo)

    async def run():
        async with forwarding(internet) as (open_connection, _):
            reader, writer = await open_connection()
            writer.write(connect_to("pypi.org:443") + b"early")
            established = await reader.readuntil(b"\r\n\r\n")
            assert established.startswith(b"HTTP/1.1 200 ")
            data = bytes(range(256)) * 4096
            writer.write(data)
            writer.write_eof()
            assert await reader.read() == b"early" + data

    asyncio.run(run())
    assert internet.connected == [(PUBLIC, 443)]


def test_a_plain_request_is_answered_by_its_server():
    internet = Internet({"example.org": [PUBLIC]}, hello)
    answer = ask(internet, b"GET http://example.org/x HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"GET /x HTTP/1.1\r\n" in answer
    assert b"host: example.org" in answer.lower()
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.5"], ["192.168.1.1"], ["169.254.169.254"], ["0.0.0.0"], ["::1"],
     ["::ffff:127.0.0.1"], ["::ffff:169.254.169.254"], ["fd00:ec2::254"], ["64:ff9b::7f00:1"],
     ["2002:7f00:1::1"], ["fe80::1%eth0"], ["224.0.0.1"], ["10.0.0.1", "::1"]],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(addresses):
    internet = Internet({"evil.example": addresses}, hello)
    answer = ask(internet, connect_to("evil.example:443"))
    assert answer.startswith(b"HTTP/1.1 403 evil.example is not on the public internet\r\n")
    answer = ask(internet, b"GET http://evil.example/ HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert internet.connected == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.1",
     "127.1", "0", "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "0.0.0.0", "[::]"],
)  # fmt: skip
def test_literal_addresses_of_this_machine_and_its_network_are_refused(host):
    """With the real resolver, which reads every old way to write an address."""
    internet = Internet({}, hello)

    async def run():
        forwarder = Forwarder(connect=internet.connect)
        forwarder.allow(NetworkPlan.WEB)
        program, inside = socket.socketpair()
        task = asyncio.create_task(forwarder.serve(inside))
        reader, writer = await asyncio.open_connection(sock=program)
        writer.write(connect_to(f"{host}:80"))
        answer = await reader.read()
        writer.close()
        await task
        await forwarder.close()
        return answer

    answer = asyncio.run(run())
    assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 502 There is no host"))
    assert internet.connected == []


def test_a_name_that_changes_its_answer_is_asked_once_and_the_checked_address_is_used():
    internet = Internet({"rebind.example": [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]}, hello)
    request = b"GET http://rebind.example/ HTTP/1.1\r\nHost: h\r\n\r\n"
    assert ask(internet, request).startswith(b"HTTP/1.1 200 ")
    assert (internet.asked, internet.connected) == (["rebind.example"], [(PUBLIC, 80)])
    assert ask(internet, request).startswith(b"HTTP/1.1 403 ")
    assert internet.connected == [(PUBLIC, 80)]


def test_of_mixed_answers_only_the_public_ones_are_tried():
    internet = Internet({"mixed.example": ["10.0.0.1", PUBLIC, "::1"]}, hello)
    assert b"200 OK" in ask(internet, b"GET http://mixed.example/ HTTP/1.1\r\nHost: h\r\n\r\n")
    assert internet.connected == [(PUBLIC, 80)]


def test_an_own_public_address_is_refused(monkeypatch):
    monkeypatch.setattr("ide.outside.addresses.is_own", lambda address: address == PUBLIC)
    internet = Internet({"me.example": [PUBLIC]}, hello)
    assert ask(internet, connect_to("me.example:443")).startswith(b"HTTP/1.1 403 ")
    assert internet.connected == []


def test_the_plan_decides():
    internet = Internet({"pypi.org": [PUBLIC], "example.org": [PUBLIC]}, hello)
    none = ask(internet, connect_to("pypi.org:443"), NetworkPlan.NONE)
    assert none.startswith(b"HTTP/1.1 403 This workspace has no network\r\n")
    other = ask(internet, connect_to("example.org:443"), NetworkPlan.PACKAGES)
    assert b"example.org is not among the package hosts" in other
    assert (internet.asked, internet.connected) == ([], [])
    listed = ask(internet, connect_to("pypi.org:443") + b"\r\n\r\n", NetworkPlan.PACKAGES)
    assert listed.startswith(b"HTTP/1.1 200 ")
    own = ask(internet, connect_to("example.org:443") + b"\r\n\r\n", NetworkPlan.PACKAGES,
              ("example.org",))  # fmt: skip
    assert own.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("plan", [NetworkPlan.OUTBOUND, NetworkPlan.FULL])
def test_a_plan_with_a_device_has_the_forwarder_only_where_there_is_no_device(plan):
    internet = Internet({"pypi.org": [PUBLIC], "lan.example": ["192.168.1.1"]}, echo)
    refused = ask(internet, connect_to("pypi.org:443"), plan)
    assert refused.startswith(b"HTTP/1.1 403 This workspace has a network device of its own\r\n")

    async def run():
        async with forwarding(internet) as (open_connection, forwarder):
            forwarder.allow(plan, is_fallback=True)
            reader, writer = await open_connection()
            writer.write(connect_to("pypi.org:443"))
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            private, writer = await open_connection()
            writer.write(connect_to("lan.example:443"))
            assert b" 403 " in await private.readuntil(b"\r\n\r\n")
            forwarder.allow(plan)  # it has its device now
            assert await reader.read() == b""

    asyncio.run(run())


def test_a_new_plan_ends_what_it_does_not_allow():
    internet = Internet({"pypi.org": [PUBLIC], "example.org": [PUBLIC]}, echo)

    async def run():
        async with forwarding(internet) as (open_connection, forwarder):
            kept_reader, kept = await open_connection()
            kept.write(connect_to("pypi.org:443"))
            ended_reader, ended = await open_connection()
            ended.write(connect_to("example.org:443"))
            await kept_reader.readuntil(b"\r\n\r\n")
            await ended_reader.readuntil(b"\r\n\r\n")
            forwarder.allow(NetworkPlan.PACKAGES)
            assert await ended_reader.read() == b""
            kept.write(b"still here")
            assert await kept_reader.readexactly(10) == b"still here"

    asyncio.run(run())


def test_an_unknown_name_a_refusal_and_silence_are_told_apart():
    unknown = ask(Internet({}), connect_to("nowhere.example:443"))
    assert unknown.startswith(b"HTTP/1.1 502 There is no host nowhere.example\r\n")
    refused = ask(Internet({"a.example": [PUBLIC]}), connect_to("a.example:443"))
    assert refused.startswith(b"HTTP/1.1 502 a.example cannot be reached: Connection refused\r\n")
    silent_names = ask(Internet({"a.example": asyncio.Event()}), connect_to("a.example:443"),
                       resolve_seconds=0.05)  # fmt: skip
    assert silent_names.startswith(b"HTTP/1.1 504 The name server did not answer")

    class Silent(Internet):
        async def connect(self, address, port):
            self.connected.append((address, port))
            await asyncio.Event().wait()

    silent = Silent({"a.example": [PUBLIC, "1.1.1.1", "1.0.0.1"]})
    answer = ask(silent, connect_to("a.example:443"), connect_seconds=0.1)
    assert answer.startswith(b"HTTP/1.1 504 a.example did not answer within 0.1 seconds")
    assert len(silent.connected) == 2


def test_the_second_address_is_tried_when_the_first_fails():
    class Half(Internet):
        async def connect(self, address, port):
            if address == "1.1.1.1":
                raise OSError(101, "Network is unreachable")
            return await super().connect(address, port)

    internet = Half({"a.example": ["1.1.1.1", PUBLIC]}, hello)
    assert b"200 OK" in ask(internet, b"GET http://a.example/ HTTP/1.1\r\nHost: h\r\n\r\n")


def test_a_slow_head_and_a_huge_head_end():
    slow = ask(Internet({}), b"CONNECT pypi", head_seconds=0.05)
    assert slow.startswith(b"HTTP/1.1 408 ")
    huge = ask(Internet({}), b"GET http://h/ HTTP/1.1\r\nX: " + b"x" * 70_000)
    assert huge.startswith(b"HTTP/1.1 431 ")


def test_an_idle_tunnel_ends():
    internet = Internet({"pypi.org": [PUBLIC]}, echo)
    answer = ask(internet, connect_to("pypi.org:443"), idle_seconds=0.05)
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_connection_moves_no_more_than_its_bytes():
    internet = Internet({"pypi.org": [PUBLIC]}, echo)
    answer = ask(internet, connect_to("pypi.org:443") + bytes(10) + bytes(200_000),
                 connection_bytes=100_000)  # fmt: skip
    assert len(answer) < 150_000


def test_a_workspace_has_so_many_connections_and_no_more():
    internet = Internet({"pypi.org": [PUBLIC]}, echo)

    async def run():
        async with forwarding(internet, connections=2) as (open_connection, forwarder):
            held = []
            for _ in range(2):
                reader, writer = await open_connection()
                writer.write(connect_to("pypi.org:443"))
                await reader.readuntil(b"\r\n\r\n")
                held.append(writer)
            reader, writer = await open_connection()
            writer.write(connect_to("pypi.org:443"))
            assert (await reader.read()).startswith(b"HTTP/1.1 503 Too many connections")
            writer.close()
            held[0].close()

            await wait_until_async(lambda: len(forwarder._serving) < 2)
            reader, writer = await open_connection()
            writer.write(connect_to("pypi.org:443"))
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 ")

    asyncio.run(run())


def test_a_client_that_switches_blocking_on_does_not_hold_the_loop():
    """O_NONBLOCK is shared by all copies of a socket, and the sandbox keeps one."""
    internet = Internet({"pypi.org": [PUBLIC]}, echo)

    async def run():
        forwarder = Forwarder(internet.resolve, internet.connect)
        forwarder.allow(NetworkPlan.WEB)
        program, inside = socket.socketpair()
        copy = inside.dup()
        inside.setblocking(False)
        task = asyncio.create_task(forwarder.serve(inside))
        copy.setblocking(True)
        reader, writer = await asyncio.open_connection(sock=program)
        async with asyncio.timeout(WAIT_SECONDS):
            writer.write(connect_to("pypi.org:443"))
            await reader.readuntil(b"\r\n\r\n")
            copy.setblocking(True)
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
            writer.close()
            copy.close()
            await task
            await forwarder.close()

    asyncio.run(run())


def test_what_is_no_stream_is_closed():
    async def run():
        forwarder = Forwarder()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours:
            await forwarder.serve(theirs)
            assert theirs.fileno() == -1
        await forwarder.close()

    asyncio.run(run())
