"""One mail to a real socket: encrypted for whom it is meant, and ended whatever the server says."""

import time
from dataclasses import replace
from email import message_from_string, policy
from pathlib import Path

import pytest

from ide.channels import mail
from ide.channels.message import Message
from ide.settings import Settings
from tests.fakes.certificates import Certificate
from tests.fakes.outside_servers import MailServer

ELSEWHERE = "127.0.0.2"
"""Of loopback, but no name of this machine: what goes there is encrypted."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"), f"IP:{ELSEWHERE}")


@pytest.fixture
def trusted(certificate, monkeypatch):
    """The same, signed by somebody whom this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.pem))
    return certificate


def sent(server, message=None, page="https://ide.example/ide/", **more):
    data = Path("/nowhere")
    settings = Settings(data=data, smtp_url=server.url, smtp_from="ide@example.org")
    message = message or Message("tag", "train.py", "failed\nmore", 0, "#console=c1")
    return mail.send(replace(settings, **more), "a@b.example", message, page)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_mail_is_encrypted_for_the_server_whose_certificate_is_good(trusted, at_once):
    with MailServer(ELSEWHERE, tls=trusted.server, at_once=at_once) as server:
        assert sent(server).state == "sent"
        assert server.encrypted == [True]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(
    ("host", "trusts", "why"),
    [(ELSEWHERE, False, "self-signed certificate"), ("127.0.0.3", True, "IP address mismatch")],
)
def test_a_certificate_that_is_not_good_gets_no_mail(
    certificate, monkeypatch, tmp_path, at_once, host, trusts, why
):
    if trusts:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.pem))
    (tmp_path / "password").write_text("secret")
    with MailServer(host, tls=certificate.server, at_once=at_once) as server:
        server_url = server.url.replace("://", "://me@")
        password = str(tmp_path / "password")
        outcome = sent(server, smtp_url=server_url, smtp_password_file=password)
        assert outcome.state == "failed"
        assert outcome.said.startswith("The certificate of the mail server is not good: ")
        assert why in outcome.said
        assert server.letters == []


def test_a_password_is_given_to_nobody_who_does_not_encrypt(tmp_path):
    (tmp_path / "password").write_text("secret")
    with MailServer(ELSEWHERE) as server:
        server_url = server.url.replace("://", "://me@")
        outcome = sent(server, smtp_url=server_url, smtp_password_file=str(tmp_path / "password"))
        assert (outcome.state, "gets no password" in outcome.said) == ("failed", True)
        assert server.letters == []


def test_the_same_mail_twice_has_one_id_and_no_header_comes_from_a_title():
    odd = Message("tag", "a\r\nBcc: all@example.org", "failed\rX-Y: z\nmore", 0, "#console=c1&at=5")
    with MailServer() as server:
        for _ in range(2):
            assert sent(server, odd).state == "sent"
    heads = [letter.partition("\r\n\r\n")[0].splitlines() for letter in server.letters]
    ids = {line for head in heads for line in head if "Message-ID" in line}
    assert (len(heads), len(ids)) == (2, 1)
    known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
    names = {line.partition(":")[0] for line in heads[0] if not line.startswith(" ")}
    assert names <= known | {"Content-Type", "Content-Transfer-Encoding"}
    assert "https://ide.example/ide/#console=c1&at=5" in server.letters[0]


def test_the_subject_sets_a_command_off_from_what_is_said_of_it():
    with MailServer() as server:
        for facts in ({"ending": "finished after 40 s"}, {}):
            sent(
                server, Message("tag", "for i; do x; done", "finished after 40 s\n9", 0, "", facts)
            )
    heads = [message_from_string(one, policy=policy.default)["Subject"] for one in server.letters]
    assert heads == [
        "“for i; do x; done” finished after 40 s", "for i; do x; done: finished after 40 s",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "state", "said"),
    [
        (b"", "failed", "did not answer in time"),
        (b"\x00\x01garbage\r\n", "failed", "not SMTP"),
        (b"2" * 20_000, "failed", "more than any mail server"),
        (b"220-hello\r\n" * 20_000, "failed", "more than any mail server"),
        (b"421 come again\r\n", "failed", "421"),
        (b"554 go away\r\n", "refused", "554"),
    ],
)
def test_what_a_mail_server_says_first_is_bounded_and_told_in_a_sentence(
    monkeypatch, says, state, said
):
    if not says:
        monkeypatch.setattr(mail, "STEP_SECONDS", 0.3)
    with MailServer(says=says) as server:
        outcome = sent(server)
    assert outcome.state == state
    assert outcome.said.startswith("The mail server ")
    assert said in outcome.said


@pytest.mark.parametrize("line", [b"2", b"220-hello\r\n"])
def test_a_mail_server_that_drips_ends_in_time_too(monkeypatch, line):
    monkeypatch.setattr(mail, "SECONDS", 0.5)
    with MailServer(says=line, drips=True) as server:
        began = time.monotonic()
        outcome = sent(server)
        assert (outcome.state, "in time" in outcome.said) == ("failed", True), outcome
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("word", "answer", "state"),
    [
        (b"MAIL", b"550 not you", "refused"),
        (b"MAIL", b"451 later", "failed"),
        (b"RCPT", b"550 nobody here", "refused"),
        (b"RCPT", b"450 greylisted", "failed"),
        (b"DATA", b"552 too much", "refused"),
        (b"DATA", b"452 no room now", "failed"),
        (b"DATA", b"garbage", "failed"),
    ],
)
def test_what_is_refused_for_ever_is_not_tried_again_and_what_is_not_is(word, answer, state):
    with MailServer() as server:
        server.answers[word] = answer
        outcome = sent(server)
    assert (outcome.state, server.letters) == (state, [])
    assert answer[:3].decode() in outcome.said or "not SMTP" in outcome.said


def test_a_server_that_is_not_there_is_said():
    with MailServer() as server:
        pass
    assert sent(server).said == "The mail server took nothing: Connection refused."
