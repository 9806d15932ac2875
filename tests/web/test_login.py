"""GET and POST login: the sign-in dialog over the page."""

import pytest

from tests.web.conftest import PASSWORD, Person


def sign_in(person, name, password, **options):
    csrf = person.get("login").json["csrf"]
    return person.post("login", {"name": name, "password": password}, csrf=csrf, **options)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_people_sign_in_and_get_a_token_for_what_follows(app, charlie, request, who):
    person = request.getfixturevalue(who)
    answer = sign_in(charlie, f" {who.title()} ", PASSWORD)
    assert answer.status_code == 200
    assert answer.json["user"]["name"] == who
    charlie.csrf = answer.json["csrf"]
    assert charlie.get("me").json["workspace"]["id"] == person.workspace
    assert charlie.put("prefs", {}).status_code == 200


def test_a_stranger_is_refused_in_the_same_words_as_a_wrong_password(charlie, alice):
    wrong = sign_in(charlie, "alice", "a wrong password")
    unknown = sign_in(charlie, "nobody", "a wrong password")
    assert (wrong.status_code, wrong.json) == (unknown.status_code, unknown.json)
    assert wrong.json["error"]["code"] == "not_signed_in"


def test_for_an_unknown_name_a_hash_is_checked_too(charlie, alice, monkeypatch):
    from ide.accounts import passwords  # noqa: PLC0415

    checked = []
    real = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting(real, checked))
    sign_in(charlie, "nobody", "a wrong password")
    sign_in(charlie, "alice", "a wrong password")
    assert len(checked) == 2


class Counting:
    def __init__(self, real, checked):
        self.real, self.checked = real, checked

    def verify(self, kept, password):
        self.checked.append(kept)
        return self.real.verify(kept, password)

    def hash(self, password):
        return self.real.hash(password)


def test_the_dialog_needs_its_token(app, alice):
    fresh = Person(app, "x")
    body = {"name": "alice", "password": PASSWORD}
    assert fresh.post("login", body).status_code == 403
    fresh.get("login")
    assert fresh.post("login", body, csrf="wrong").status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None, "https://localhost"])
def test_another_sites_form_is_refused(charlie, alice, origin):
    assert sign_in(charlie, "alice", PASSWORD, origin=origin).status_code == 403


def test_a_disabled_person_is_refused(charlie, alice, database):
    from ide.accounts import people  # noqa: PLC0415

    people.disable(database, "alice")
    assert sign_in(charlie, "alice", PASSWORD).status_code == 401


@pytest.mark.parametrize("body", [{}, {"name": "alice"}, {"name": 1, "password": "x"}, []])
def test_a_malformed_body_is_refused(charlie, body):
    csrf = charlie.get("login").json["csrf"]
    answer = charlie.post("login", body, csrf=csrf)
    assert answer.status_code == 400
    assert PASSWORD not in answer.text


def test_the_cookie_is_for_this_server_alone(charlie, alice):
    answer = sign_in(charlie, "alice", PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if "visitor" not in c)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age=34560000" in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie
