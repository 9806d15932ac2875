"""/sign-in: works without script."""

import pytest

from ide.accounts import people
from tests.web.conftest import PASSWORD
from tests.web.forms import alert, submit


def test_the_form_has_the_names_that_people_and_tools_look_for(charlie):
    page = charlie.client.get("/sign-in").text
    assert "<label>User name" in page
    assert "<label>Password" in page
    assert '<button type="submit" class="primary">Sign in</button>' in page
    assert "<script" not in page


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_people_come_in(charlie, request, who):
    request.getfixturevalue(who)
    answer = submit(charlie.client, "/sign-in", who, PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    assert charlie.get("me").json["user"]["name"] == who


def test_a_wrong_password_is_said_and_the_name_kept(charlie, alice):
    answer = submit(charlie.client, "/sign-in", "alice", "wrong password")
    assert answer.status_code == 401
    assert alert(answer) == "User name or password is wrong."
    assert 'value="alice"' in answer.text
    assert "wrong password" not in answer.text


def test_a_form_of_another_site_is_refused(charlie, alice):
    assert submit(charlie.client, "/sign-in", "alice", PASSWORD, token="no").status_code == 403
    assert submit(charlie.client, "/sign-in", "alice", PASSWORD, origin="null").status_code == 403
    assert charlie.get("me").status_code == 401


def test_who_is_signed_in_goes_on_and_who_is_not_is_sent_here(alice, bob, charlie):
    assert alice.client.get("/sign-in").location == "/"
    assert bob.client.get("/sign-in").location == "/"
    assert charlie.client.get("/").location == "/sign-in"


def test_what_was_typed_is_not_markup(charlie):
    answer = submit(charlie.client, "/sign-in", '"><script>x', "wrong password")
    assert "<script>x" not in answer.text


def test_before_there_is_an_owner_the_page_says_where_the_way_in_is(charlie, database):
    token = people.setup_token(database)
    assert "the link that the IDE printed" in charlie.client.get("/sign-in").text
    submit(charlie.client, f"/setup/{token}", "olga", PASSWORD)
    charlie.client.delete_cookie(charlie.client.application.extensions["ide.gate"].cookie_name)
    assert "the link that the IDE printed" not in charlie.client.get("/sign-in").text
