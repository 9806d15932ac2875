"""The gate: hosts, headers, body sizes, unknown addresses, views without a policy."""

import dataclasses
import io
import json
import socket

import pytest
from flask import Flask

from ide.app import create_app
from ide.cli.address import lan_address
from ide.web.gate import Gate
from tests.web.conftest import PASSWORD, NoPlaces, Person
from tests.web.test_login import sign_in

OUR_ADDRESS = lan_address() or "127.0.0.2"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", f"{OUR_ADDRESS}:8000",
     socket.gethostname(), f"{socket.gethostname()}.local:8000"],
)  # fmt: skip
def test_this_machine_is_answered(charlie, host):
    assert charlie.client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "192.0.2.1", "224.0.0.1", "%"],
)
def test_another_name_gets_a_page_that_names_the_flag(alice, bob, charlie, host):
    for person in (alice, bob, charlie):
        answer = person.client.get("/", headers={"Host": host})
        assert answer.status_code in {400, 403}
        assert person.get("me", headers={"Host": host}).status_code in {400, 403}
    if host == "evil.example":
        assert (
            "--address http://evil.example/" in charlie.client.get("/", headers={"Host": host}).text
        )


def test_every_answer_has_the_headers(alice, charlie):
    for answer in (alice.get("me"), charlie.client.get("/sign-in"), charlie.client.get("/nowhere")):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Request-ID"]
        assert "Strict-Transport-Security" not in answer.headers


def test_scripts_are_files_of_ours(charlie):
    policy = charlie.client.get("/sign-in").headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self' ws://localhost"
    assert directives["form-action"] == "'self'"
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("length", [True, False], ids=["announced", "chunked"])
def test_a_body_over_the_limit_is_refused(alice, length):
    data = json.dumps({"x": "y" * 300_000}).encode()
    headers = {"Content-Type": "application/json"}
    if length:
        answer = alice.ask("PUT", "prefs", data=data, headers=headers)
    else:
        answer = alice.ask(
            "PUT",
            "prefs",
            input_stream=io.BytesIO(data),
            headers=headers | {"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )
    assert answer.status_code in {400, 413}
    assert alice.get("prefs").json == {}


def test_an_unknown_address_and_method_are_said(alice, charlie):
    for person in (alice, charlie):
        assert person.get("nowhere").json["error"]["code"] == "not_found"
        answer = person.delete("me")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_a_view_without_a_policy_stops_the_app(settings, database):
    app = Flask("bare", static_folder=None)
    app.add_url_rule("/open", "open", lambda: "open")
    with pytest.raises(RuntimeError, match="without a policy: open"):
        Gate(settings, database).verify(app)


def test_a_bug_is_logged_without_its_words_and_told_without_details(capsys, app, alice):
    def broken(_token):
        raise ValueError("somebody's secret text")

    app.extensions["ide.gate"].load_login = broken
    answer = alice.get("me")
    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal")
    said = answer.text + capsys.readouterr().err
    assert "secret" not in said
    assert "ValueError" in said
    assert answer.headers["X-Request-ID"] in answer.json["error"]["message"]


def test_the_server_log_holds_routes_and_numbers_alone(capsys, app, alice, charlie):
    sign_in(charlie, "alice", PASSWORD)
    alice.put("workspaces/{ws}/drafts/content?path=diary.txt", {"text": "dear diary"})
    log = capsys.readouterr().err
    lines = [json.loads(line) for line in log.splitlines()]
    assert lines[-1]["route"] == "/api/v1/workspaces/<ws>/drafts/content"
    assert lines[-1]["user"] == 1
    for secret in ("diary", "alice", alice.csrf, alice.token, PASSWORD, alice.workspace):
        assert secret not in log


@pytest.fixture
def mounted(settings, alice):
    """The same people behind nginx at https://code.example.org/ide/."""
    given = dataclasses.replace(settings, address="https://code.example.org/ide/")
    app = create_app(given, places=NoPlaces())
    yield app
    app.extensions["ide.gate"].database.close()


FORWARDED = {
    "Host": "code.example.org",
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
}


@pytest.mark.parametrize("prefix", ["/ide", ""], ids=["kept", "stripped"])
def test_under_a_path_over_tls(mounted, prefix):
    client = mounted.test_client(use_cookies=False)
    page = client.get(f"{prefix}/", headers=FORWARDED)
    assert (page.status_code, page.location) == (302, "/ide/sign-in")
    answer = client.get(f"{prefix}/api/v1/login", headers=FORWARDED)
    visitor = answer.headers["Set-Cookie"]
    assert "Path=/ide/" in visitor
    assert "Secure" in visitor
    assert visitor.startswith("__Secure-ide-")
    assert answer.headers["Strict-Transport-Security"]
    cookie = visitor.partition(";")[0]
    answer = client.post(
        f"{prefix}/api/v1/login",
        json={"name": "alice", "password": PASSWORD},
        headers=FORWARDED
        | {
            "Cookie": cookie,
            "X-CSRF-Token": answer.json["csrf"],
            "Origin": "https://code.example.org",
        },
    )
    assert answer.status_code == 200
    login = next(each for each in answer.headers.getlist("Set-Cookie") if "visitor" not in each)
    assert "Path=/ide/" in login
    assert "Secure" in login
    found = client.get(
        f"{prefix}/api/v1/logins", headers=FORWARDED | {"Cookie": login.partition(";")[0]}
    )
    assert found.json["logins"][0]["address"] == "198.51.100.7"


def test_with_an_address_only_its_host_and_origin_count(mounted):
    client = mounted.test_client()
    for host in ("localhost", "127.0.0.1", "code.example.org:8443", "example.org"):
        assert client.get("/ide/sign-in", headers=FORWARDED | {"Host": host}).status_code == 403
    for origin in ("https://example.org", "http://code.example.org", "http://localhost"):
        headers = FORWARDED | {"Origin": origin}
        assert client.post("/ide/api/v1/login", json={}, headers=headers).status_code == 403


def test_without_an_address_forwarded_headers_are_a_visitors_claims(alice):
    claims = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Request-ID": "forged-request-id",
    }
    answer = alice.get("logins", headers=claims)
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"] != "forged-request-id"
    assert alice.post("logout", origin="https://evil.example", headers=claims).status_code == 403


def test_a_cookie_over_tls_at_the_root_is_bound_to_the_host(settings, database):
    given = dataclasses.replace(settings, address="https://code.example.org/")
    assert Gate(given, database).cookie_name.startswith("__Host-ide-")


def test_an_old_page_is_told_to_reload(alice, app):
    answer = Person(app, "alice", alice.token, "of an older login").post("logout")
    assert answer.status_code == 403
    assert answer.json["error"]["detail"] == {"reload": True}
