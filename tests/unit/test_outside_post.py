"""Posting to addresses that others named: where it may go, and that it always ends."""

import socket
import threading
import time

import pytest

from ide.outside import addresses, post
from ide.outside.addresses import NoWayError
from tests.fakes.certificates import Certificate
from tests.fakes.outside_servers import Service

PUBLIC = "93.184.215.14"


@pytest.fixture
def names(monkeypatch):
    """Names and their addresses; the machine's own resolver is asked for nothing."""
    known = {}

    def look_up(host, _port):
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return known[host]

    monkeypatch.setattr(addresses, "look_up", look_up)
    return known


def test_names_that_hang_leave_a_thread_for_another(monkeypatch):
    ended = threading.Event()

    def look_up(host, _port):
        return [PUBLIC] if host == "good.example" or ended.wait(20) else []

    monkeypatch.setattr(addresses, "look_up", look_up)
    monkeypatch.setattr(addresses, "is_own", lambda _: False)
    monkeypatch.setattr(addresses, "LOOK_UP_SECONDS", 0.05)
    try:
        for _ in range(6):
            with pytest.raises(NoWayError, match="did not answer"):
                addresses.outside_addresses("hangs.example", 443)
        monkeypatch.setattr(addresses, "LOOK_UP_SECONDS", 2)
        assert addresses.outside_addresses("good.example", 443) == [PUBLIC]
    finally:
        ended.set()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hook.example/x", "https"),
        ("http://127.0.0.1/x", "https"),
        ("ftp://hook.example/x", "https"),
        ("https://", "not a web address"),
        ("https://[", "not a web address"),
        ("https://hook.example:port/", "not a web address"),
        ("https://hook.example/a b", "not a web address"),
        ("https://me:secret@hook.example/", "no password"),
    ],
)
def test_an_address_that_is_none_is_refused(url, why):
    with pytest.raises(NoWayError, match=why):
        post.checked_url(url)


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1", "10.0.0.7", "169.254.169.254", "0.0.0.0", "100.64.0.1", "255.255.255.255"],  # noqa: S104
        ["::", "::1", "::ffff:192.168.1.1", "::ffff:7f00:1", "fd00::1", "fe80::1", "fe80::1%lo"],
        ["64:ff9b::7f00:1", "64:ff9b:1::a00:7", "2002:7f00:1::", "::127.0.0.1", "ff02::1"],
    ],
)
def test_what_is_not_outside_is_never_connected_to(names, monkeypatch, found):
    names["hook.example"] = found
    monkeypatch.setattr(post, "_connect", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(NoWayError, match="not on the public internet"):
        post.post("https://hook.example/", {}, b"x")
    with pytest.raises(NoWayError, match="There is no host"):
        post.post("https://nowhere.example/", {}, b"x")


def test_the_very_address_that_was_checked_is_connected_to(names, monkeypatch):
    names["hook.example"] = ["10.0.0.7", PUBLIC]
    tried = []

    def connect(self, address):
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(addresses, "is_own", lambda _: False)
    with pytest.raises(NoWayError, match="Connection refused"):
        post.post("https://hook.example:8443/", {}, b"x")
    assert tried == [(PUBLIC, 8443)]


def test_a_redirect_is_an_answer_and_nobody_follows_it():
    with Service() as service, Service() as other:
        service.answer, service.headers = 302, {"Location": other.url}
        assert post.post(service.url + "a?b=c#d", {"X": "1"}, b"body", loopback=True).status == 302
        path, headers, body = service.got[0]
        assert (path, headers["X"], body) == ("/a?b=c", "1", b"body")
        assert other.got == []


def test_only_a_good_certificate_gets_a_word(monkeypatch, tmp_path):
    good, other = (Certificate(tmp_path, f"IP:127.0.0.{last}") for last in (1, 2))
    monkeypatch.setenv("SSL_CERT_FILE", str(good.pem))
    with Service(good.server) as service, Service(other.server) as wrong, Service() as plain:
        assert post.post(service.url, {}, b"x", loopback=True).status == 201
        with pytest.raises(NoWayError, match=r"certificate of 127.0.0.1 is not good: self-sig"):
            post.post(wrong.url, {}, b"x", loopback=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(other.pem))
        with pytest.raises(NoWayError, match=r"certificate of 127.0.0.1 is not good: IP address"):
            post.post(wrong.url, {}, b"x", loopback=True)
        with pytest.raises(NoWayError, match="speaks no TLS"):
            post.post(plain.url.replace("http:", "https:"), {}, b"x", loopback=True)
        assert (wrong.got, plain.got) == ([], [])


def test_a_name_that_leads_elsewhere_the_second_time_is_connected_to_as_checked(monkeypatch):
    answers = [["127.0.0.1"], ["10.0.0.7"], ["10.0.0.7"]]
    asked = []

    def look_up(host, _port):
        asked.append(host)
        return answers[len(asked) - 1]

    monkeypatch.setattr(addresses, "look_up", look_up)
    with Service() as service:
        url = service.url.replace("127.0.0.1", "localhost")
        assert post.post(url, {}, b"x", loopback=True).status == 201
        assert asked == ["localhost"]
        with pytest.raises(NoWayError, match="not on the public internet"):
            post.post(url, {}, b"x", loopback=True)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed without|broke|reset|not HTTP"),
        (b"garbage\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "not HTTP"),
        (None, "in time"),
    ],
)
def test_no_answer_silence_and_garbage_end_with_a_sentence(monkeypatch, answer, why):
    monkeypatch.setattr(post, "SECONDS", 1.0)
    with Service() as service:
        service.answer = answer
        with pytest.raises(NoWayError, match=why):
            post.post(service.url, {}, b"x", loopback=True)


def test_an_answer_that_drips_ends_in_time_too(monkeypatch):
    monkeypatch.setattr(post, "SECONDS", 1.0)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            connection, _ = listener.accept()
            with connection:
                while not ended.wait(0.1):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(NoWayError):
            post.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, b"x", loopback=True)
        assert time.monotonic() - began < 5
        ended.set()
        thread.join(10)
