"""Debian's nginx with docs/nginx.conf before a real server.

Exactly five things of the file are replaced, and each must be there: name, two ports, the
certificate's two paths and the IDE's port. Everything else is run as it is printed.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.server import ROOT, Server
from tests.waiting import wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")


def replaced(text, old, new, count):
    """Return `text` with `old` replaced; the example must have it `count` times."""
    assert text.count(old) == count, f"docs/nginx.conf has {old!r} {text.count(old)} times"
    return text.replace(old, new)


def certificate(folder):
    """Make a certificate for localhost and return its two paths."""
    key, pem = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", key, "-out", pem),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return pem, key


def example(folder, plain, tls, ide):
    """Return docs/nginx.conf with this test's ports and certificate."""
    pem, key = certificate(folder)
    text = (ROOT / "docs/nginx.conf").read_text()
    text = replaced(text, "server_name code.example.org;", "server_name localhost;", 2)
    text = replaced(text, "listen 80;", f"listen 127.0.0.1:{plain};", 1)
    text = replaced(text, "listen 443 ssl", f"listen 127.0.0.1:{tls} ssl", 1)
    text = replaced(text, "/etc/ssl/code.example.org.pem", str(pem), 1)
    text = replaced(text, "/etc/ssl/code.example.org.key", str(key), 1)
    return replaced(text, "server 127.0.0.1:8000;", f"server 127.0.0.1:{ide};", 1)


class Nginx:
    """Debian's nginx on the example. Use as a context manager."""

    def __init__(self, folder, plain, tls, ide):
        self.folder = folder
        self.tls = tls
        (folder / "ide.conf").write_text(example(folder, plain, tls, ide))
        paths = "".join(
            f"{name}_temp_path {folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; pid {folder}/pid;\n"
            f"error_log {folder}/error.log; worker_processes 1;\n"
            f"events {{}} http {{ access_log off; {paths} include {folder}/ide.conf; }}\n"
        )

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        """Start it and wait until it listens."""
        errors = self.folder / "error.log"
        main = self.folder / "nginx.conf"
        self.process = subprocess.Popen([NGINX, "-c", main, "-p", self.folder, "-e", errors])

        def listens():
            assert self.process.poll() is None, errors.read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.tls)) == 0

        wait_until(listens, 30, "nginx listens")

    def workers(self):
        """Return the process ids of its workers, those that only finish what they carry too."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return children.read_text().split()

    def reload(self):
        """What `systemctl reload nginx` does; returns once a new worker is there."""
        before = set(self.workers())
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: set(self.workers()) - before, 30, "a new worker")

    def stop(self):
        """End it, connections and all."""
        self.process.terminate()
        self.process.wait(15)


class Telling(Server):
    """An IDE whose webhooks may lead to this machine."""

    def environment(self):
        return super().environment() | {"IDE_CHANNELS_LOOPBACK": "1"}


class Site:
    """What a visitor needs to know: addresses, and a context that trusts the certificate."""

    def __init__(self, server, nginx, folder, plain, tls):
        self.server = server
        self.nginx = nginx
        self.plain = f"http://localhost:{plain}"
        self.root = f"https://localhost:{tls}"
        self.url = f"{self.root}/ide/"
        self.tls = ssl.create_default_context(cafile=folder / "cert.pem")

    def visitor(self, **options):
        """Return an httpx client that follows no redirects and trusts the certificate."""
        return httpx.Client(
            base_url=self.url, verify=self.tls, timeout=30, trust_env=False, **options
        )


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The example, an IDE behind it and one owner."""
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install -y nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    plain, tls, ide = free_port(), free_port(), free_port()
    options = ["--bind", f"127.0.0.1:{ide}", "--address", f"https://localhost:{tls}/ide/"]
    data = Path(folder, "data")
    with Telling(data, *options) as server, Nginx(folder, plain, tls, ide) as nginx:
        yield Site(server, nginx, folder, plain, tls)
