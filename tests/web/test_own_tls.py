"""TLS of our own: who asks is the front's word, forwarded headers are nobody's."""

import pytest

from ide.app import create_app
from ide.settings import Settings
from ide.web.peers import peer_address, peer_name


@pytest.fixture
def client(tmp_path):
    settings = Settings(
        data=tmp_path, runtime_dir=str(tmp_path / "run"), tls=True,
        address="https://tablet.test:8000/",
    )  # fmt: skip
    app = create_app(settings)

    @app.after_request
    def tell(response):
        from flask import request  # noqa: PLC0415 - the request's own

        response.headers["X-Seen"] = f"{request.scheme} {request.remote_addr}"
        return response

    return app.test_client()


def ask(client, path="/sign-in", peer="192.0.2.5", host="tablet.test:8000", **headers):
    name = peer_name(peer).decode()
    return client.get(
        path, base_url=f"http://{host}", environ_overrides={"REMOTE_ADDR": name}, headers=headers
    )


@pytest.mark.parametrize("peer", ["192.0.2.5", "2001:db8::5"])
def test_the_web_learns_who_asks_from_the_front_alone(client, peer):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Request-ID": "a" * 16,
    }
    answer = ask(client, peer=peer, **forged)
    assert answer.headers["X-Seen"] == f"https {peer}"
    assert answer.headers["X-Request-ID"] != forged["X-Request-ID"]
    assert peer_address("") == peer_address("/run/other.sock") == ""


def test_every_name_of_the_machine_and_of_the_certificate_is_ours_and_no_other(client):
    for host in ("tablet.test:8000", "localhost:8000", "127.0.0.1:8000"):
        assert ask(client, host=host).status_code == 200
    assert ask(client, host="evil.test:8000").status_code == 403
    forged = {"X-Forwarded-Host": "tablet.test:8000"}
    assert ask(client, host="evil.test:8000", **forged).status_code == 403


def test_the_cookie_is_for_https_and_no_other_server_is_bound_to_it(client):
    answer = ask(client)
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


def test_a_form_is_taken_from_the_page_that_was_opened_and_from_no_other(client):
    for host in ("tablet.test:8000", "127.0.0.1:8000"):
        for scheme, is_foreign in (("https", False), ("http", True)):
            answer = client.post(
                "/api/v1/login",
                base_url=f"http://{host}",
                headers={"Origin": f"{scheme}://{host}"},
                json={"name": "a", "password": "b"},
            )
            assert ("another site" in answer.text) == is_foreign
