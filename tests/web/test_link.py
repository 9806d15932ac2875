"""The link over a real gunicorn: what passes, what ends it and how soon."""

import fcntl
import os
import signal
import socket
import struct
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from wsproto.events import Ping

from ide.accounts import logins, people
from ide.accounts.models import Login
from ide.app import create_app
from ide.settings import Settings
from ide.store.schema import Table, utc_now
from ide.wire import frames
from ide.wire.frames import Kind
from tests.fakes.gunicorn import Gunicorn
from tests.keeper_thread import PATTERN, KeeperThread
from tests.visitor import Link, RefusedError
from tests.waiting import wait_until
from tests.web.conftest import NoPlaces, short_folder


@pytest.fixture(scope="module")
def data():
    """One data folder, its app in this process and one gunicorn for the whole module."""
    with short_folder() as folder:
        settings = Settings(data=folder, runtime_dir=str(folder / "run"))
        app = create_app(settings, places=NoPlaces())
        yield settings, app
        app.extensions["ide.gate"].database.close()


@pytest.fixture(scope="module")
def web(data):
    settings, _app = data
    with Gunicorn(settings.data, settings.runtime) as running:
        yield running


@pytest.fixture
def settings(data):
    return data[0]


@pytest.fixture
def app(data):
    return data[1]


@pytest.fixture
def database(app):
    made = app.extensions["ide.gate"].database
    yield made
    with made.write() as db:
        for table in reversed(Table.metadata.sorted_tables):
            if table.name != "plans":
                db.execute(table.delete())


@pytest.fixture
def runtime(settings):
    return settings.runtime


@pytest.fixture
def keeper(settings, alice):
    """Alice's keeper, a real one."""
    made = KeeperThread(settings, alice.workspace)
    yield made
    made.stop()


def open_link(web, person, workspace=None, origin=None):
    cookies = httpx.Cookies()
    if person.token:
        cookies.set(cookie_name(person), person.token)
    address = f"{web.url}api/v1/link?workspace={workspace or person.workspace}"
    return Link(address, origin or web.url.rstrip("/"), cookies, verify=True)


def cookie_name(person):
    return person.client.application.extensions["ide.gate"].cookie_name


def test_a_browser_is_handed_to_its_keeper_with_a_grant(web, alice, keeper):
    with open_link(web, alice) as link:
        assert frames.unpack_json(link.until(Kind.EVENT, 0).payload)["type"] == "consoles"
        link.send(Kind.PING, 0, b"12345678")
        assert link.until(Kind.PONG, 0).payload == b"12345678"
    grant = keeper.grants[0]  # it is renewed every ten seconds
    assert (grant.user, grant.workspace, str(grant.plan.network)) == (
        "alice",
        alice.workspace,
        "web",
    )
    assert grant.until > time.time() + 29 * 24 * 3600


def test_the_web_reads_and_writes_nothing_of_a_link(web, alice, keeper):
    """Its workers may stand still: the keeper answers."""
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        with stopped([web.process.pid, *workers(web)]):
            link.send(Kind.PING, 0, b"12345678")
            assert link.until(Kind.PONG, 0).payload == b"12345678"


def workers(web):
    """The processes that answer requests."""
    pid = web.process.pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert found
    return list(map(int, found))


@contextmanager
def stopped(pids):
    """Let processes stand still."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_compression_is_not_accepted(web, alice, keeper):
    address = httpx.URL(web.url)
    key, value = cookie_name(alice), alice.token
    request = (
        f"GET /api/v1/link?workspace={alice.workspace} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{address.port}\r\n"
        f"Origin: http://127.0.0.1:{address.port}\r\nCookie: {key}={value}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ide.v1\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", address.port), 30) as raw:
        raw.sendall(request.encode())
        head = raw.recv(4096).partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 101")
    assert b"sec-websocket-extensions" not in head


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_only_its_owner_gets_a_workspaces_link(web, alice, keeper, request, who):
    person = request.getfixturevalue(who)
    with pytest.raises(RefusedError) as refused:
        open_link(web, person, alice.workspace)
    assert refused.value.status == {"bob": 404, "charlie": 401}[who]
    assert keeper.grants == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_origin_is_refused(web, alice, keeper, origin):
    with pytest.raises(RefusedError) as refused:
        open_link(web, alice, origin=origin)
    assert refused.value.status == 403


@pytest.mark.alone
@pytest.mark.parametrize("how", ["signed out", "everywhere", "disabled", "password", "expired"])
def test_a_login_that_ends_closes_its_link_within_two_seconds(web, alice, keeper, database, how):
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        owner = user_id(database)
        match how:
            case "signed out":
                assert alice.post("logout").status_code == 200
            case "everywhere":
                logins.sign_out_everywhere(database, owner)
            case "disabled":
                people.disable(database, "alice")
            case "password":
                people.set_password(database, "alice", "another password")
            case "expired":
                expire(database, owner)
        began = time.monotonic()
        assert link.wait_closed(5) == 4401
        assert time.monotonic() - began < 2


def user_id(database):
    with database.read() as db:
        return people.number_of(db, "alice")


def expire(database, owner):
    with database.write() as db:
        old = utc_now() - timedelta(days=31)
        db.execute(update(Login).where(Login.user_id == owner).values(used=old))


@pytest.mark.alone
def test_a_revoked_login_closes_also_the_link_of_a_frozen_browser(web, alice, keeper, database):
    """The browser takes nothing any more, so even the goodbye cannot be written."""
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        keeper.flood()
        wait_until(lambda: full(link.socket), 30, "the flood stands still")
        logins.sign_out_everywhere(database, user_id(database))
        wait_until(lambda: not keeper.links, 4, "the keeper is rid of the viewer")


def test_a_revoked_login_is_cut_though_the_keeper_is_stuck(web, alice, keeper, database):
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        go_on = keeper.freeze()
        logins.sign_out_everywhere(database, user_id(database))
        assert link.wait_closed(30) == 1006
        go_on()


def full(connection):
    """Whether nothing more arrives: both kernels' buffers are full."""

    def queued():
        return struct.unpack("i", fcntl.ioctl(connection, termios.FIONREAD, b"    "))[0]

    before = queued()
    threading.Event().wait(0.3)
    return before > 0 and queued() == before


