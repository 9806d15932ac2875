"""workspaces/<ws>/stop and its kin: one call to the keeper each, for who may manage."""

import pytest

CALLS = {"stop": "workspace.stop", "restart": "workspace.restart", "free": "workspace.free"}


@pytest.mark.parametrize("name", CALLS)
def test_the_keeper_is_asked(alice, keeper, name):
    keeper.answers[CALLS[name]] = {"ok": True, "value": {"done": name}}
    answer = alice.post(f"workspaces/{{ws}}/{name}")
    assert (answer.status_code, answer.json) == (200, {"done": name})
    assert keeper.calls == [(CALLS[name], {})]


@pytest.mark.parametrize("name", CALLS)
def test_others_strangers_and_foreign_pages_are_not_heard(alice, bob, charlie, keeper, name):
    address = f"workspaces/{alice.workspace}/{name}"
    assert bob.post(address).status_code == 404
    assert charlie.post(address).status_code == 401
    assert alice.post(address, csrf="").status_code == 403
    assert alice.post(address, origin="https://elsewhere.example").status_code == 403
    assert keeper.calls == []


@pytest.mark.parametrize("name", ["usage", "processes"])
def test_what_is_used_and_what_runs_is_told_to_its_own_people(alice, bob, charlie, keeper, name):
    keeper.answers[f"workspace.{name}"] = {"ok": True, "value": {"told": name}}
    answer = alice.get(f"workspaces/{{ws}}/{name}")
    assert (answer.status_code, answer.json) == (200, {"told": name})
    address = f"workspaces/{alice.workspace}/{name}"
    assert bob.get(address).status_code == 404
    assert charlie.get(address).status_code == 401
    assert keeper.calls == [(f"workspace.{name}", {})]


def test_a_process_is_ended(alice, keeper):
    address = "workspaces/{ws}/processes/17/end"
    keeper.answers["workspace.signal"] = {"ok": True, "value": {}}
    assert alice.post(address, {"how": "end"}).status_code == 200
    assert alice.post(address, {"how": "kill", "started": 5.5}).status_code == 200
    assert keeper.calls == [
        ("workspace.signal", {"pid": 17, "how": "end"}),
        ("workspace.signal", {"pid": 17, "how": "kill", "started": 5.5}),
    ]
    gone = {"ok": False, "code": "not_found", "message": "It has ended.", "detail": {}}
    keeper.answers["workspace.signal"] = gone
    assert alice.post(address, {"how": "end"}).status_code == 404


def test_others_end_no_process_and_nobody_one_in_odd_words(alice, bob, charlie, keeper):
    address = f"workspaces/{alice.workspace}/processes/17/end"
    assert bob.post(address, {"how": "kill"}).status_code == 404
    assert charlie.post(address, {"how": "kill"}).status_code == 401
    assert alice.post(address, {"how": "kill"}, csrf="").status_code == 403
    for wrong in ({}, {"how": "stop"}, {"how": "end", "started": "now"}, {"how": "end", "pid": 1}):
        assert alice.post(address, wrong).status_code == 400
    assert alice.post(address.replace("17", "init"), {"how": "kill"}).status_code == 404
    assert keeper.calls == []


def test_a_start_is_a_need_of_the_sandbox_alone(alice, bob, keeper):
    answer = alice.post("workspaces/{ws}/start")
    assert (answer.status_code, answer.json) == (200, {})
    assert keeper.calls == [("workspace.wake", {})]
    assert bob.post(f"workspaces/{alice.workspace}/start").status_code == 404
    assert alice.post("workspaces/{ws}/start", csrf="").status_code == 403
