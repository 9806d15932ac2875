"""workspaces/<ws>/search: one call to the keeper, for the workspace's own person."""


def test_what_is_typed_goes_to_the_keeper_and_its_answer_back(alice, bob, charlie, keeper):
    value = {"commands": [], "consoles": [], "unsearched": []}
    keeper.answers["search.find"] = {"ok": True, "value": value}
    answer = alice.get("workspaces/{ws}/search?q=%22a%20b%22%20c*&console=c1&before=9&limit=5&x=1")
    assert (answer.status_code, answer.json) == (200, value)
    assert answer.headers["Cache-Control"] == "private, no-store"
    wanted = {"q": '"a b" c*', "console": "c1", "before": 9, "limit": 5}
    assert keeper.calls == [("search.find", wanted)]
    assert alice.get("workspaces/{ws}/search?q=a&before=x").status_code == 400
    address = f"workspaces/{alice.workspace}/search?q=a"
    assert bob.get(address).status_code == 404
    assert charlie.get(address).status_code == 401
    refusal = {"ok": False, "code": "bad_request", "message": "Type a word."}
    keeper.answers["search.find"] = refusal
    refused = alice.get("workspaces/{ws}/search")
    assert (refused.status_code, refused.json["error"]["message"]) == (400, "Type a word.")
