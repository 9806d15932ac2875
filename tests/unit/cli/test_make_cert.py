"""`ide make-cert`: what the certificate is for, what Apple demands, and keys that nobody reads."""

import contextlib
import dataclasses
import itertools
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from ide.cli import make_cert as command
from ide.cli.certificate import Certificate, Files
from ide.cli.certificate_page import CertificatePage
from ide.cli.main import main
from ide.cli.renewal import Renewal
from ide.errors import SettingsError
from ide.settings import Settings

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs: apt-get install -y openssl"
)
NAMES = ("tablet.test", "192.0.2.7")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.delenv("IDE_DATA", raising=False)
    return Settings(data=tmp_path / "data")


@pytest.fixture
def make(settings):
    def run(*names):
        return CliRunner().invoke(main, ["make-cert", *names, "--data", str(settings.data)])

    return run


def openssl(*words):
    done = subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, timeout=30, check=False
    )
    return done.stdout + done.stderr


def test_it_is_for_the_names_that_were_given_and_fits_apples_limits(make, settings):
    done = make(*NAMES)
    assert done.exit_code == 0, done.output
    assert "/run --lan --tls --data" in done.output, "as the documentation says"
    files = Files.of(settings)
    shown = openssl("x509", "-in", files.server, "-noout", "-text")
    assert "DNS:tablet.test, IP Address:192.0.2.7" in shown
    assert "TLS Web Server Authentication" in shown
    assert "ecdsa-with-SHA256" in shown
    within = openssl("x509", "-in", files.server, "-noout", "-checkend", 398 * 86400)
    assert "will expire" in within
    chain = openssl("verify", "-CAfile", files.authority, "-purpose", "sslserver", files.server)
    assert chain.endswith("OK\n")
    assert Certificate.load(settings).names == NAMES
    assert "tablet.test, 192.0.2.7" in done.output


def test_keys_are_readable_by_their_owner_alone_and_never_shown(make, settings):
    done = make(*NAMES)
    files = Files.of(settings)
    assert files.folder.stat().st_mode & 0o777 == 0o700
    page = CertificatePage.of(Certificate.load(settings), "https://tablet.test:8000/")
    for key in (files.server_key, files.authority_key):
        assert key.stat().st_mode & 0o777 == 0o600
        secret = key.read_text().splitlines()[1]
        assert secret not in done.output
        assert secret not in page.page.decode()
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "ca-key.pem", "ca.pem", "certificate.json", "server-key.pem", "server.pem",
    ]  # fmt: skip


def test_renewed_for_the_same_names_no_device_needs_to_do_anything(make, settings):
    make(*NAMES)
    files = Files.of(settings)
    authority, server = files.authority.read_text(), files.server.read_text()
    done = make(*NAMES)
    assert "trust the last one trust it too" in done.output
    assert files.authority.read_text() == authority
    assert files.server.read_text() != server
    make("other.test")
    assert files.authority.read_text() != authority


@pytest.mark.parametrize(
    ("allowed", "name"),
    [(NAMES, "DNS:bank.example"), (NAMES, "IP:192.0.2.8"), (("tablet.test",), "IP:192.0.2.7")],
)
def test_the_authority_can_vouch_for_nobody_else(make, settings, tmp_path, allowed, name):
    make(*allowed)
    files = Files.of(settings)
    extensions = tmp_path / "extensions"
    extensions.write_text(f"subjectAltName = {name}\n")
    request, forged, key = (tmp_path / each for each in ("request", "forged", "key"))
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=x", "-keyout", key, "-out", request)  # fmt: skip
    openssl("x509", "-req", "-in", request, "-CA", files.authority, "-CAkey", files.authority_key,
            "-set_serial", 7, "-extfile", extensions, "-out", forged)  # fmt: skip
    assert forged.exists()
    assert "subtree violation" in openssl("verify", "-CAfile", files.authority, forged)


def test_the_authority_vouches_for_servers_alone(make, settings):
    make(*NAMES)
    purposes = openssl("x509", "-in", Files.of(settings).authority, "-noout", "-purpose")
    assert "SSL server CA : Yes" in purposes
    assert "SSL client CA : No" in purposes
    assert "S/MIME signing CA : No" in purposes


@pytest.mark.parametrize(
    "name",
    ["https://tablet.test/", "a b", "-x", "tablet.test:8000", "é.test", "1.2.3", "fe80::1%eth0"],
)
def test_what_is_no_name_is_refused_before_anything_is_made(make, settings, name):
    done = make("--", name) if name.startswith("-") else make(name)
    assert done.exit_code != 0
    assert not settings.data.exists()


def test_without_a_name_it_is_for_this_machine(make, settings, monkeypatch):
    monkeypatch.setattr(command.socket, "gethostname", lambda: "Shed.example.org")
    monkeypatch.setattr(command, "lan_address", lambda: "192.0.2.9")
    assert make().exit_code == 0
    assert Certificate.load(settings).names == ("shed.local", "192.0.2.9")


