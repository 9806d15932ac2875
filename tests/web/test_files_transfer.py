"""Bytes through a real gunicorn: large bodies, browsers that stall or go, a worker that dies."""

import contextlib
import hashlib
import os
import socket
import threading
from pathlib import Path

import httpx
import pytest

from ide.web.gate import CSRF_HEADER
from tests.fakes.file_keeper import file_keeper
from tests.fakes.gunicorn import Gunicorn
from tests.waiting import wait_until

MIB = 1024 * 1024


@pytest.fixture
def home(tmp_path, runtime, alice):
    with file_keeper(runtime, alice.workspace, tmp_path / "home"):
        yield tmp_path / "home"


@pytest.fixture
def web(tmp_path, runtime, home):
    with Gunicorn(tmp_path, runtime, threads=16) as running:
        yield running


class Browser:
    """Alice over real sockets."""

    def __init__(self, web, app, alice):
        self.url = httpx.URL(web.url)
        self.base = f"/api/v1/workspaces/{alice.workspace}/files"
        name = app.extensions["ide.gate"].cookie_name
        self.headers = {
            "Host": f"127.0.0.1:{self.url.port}", "Cookie": f"{name}={alice.token}",
            "Origin": f"http://127.0.0.1:{self.url.port}", CSRF_HEADER: alice.csrf,
        }  # fmt: skip

    def ask(self, method, path, **options):
        headers = self.headers | options.pop("headers", {})
        address = str(self.url).rstrip("/") + self.base + path
        return httpx.request(
            method, address, headers=headers, timeout=60, trust_env=False, **options
        )

    def raw(self, method, path, **headers):
        """Return a socket after the head of a request was sent."""
        connection = socket.create_connection(("127.0.0.1", self.url.port), 10)
        lines = [f"{method} {self.base}{path} HTTP/1.1"]
        lines += [
            f"{name.replace('_', '-')}: {value}" for name, value in (self.headers | headers).items()
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection


def serving():
    """The worker's threads that answer a request."""
    return [thread for thread in threading.enumerate() if thread.name.endswith("(serve)")]


@pytest.fixture
def browser(web, app, alice):
    return Browser(web, app, alice)


def memory_kib(process):
    """The most memory that gunicorn's worker ever had."""
    (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_large_bodies_pass_both_ways_without_being_held(web, browser, home):
    assert browser.ask("GET", "?path=").json()["entries"] == []
    before = memory_kib(web.process)
    piece = os.urandom(MIB)
    digest = hashlib.sha256(piece * 100).hexdigest()[:32]
    saved = browser.ask("PUT", "/content?path=big", content=(piece for _ in range(100)),
                        headers={"If-None-Match": "*"})  # fmt: skip
    assert saved.json() == {"etag": digest, "size": 100 * MIB}
    got = hashlib.sha256()
    with httpx.stream("GET", str(browser.url).rstrip("/") + browser.base + "/content?path=big",
                      headers=browser.headers, timeout=60, trust_env=False) as answer:  # fmt: skip
        assert answer.headers["Content-Length"] == str(100 * MIB)
        for data in answer.iter_bytes():
            got.update(data)
    assert got.hexdigest()[:32] == digest
    assert memory_kib(web.process) - before < 20 * 1024


def test_a_refused_upload_is_answered_and_the_connection_goes_on(browser, home):
    (home / "f").write_bytes(b"old")
    with httpx.Client(base_url=str(browser.url), headers=browser.headers, timeout=60,
                      trust_env=False) as client:  # fmt: skip
        refused = client.put(browser.base + "/content?path=f", content=bytes(80 * MIB),
                             headers={"If-None-Match": "*"})  # fmt: skip
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        assert client.get(browser.base + "?path=").status_code == 200
    assert (home / "f").read_bytes() == b"old"


def test_an_upload_over_the_limit_is_refused(tmp_path, runtime, home, app, alice):
    with Gunicorn(tmp_path, runtime, threads=16, IDE_MAX_BODY_BYTES=str(MIB)) as web:
        browser = Browser(web, app, alice)
        refused = browser.ask("PUT", "/content?path=f", content=bytes(MIB + 1),
                              headers={"If-None-Match": "*"})  # fmt: skip
        assert refused.status_code == 413
        pieces = (bytes(65536) for _ in range(20))
        with contextlib.suppress(httpx.TransportError):  # it may stop listening before the end
            refused = browser.ask("PUT", "/content?path=f", content=pieces,
                                  headers={"If-None-Match": "*"})  # fmt: skip
            assert refused.status_code == 413
    assert os.listdir(home) == []


def test_a_browser_that_goes_away_leaves_no_half_file_and_no_worker(browser, home, alice):
    for length in ({"Content_Length": "1000000"}, {"Transfer_Encoding": "chunked"}):
        with browser.raw("PUT", "/content?path=f", If_None_Match="*", **length) as up:
            up.sendall(b"F4240\r\n" + bytes(500_000))
            wait_until(lambda: os.listdir(home), what="the temporary file")
        wait_until(lambda: not os.listdir(home), what="the temporary file is gone")
    with browser.raw(
        "PUT", "/content?path=f", If_None_Match="*", Transfer_Encoding="chunked"
    ) as up:
        up.sendall(b"5\r\nhello\r\n")
        wait_until(lambda: os.listdir(home), what="the temporary file")
    wait_until(lambda: not os.listdir(home), what="the temporary file is gone")
    with open(home / "big", "wb") as file:
        file.truncate(200 * MIB)
    with browser.raw("GET", "/content?path=big") as down:
        assert down.recv(100).startswith(b"HTTP/1.1 200 ")
        assert serving()
    wait_until(lambda: not serving(), what="the worker ended")


def test_a_stalled_upload_and_a_stalled_download_are_given_up(tmp_path, runtime, home, app, alice):
    with open(home / "big", "wb") as file:
        file.truncate(200 * MIB)
    hook = tmp_path / "sitecustomize.py"
    hook.write_text("import ide.wire.limits as limits\nlimits.FILE_STALL_SECONDS = 0.5\n")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    with Gunicorn(tmp_path, runtime, threads=16, PYTHONPATH=path) as web:
        browser = Browser(web, app, alice)
        announced = {"If_None_Match": "*", "Content_Length": "1000"}
        with browser.raw("PUT", "/content?path=f", **announced) as up:
            up.sendall(b"half")
            assert up.recv(100).startswith(b"HTTP/1.1 400 ")
        with browser.raw("GET", "/content?path=big") as down:
            received = len(down.recv(100))
            wait_until(lambda: not serving(), what="given up")
            with contextlib.suppress(ConnectionResetError):
                while data := down.recv(MIB):
                    received += len(data)
            assert received < 200 * MIB
    assert os.listdir(home) == ["big"]


def test_a_file_cut_off_in_the_middle_is_not_taken_for_whole(browser, home):
    with open(home / "big", "wb") as file:
        file.truncate(200 * MIB)
    with browser.raw("GET", "/content?path=big") as down:
        assert down.recv(100).startswith(b"HTTP/1.1 200 ")
        os.truncate(home / "big", 10)
        received = 100
        with contextlib.suppress(ConnectionResetError):
            while data := down.recv(MIB):
                received += len(data)
        assert received < 200 * MIB
