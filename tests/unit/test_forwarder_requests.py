"""What the forwarder reads from a head: a target it may connect to, or a refusal that says why."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ide.keeper.forwarder_requests import MAX_HEAD_BYTES, HeadReader, Order, RefusedError


def read(head, rest=b""):
    return HeadReader().feed(head.replace(b"\n", b"\r\n") + rest)


def refused(head):
    with pytest.raises(RefusedError) as caught:
        read(head)
    return caught.value


def test_connect_names_a_tunnel_and_keeps_what_came_with_it():
    order = read(b"CONNECT PyPI.org.:443 HTTP/1.1\nHost: pypi.org:443\n\n", b"\x16\x03hello")
    assert order == Order("pypi.org", 443, is_tunnel=True, first=b"\x16\x03hello")
    assert read(b"CONNECT [2606:4700::1]:443 HTTP/1.1\nHost: x\n\n").host == "2606:4700::1"


def test_a_plain_request_is_rewritten_for_its_server():
    order = read(
        b"POST http://user:pw@Example.org/a%20b?c=d HTTP/1.1\nHost: other.example\n"
        b"Proxy-Authorization: Basic x\nProxy-Connection: keep-alive\nConnection: X-Hop, close\n"
        b"X-Hop: 1\nContent-Length: 4\nUser-Agent: pip\n\n",
        b"body",
    )
    assert (order.host, order.port, order.is_tunnel) == ("example.org", 80, False)
    head, _, body = order.first.partition(b"\r\n\r\n")
    assert body == b"body"
    assert sorted(head.lower().split(b"\r\n")) == [
        b"connection: close", b"content-length: 4", b"host: example.org",
        b"post /a%20b?c=d http/1.1", b"user-agent: pip",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "line"),
    [(b"http://h", b"GET / "), (b"http://h?q", b"GET /?q "), (b"http://h:80/x#f", b"GET /x ")],
)
def test_a_target_without_a_path_gets_one(target, line):
    assert read(b"GET " + target + b" HTTP/1.1\nHost: h\n\n").first.startswith(line)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET / HTTP/1.1", 400),
        (b"GET ftp://h/ HTTP/1.1", 400),
        (b"GET https://h/ HTTP/1.1", 400),
        (b"GET http:///x HTTP/1.1", 400),
        (b"GET http://[::1/ HTTP/1.1", 400),
        (b"GET http://h:99999/ HTTP/1.1", 400),
        (b"GET http://h:8080/ HTTP/1.1", 403),
        (b"GET http://h:443/ HTTP/1.1", 403),
        (b"CONNECT h:22 HTTP/1.1", 403),
        (b"CONNECT h:25 HTTP/1.1", 403),
        (b"CONNECT h HTTP/1.1", 403),
        (b"CONNECT h:x HTTP/1.1", 400),
        (b"CONNECT :443 HTTP/1.1", 400),
        (b"CONNECT a'b:443 HTTP/1.1", 400),
        (b"CONNECT " + b"a" * 300 + b":443 HTTP/1.1", 400),
        (b"CONNECT a%00b:443 HTTP/1.1", 400),
        (b"NONSENSE", 400),
    ],
)
def test_what_the_proxy_does_not_do_is_refused(line, status):
    assert refused(line + b"\nHost: h\n\n").status == status


def test_a_closed_port_says_what_to_do():
    assert b"https address" in refused(b"CONNECT github.com:22 HTTP/1.1\nHost: h\n\n").answer()


def test_a_huge_head_is_refused_before_it_is_complete():
    reader = HeadReader()
    assert reader.feed(b"GET http://h/ HTTP/1.1\r\n") is None
    for number in range(MAX_HEAD_BYTES // 1000):
        assert reader.feed(b"X%d: %b\r\n" % (number, b"x" * 980)) is None
    with pytest.raises(RefusedError) as caught:
        reader.feed(b"Y: " + b"y" * 980)
    assert caught.value.status == 431
    with pytest.raises(RefusedError) as caught:
        HeadReader().feed(b"GET http://h/" + b"x" * (MAX_HEAD_BYTES + 1))
    assert caught.value.status == 431


def test_a_head_that_ends_early_is_refused():
    reader = HeadReader()
    assert reader.feed(b"GET http://h/ HT") is None
    with pytest.raises(RefusedError):
        reader.feed(b"")


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_waited_for(data):
    for head in (data, b"CONNECT " + data, b"GET http://" + data + b" HTTP/1.1\r\nHost: h\r\n\r\n"):
        with contextlib.suppress(RefusedError):
            HeadReader().feed(head)
