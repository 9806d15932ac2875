"""POST password."""

import pytest
from sqlalchemy import select

from ide.accounts import logins, passwords, people, throttle
from ide.accounts.models import User
from tests.web.conftest import PASSWORD, Person
from tests.web.test_login import sign_in

NEW = "another good password"


def test_the_new_password_counts_and_other_devices_are_out(
    app, settings, database, alice, bob, charlie
):
    token = logins.open_login(database, settings, 1, device="x", address="")
    other = Person(app, "alice", token, logins.csrf_token(token))
    assert other.get("me").status_code == 200
    assert alice.post("password", {"current": PASSWORD, "new": NEW}).status_code == 200
    assert alice.get("me").status_code == 200
    assert other.get("me").status_code == 401
    assert bob.get("me").status_code == 200
    assert sign_in(charlie, "alice", PASSWORD).status_code == 401
    assert sign_in(charlie, "alice", NEW).status_code == 200


def test_nothing_but_an_argon2_hash_is_kept(alice, bob, database):
    assert alice.post("password", {"current": PASSWORD, "new": NEW}).status_code == 200
    with database.read() as db:
        kept = list(db.scalars(select(User.password_hash)))
    assert len(set(kept)) == 2
    assert all(one.startswith("$argon2id$") for one in kept)


@pytest.mark.parametrize(
    ("current", "new", "named"),
    [("wrong password", NEW, "current"), (PASSWORD, "short", "limit_chars")],
)
def test_a_wrong_or_unfit_password_changes_nothing(alice, charlie, current, new, named):
    answer = alice.post("password", {"current": current, "new": new})
    assert answer.status_code == 400
    assert named in answer.json["error"]["detail"]
    assert sign_in(charlie, "alice", PASSWORD).status_code == 200


def test_an_unfit_new_password_is_no_guess(alice, charlie):
    for _ in range(throttle.NAME_LIMIT + 1):
        answer = alice.post("password", {"current": PASSWORD, "new": "short"})
        assert answer.status_code == 400
    assert sign_in(charlie, "alice", PASSWORD).status_code == 200


def test_a_reset_meanwhile_wins(app, settings, database, alice, charlie, monkeypatch):
    hash_password = passwords.hash_password

    def reset_first(password):
        people.reset(database, "alice")
        return hash_password(password)

    monkeypatch.setattr(passwords, "hash_password", reset_first)
    assert alice.post("password", {"current": PASSWORD, "new": NEW}).status_code == 401
    assert sign_in(charlie, "alice", NEW).status_code == 401


def test_without_the_csrf_token_nothing_changes(alice, charlie):
    body = {"current": PASSWORD, "new": NEW}
    assert alice.post("password", body, csrf="").status_code == 403
    assert alice.post("password", body, origin="http://evil.example").status_code == 403
    assert charlie.post("password", body).status_code == 401
