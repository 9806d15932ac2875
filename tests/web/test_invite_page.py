"""/invite/<token>: an invitation, or a new password after a reset."""

import dataclasses

import pytest

from ide.accounts import people
from ide.errors import BadRequestError, ConflictError, NotFoundError
from tests.web.conftest import PASSWORD
from tests.web.forms import submit
from tests.web.test_login import sign_in


def test_an_invited_person_makes_their_account_once(charlie, alice, bob, database, settings):
    token = people.invite(database, "Dora")
    page = charlie.client.get(f"/invite/{token}").text
    assert ">Create account</button>" in page
    assert 'value="dora"' in page
    answer = submit(charlie.client, f"/invite/{token}", "dora", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert charlie.get("me").json["user"] == {"name": "dora", "owner": False}
    workspaces = {person.get("me").json["workspace"]["id"] for person in (alice, bob, charlie)}
    assert len(workspaces) == 3
    assert charlie.client.get(f"/invite/{token}").status_code == 404


def test_newcomers_have_a_plan_and_the_network_that_the_owner_set(app, database, settings):
    narrow = dataclasses.replace(settings, network="packages")
    people.invite(database, "dora")
    people.add(database, narrow, "olga", PASSWORD, owner=True)
    people.invite(database, "eve", plan="guest")
    found = {one.name: (one.plan, str(one.network)) for one in people.everybody(database, narrow)}
    assert found == {
        "dora": ("standard", "packages"),
        "olga": ("owner", "web"),
        "eve": ("guest", "none"),
    }
    people.invite(database, "dora", plan="Guest")  # who has not come yet
    assert {one.plan for one in people.everybody(database, narrow)} == {"guest", "owner"}
    with pytest.raises(NotFoundError, match="no plan named 'x'"):
        people.invite(database, "frank", plan="x")
    assert len(people.everybody(database, narrow)) == 3


def test_nobody_takes_another_name_by_an_invitation(charlie, alice, database, settings):
    token = people.invite(database, "dora")
    assert submit(charlie.client, f"/invite/{token}", "alice", PASSWORD).status_code == 400
    assert submit(charlie.client, f"/invite/{token}", "dora", PASSWORD).status_code == 303


def test_a_second_invitation_voids_the_first(charlie, database, settings):
    first = people.invite(database, "dora")
    second = people.invite(database, "dora")
    assert charlie.client.get(f"/invite/{first}").status_code == 404
    assert charlie.client.get(f"/invite/{second}").status_code == 200


def test_a_reset_ends_logins_and_password_and_gives_a_link(bob, alice, charlie, database):
    token = people.reset(database, "bob")
    assert bob.get("me").status_code == 401
    assert alice.get("me").status_code == 200
    assert sign_in(charlie, "bob", PASSWORD).status_code == 401
    assert ">Set password</button>" in charlie.client.get(f"/invite/{token}").text
    assert submit(charlie.client, f"/invite/{token}", "bob", "a fresh password").status_code == 303
    assert charlie.get("me").json["workspace"]["id"] == bob.workspace


def test_a_taken_name_is_not_invited_and_not_added(alice, database, settings):
    with pytest.raises(ConflictError):
        people.invite(database, "Alice")
    with pytest.raises(ConflictError):
        people.add(database, settings, "ALICE", PASSWORD)
    with pytest.raises(BadRequestError):
        people.add(database, settings, "../alice", PASSWORD)


def test_a_disabled_person_may_come_back(alice, bob, charlie, database):
    people.disable(database, "bob")
    assert bob.get("me").status_code == 401
    assert sign_in(charlie, "bob", PASSWORD).status_code == 401
    people.disable(database, "bob", disabled=False)
    assert sign_in(charlie, "bob", PASSWORD).status_code == 200
