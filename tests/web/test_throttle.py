"""Guessing is slowed down per name and per address, across workers and restarts."""

from datetime import timedelta

import pytest

from ide.accounts import throttle
from ide.accounts.models import Attempts
from ide.app import create_app
from ide.errors import TooManyError
from tests.web.conftest import PASSWORD, NoPlaces, Person
from tests.web.test_login import sign_in


def test_a_name_rests_after_ten_wrong_tries(app, alice, charlie):
    for _ in range(throttle.NAME_LIMIT):
        assert sign_in(charlie, "alice", "wrong password").status_code == 401
    answer = sign_in(charlie, "alice", PASSWORD)
    assert answer.status_code == 429
    assert 0 < answer.json["error"]["detail"]["retry_seconds"] <= 15 * 60 + 1
    assert int(answer.headers["Retry-After"]) > 0


def test_another_worker_counts_on(settings, app, alice, charlie):
    for _ in range(throttle.NAME_LIMIT):
        sign_in(charlie, "alice", "wrong password")
    other = create_app(settings, places=NoPlaces())
    assert sign_in(Person(other, "x"), "alice", PASSWORD).status_code == 429
    other.extensions["ide.gate"].database.close()


def test_signing_in_forgives_the_name(app, alice, charlie):
    for _ in range(2 * throttle.NAME_LIMIT):
        sign_in(charlie, "alice", "wrong password")
        if sign_in(charlie, "alice", PASSWORD).status_code != 200:
            pytest.fail("one wrong try does not lock out")


def test_an_address_rests_over_all_names(database):
    with database.write() as db:
        for number in range(throttle.ADDRESS_LIMIT):
            throttle.count_attempt(db, f"name{number}", "192.0.2.1")
        with pytest.raises(TooManyError):
            throttle.count_attempt(db, "another", "192.0.2.1")
        throttle.count_attempt(db, "another", "192.0.2.2")


def test_one_ipv6_network_is_one_address(database):
    with database.write() as db:
        for number in range(throttle.ADDRESS_LIMIT):
            throttle.count_attempt(db, f"name{number}", f"2001:db8::{number:x}")
        with pytest.raises(TooManyError):
            throttle.count_attempt(db, "another", "2001:db8::ffff")
        throttle.count_attempt(db, "another", "2001:db8:1::1")


def test_after_the_window_all_is_forgotten(database):
    with database.write() as db:
        for _ in range(throttle.NAME_LIMIT):
            throttle.count_attempt(db, "alice", "192.0.2.1")
        with pytest.raises(TooManyError):
            throttle.count_attempt(db, "alice", "192.0.2.1")
        db.flush()
        for row in db.query(Attempts):
            row.since -= throttle.WINDOW + timedelta(seconds=1)
        db.flush()
        throttle.count_attempt(db, "alice", "192.0.2.1")


def test_changing_the_password_is_slowed_down_too(alice):
    body = {"current": "wrong password", "new": "a new good password"}
    for _ in range(throttle.NAME_LIMIT):
        assert alice.post("password", body).status_code == 400
    assert alice.post("password", body).status_code == 429