@pytest.mark.alone
def test_a_keeper_that_is_killed_cuts_the_link_at_once(web, settings, alice):
    keeper = KeeperThread(settings, alice.workspace)
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        keeper.vanish()
        assert link.wait_closed(2) == 1006
    again = KeeperThread(settings, alice.workspace)
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
    again.stop()


@pytest.mark.alone
def test_a_keeper_that_ends_makes_the_browser_come_back_at_once(web, settings, alice):
    keeper = KeeperThread(settings, alice.workspace)
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        keeper.stop()
        assert link.wait_closed(2) == 1012


@pytest.mark.alone
def test_a_web_that_is_killed_sends_its_browsers_to_the_next_one(settings, alice, keeper):
    with Gunicorn(settings.data, settings.runtime) as web, open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        for pid in workers(web):
            os.kill(pid, signal.SIGKILL)
        assert link.wait_closed(2) == 1012


def test_without_a_keeper_the_link_says_so(web, alice):
    with open_link(web, alice) as link:
        assert link.wait_closed() == 1013


@pytest.mark.alone
def test_a_web_that_is_ended_sends_browsers_to_the_next_one(settings, alice, keeper):
    with Gunicorn(settings.data, settings.runtime) as web, open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        began = time.monotonic()
        web.process.terminate()
        assert link.wait_closed(3) == 1012
        web.process.wait(30)
        assert time.monotonic() - began < 6


def test_when_all_links_are_taken_one_more_is_refused_and_pages_answer(settings, alice, keeper):
    with Gunicorn(settings.data, settings.runtime, threads=8) as web:
        links = [open_link(web, alice) for _ in range(4)]
        with pytest.raises(RefusedError) as refused:
            open_link(web, alice)
        assert refused.value.status == 503
        assert httpx.get(web.url, trust_env=False, timeout=20).status_code == 302
        links.pop().socket.close()
        wait_until(lambda: opens(web, alice), what="its place is free again")
        for link in links:
            link.socket.close()


def opens(web, person):
    try:
        open_link(web, person).socket.close()
    except RefusedError:
        return False
    return True


def test_pongs_and_output_never_mix_for_a_slow_reader(web, alice, keeper):
    """A ping is answered while output is stuck in mid-frame.

    Reads more than all kernel buffers on the way hold, so that most of it was sent while blocked.
    """
    with open_link(web, alice) as link:
        link.until(Kind.EVENT, 0)
        keeper.flood()
        wait_until(lambda: full(link.socket), 30, "the flood stands still")
        offset = 0
        while offset < 24 * 1024 * 1024:
            link.socket.sendall(link._connection.send(Ping(b"x" * 100)))
            frame = link.frame(30)
            if frame.kind != Kind.OUTPUT:
                continue
            output = frames.Output.unpack(frame.payload)
            assert output.offset == offset
            assert output.data == PATTERN
            offset += len(output.data)


def test_many_links_at_once(web, alice, keeper):
    def use(_):
        with open_link(web, alice) as link:
            link.send(Kind.PING, 0, bytes(8))
            return link.until(Kind.PONG, 0).payload

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(use, range(24))) == {bytes(8)}


@pytest.mark.parametrize("who", ["alice", "charlie"])
def test_a_large_request_that_the_gate_refuses_is_told_why(web, alice, charlie, request, who):
    """The body is taken to its end, so that the connection is not reset under the answer."""
    person = request.getfixturevalue(who)
    origin = web.url.rstrip("/")
    headers = {"Origin": origin, "X-CSRF-Token": "wrong"}
    if person.token:
        headers["Cookie"] = f"{cookie_name(person)}={person.token}"
    path = f"api/v1/workspaces/{alice.workspace}/files/content?path=big"
    with httpx.Client(base_url=web.url, headers=headers, timeout=60, trust_env=False) as client:
        for _ in range(3):
            answer = client.put(path, content=bytes(20 * 1024 * 1024))
            assert answer.status_code == {"alice": 403, "charlie": 401}[who]
        assert client.get("healthz").status_code == 200


def test_who_stops_sending_is_given_up(settings, alice):
    hook = "import ide.web.bodies as b\nb.FILE_STALL_SECONDS = 0.5\n"
    with Gunicorn(settings.data, settings.runtime, hook=hook) as web:
        address = httpx.URL(web.url)
        with socket.create_connection(("127.0.0.1", address.port), 30) as raw:
            head = f"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n"
            head += "Origin: http://evil.example\r\nContent-Length: 100\r\n"
            raw.sendall((head + "Content-Type: application/json\r\n\r\n{").encode())
            assert raw.recv(12) == b"HTTP/1.1 403"
