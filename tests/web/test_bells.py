"""workspaces/<ws>/bells."""

BODY = {"console": "c1", "when": "printed", "text": "epoch 9", "once": False}


def test_a_bell_is_set_listed_and_removed(alice, keeper):
    for op in ("bells.set", "bells.list", "bells.remove"):
        keeper.answers[op] = {"ok": True, "value": {"id": 7}}
    answer = alice.post("workspaces/{ws}/bells", BODY)
    assert answer.status_code == 201
    assert keeper.calls == [("bells.set", {**BODY, "excerpt": False})]
    of_card = {"card": 7, "when": "failed"}
    assert alice.post("workspaces/{ws}/bells", of_card).status_code == 201
    assert keeper.calls.pop() == ("bells.set", {**of_card, "once": True, "excerpt": False})
    assert alice.get("workspaces/{ws}/bells").status_code == 200
    assert alice.delete("workspaces/{ws}/bells/7").status_code == 200
    assert keeper.calls[1:] == [("bells.list", {}), ("bells.remove", {"bell": 7})]


def test_others_and_strangers_hear_no_bell_and_set_none(alice, bob, charlie, keeper):
    address = f"workspaces/{alice.workspace}/bells"
    for somebody, status in ((bob, 404), (charlie, 401)):
        assert somebody.get(address).status_code == status
        assert somebody.post(address, BODY).status_code == status
        assert somebody.delete(f"{address}/7").status_code == status
    assert alice.post(address, BODY, csrf="").status_code == 403
    assert keeper.calls == []


def test_a_malformed_body_is_refused(alice, keeper):
    for wrong in (
        {"when": "sometimes"},
        {"text": "x" * 201},
        {"seconds": 0},
        {"card": "x"},
        {"more": 1},
    ):
        assert alice.post("workspaces/{ws}/bells", BODY | wrong).status_code == 400
    assert alice.delete("workspaces/{ws}/bells/x").status_code == 404
    assert keeper.calls == []


def test_letters_that_came_meanwhile_are_listed_for_who_may_look(alice, bob, keeper):
    keeper.answers["letters.list"] = {"ok": True, "value": {"letters": []}}
    assert alice.get("workspaces/{ws}/letters?after=7").json == {"letters": []}
    assert keeper.calls == [("letters.list", {"after": 7})]
    assert alice.get("workspaces/{ws}/letters?after=x").status_code == 400
    alice.get("workspaces/{ws}/letters?unseen=1")
    assert keeper.calls[1:] == [("letters.list", {"unseen": True})]
    assert bob.get(f"workspaces/{alice.workspace}/letters").status_code == 404