def test_without_openssl_it_says_what_to_install(make, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert "apt-get install -y openssl" in make(*NAMES).output


def test_a_certificate_of_somebody_else_is_not_served(make, settings):
    make(*NAMES)
    files = Files.of(settings)
    files.server_key.rename(settings.data / "elsewhere")
    files.server_key.symlink_to(settings.data / "elsewhere")
    with pytest.raises(SettingsError, match="not to this one"):
        Certificate.load(settings)


def test_none_yet_is_said_with_what_to_type(settings):
    with pytest.raises(SettingsError, match="ide make-cert"):
        Certificate.load(settings)


@pytest.mark.parametrize(
    ("head", "status", "more"),
    [
        ("GET /certificate HTTP/1.1\r\nHost: a", "200 OK", "Trust this server"),
        ("HEAD /certificate HTTP/1.1\r\nHost: a", "200 OK", "Content-Length: "),
        ("GET /x?y HTTP/1.1\r\nHost: tablet.test:8000", "308", "https://tablet.test:8000/x?y"),
        ("GET /x HTTP/1.1\r\nHost: a/b c", "308", "Location: https://tablet.test:8000/\r\n"),
        ("GET /x HTTP/1.1", "308", "Location: https://tablet.test:8000/\r\n"),
        ("GET /../tls/server-key.pem HTTP/1.1", "308", "https://tablet.test:8000/"),
        ("POST /certificate HTTP/1.1", "400", "https"),
        ("GET /a\nb HTTP/1.1", "400", "https"),
        ("\x16\x03", "400", "https"),
    ],
)
def test_plain_http_gets_the_page_or_the_way_to_https(make, settings, head, status, more):
    make(*NAMES)
    page = CertificatePage.of(Certificate.load(settings), "https://tablet.test:8000/")
    answer = page.answer(head.encode("latin-1")).decode("latin-1")
    assert answer.startswith(f"HTTP/1.1 {status}")
    assert more in answer
    assert ("<h1>" in answer) == (head.startswith("GET /certificate"))


def test_one_made_anew_is_taken_up_once_and_one_that_is_broken_is_not(make, settings, capsys):
    make(*NAMES)
    renewal = Renewal(settings, Certificate.load(settings))
    assert not renewal.look()
    done = make(*NAMES)
    assert "takes it up by itself" in done.output
    assert renewal.look()
    assert not renewal.look()
    assert "Took up the new certificate" in capsys.readouterr().out
    make(*NAMES)
    files = Files.of(settings)
    files.server_key.write_text(files.authority_key.read_text())
    assert not renewal.look()
    assert not renewal.look()
    assert capsys.readouterr().out.count("not taken") == 1
    done = make("other.test")
    assert "end a server that runs" in done.output
    assert not renewal.look()
    assert "other.test; to serve it, start again" in capsys.readouterr().out


class Killed(BaseException):
    """Nothing that a program may catch, as SIGKILL."""


def is_killed(monkeypatch, steps, make, names):
    """Run it and end it for good before the step of this number; whether it came so far."""
    done = []

    def stepped(real):
        def step(*given, **named):
            if len(done) >= steps:
                done.append("dead")
                raise Killed
            done.append("step")
            return real(*given, **named)

        return step

    def tidy(*given, **named):
        if "dead" not in done:
            rmtree(*given, **named)

    rmtree = shutil.rmtree
    with monkeypatch.context() as killing:
        killing.setattr(command.shutil, "rmtree", tidy)
        for name in ("replace", "rename", "rmdir"):
            killing.setattr(Path, name, stepped(getattr(Path, name)))
        with contextlib.suppress(Killed):
            assert make(*names).exit_code == 0
            return False
        return True


@pytest.mark.parametrize(("names", "made"), [(NAMES, 2), (("other.test",), 4)])
def test_who_is_killed_between_two_files_leaves_one_whole_certificate(
    make, settings, monkeypatch, names, made
):
    files = Files.of(settings)
    make(*NAMES)
    for steps in itertools.count(made - 1):  # before that nobody looks at any of it
        was = files.authority.read_text()
        killed = is_killed(monkeypatch, steps, make, names)
        found = Certificate.load(settings)
        found.context()
        chain = openssl("verify", "-CAfile", files.authority, "-purpose", "sslserver", files.server)
        assert chain.endswith("OK\n")
        assert (files.authority.read_text() == was) == (found.names == NAMES)
        if not killed:
            break
        if found.names != NAMES:
            make(*NAMES)
    assert steps > made + 5
    assert "trust the last one trust it too" in make(*names).output
    assert len(list(files.folder.iterdir())) == 5


def test_an_authority_whose_key_is_anothers_is_made_anew(make, settings):
    make(*NAMES)
    files = Files.of(settings)
    files.authority_key.write_text(files.server_key.read_text())
    assert "installed this authority" in make(*NAMES).output
    assert "trust the last one trust it too" in make(*NAMES).output


def test_two_at_a_time_do_not_mix(make, settings):
    make(*NAMES)
    with command._making(Files.of(settings)):
        assert "another ide make-cert is at work" in make(*NAMES).output


def test_a_server_that_runs_for_long_says_once_that_its_certificate_ends(make, settings, capsys):
    make(*NAMES)
    certificate = Certificate.load(settings)
    renewal = Renewal(settings, certificate)
    soon = dataclasses.replace(certificate, until=datetime.now(UTC) + timedelta(days=3))
    renewal._served = soon
    assert not renewal.look()
    assert not renewal.look()
    said = capsys.readouterr().out
    assert said.count(f"The certificate ends on {soon.until:%Y-%m-%d}; renew it") == 1
    assert "make-cert tablet.test 192.0.2.7" in said
