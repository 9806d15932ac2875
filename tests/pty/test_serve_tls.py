"""`ide serve --tls`: https without a proxy, a link over it, and a key that only its front holds."""

import hashlib
import os
import re
import shutil
import signal
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from ide.cli.certificate import Files
from ide.settings import Settings
from tests.ordinary import IS_ROOT, make_server, open_folder
from tests.ports import free_port
from tests.server import OWNER, Server
from tests.visitor import Visitor
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.pty,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs: apt-get install -y openssl"),
]
FRONT, WEB = "ide.cli.tls_front", "ide.cli.gunicorn_web"


@pytest.fixture(scope="module")
def server():
    """As root where we are: then there is something to give up."""
    with open_folder() as folder:
        server = make_server("root" if IS_ROOT else "ordinary", folder)
        server.options = (*server.options, "--tls", "--bind", f"127.0.0.1:{free_port()}")
        made = server.run("make-cert", "localhost", "127.0.0.1")
        assert made.returncode == 0, made.stdout + made.stderr
        server.add_user(*OWNER, owner=True)
        with server:
            yield server


@pytest.fixture
def trusting(server):
    """What a device that installed the authority has."""
    return ssl.create_default_context(cafile=Files.of(Settings(data=server.data)).authority)


def status(pid: int, field: str) -> str:
    found = re.search(rf"^{field}:\s+(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_a_console_over_tls_and_the_visitors_own_address(server, trusting):
    assert server.url.startswith("https://localhost:")
    with Visitor(server.url, verify=trusting) as visitor:
        visitor.sign_in(*OWNER)
        console = visitor.new_console()
        with visitor.link() as link:
            link.hello(console)
            link.read_until(b"$ ")
            link.type(b"echo $((6*7))-through-tls\r")
            link.read_until(b"42-through-tls")
        logins = visitor.http.get("api/v1/logins").raise_for_status().json()["logins"]
        assert {each["address"] for each in logins} == {"127.0.0.1"}


def test_who_does_not_trust_it_gets_the_page_and_the_authority_by_plain_http(server):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(server.url, trust_env=False)
    page = re.search(r"http://\S+/certificate", server.printed)
    assert page, server.printed
    shown = httpx.get(page[0], trust_env=False).raise_for_status()
    digest = re.search(r"SHA-256 ((?:[0-9A-F]{2} ?){32})", server.printed)
    assert digest
    assert digest[1].strip() not in shown.text, "who changes the file could change it as well"
    answer = httpx.get(f"{page[0]}/ide.crt", trust_env=False)
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    authority = Files.of(Settings(data=server.data)).authority.read_text()
    assert hashlib.sha256(answer.content).digest().hex(" ").upper() == digest[1].strip()
    assert ssl.DER_cert_to_PEM_cert(answer.content).split() == authority.split()
    assert httpx.get(f"{server.local_url}x", trust_env=False).status_code == 308


def test_the_front_is_not_root_and_comes_back_after_a_kill(server, trusting):
    (front,) = server.pids(FRONT)
    wait_until(lambda: "0" not in status(front, "Uid").split(), 30, "it has given root up")
    if IS_ROOT:
        account = int(status(server.web_pids()[0], "Uid").split()[0])
        key = Files.of(Settings(data=server.data)).server_key.stat()
        assert key.st_uid != account
        assert not key.st_mode & 0o077
    os.kill(front, signal.SIGKILL)

    def answers():
        try:
            return httpx.get(f"{server.url}healthz", verify=trusting, trust_env=False).json()["ok"]
        except httpx.TransportError:
            return False

    wait_until(answers, 40, "another front")
    assert server.pids(FRONT) != [front]


def test_a_certificate_made_anew_is_served_without_a_new_start(server, trusting):
    def served() -> bytes:
        address = ("127.0.0.1", httpx.URL(server.url).port)
        try:
            with (
                socket.create_connection(address, 10) as plain,
                trusting.wrap_socket(plain, server_hostname="localhost") as secure,
            ):
                return secure.getpeercert(binary_form=True) or b""
        except OSError:  # just being started again
            return b""

    before = wait_until(served, 30, "the certificate of the start")
    assert server.run("make-cert", "localhost", "127.0.0.1").returncode == 0
    wait_until(lambda: served() not in {before, b""}, 60, "another, by the same authority")
    assert "Took up the new certificate" in server.printed


def test_somebody_who_says_nothing_keeps_nobody_out(server, trusting):
    port = httpx.URL(server.url).port
    silent = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(50)]
    try:
        answer = httpx.get(f"{server.url}healthz", verify=trusting, trust_env=False, timeout=30)
        assert answer.json() == {"ok": True}
    finally:
        for each in silent:
            each.close()


def test_without_a_certificate_it_says_what_to_do(tmp_path):
    done = Server(tmp_path / "data").run("serve", "--tls", "--bind", "127.0.0.1:0")
    assert done.returncode == 1
    assert "ide make-cert" in done.stderr
