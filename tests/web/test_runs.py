"""workspaces/<ws>/runs."""

BODY = {"path": "src/a%20b%FF.py", "mode": "ask", "cols": 80, "rows": 24}


def test_a_run_is_started_and_stopped(alice, keeper):
    answer = alice.post("workspaces/{ws}/runs", BODY)
    assert answer.status_code == 201
    assert keeper.calls == [("runs.start", BODY)]
    assert alice.post(f"workspaces/{{ws}}/runs/{answer.json['id']}/stop").status_code == 200
    assert keeper.calls[1] == ("runs.stop", {"console": answer.json["id"]})


def test_while_the_file_runs_the_page_learns_where(alice, keeper):
    keeper.answers["runs.start"] = {
        "ok": False,
        "code": "conflict",
        "message": "That file is running.",
        "detail": {"console": "c7"},
    }
    answer = alice.post("workspaces/{ws}/runs", BODY)
    assert answer.status_code == 409
    assert answer.json["error"]["detail"] == {"console": "c7"}


def test_others_and_strangers_run_nothing(alice, bob, charlie, keeper):
    for path in ("runs", "runs/c1/stop"):
        address = f"workspaces/{alice.workspace}/{path}"
        assert bob.post(address, BODY).status_code == 404
        assert charlie.post(address, BODY).status_code == 401
        assert alice.post(address, BODY, csrf="").status_code == 403
    assert keeper.calls == []


def test_a_malformed_body_is_refused(alice, keeper):
    for wrong in ({"path": ""}, {"mode": "force"}, {"path": "a\nb"}, {"path": "é"}):
        assert alice.post("workspaces/{ws}/runs", BODY | wrong).status_code == 400
    assert keeper.calls == []


def test_what_ran_is_listed_and_told(alice, bob, charlie, keeper):
    keeper.answers["cards.list"] = {"ok": True, "value": {"cards": [], "more": False}}
    keeper.answers["cards.get"] = {"ok": True, "value": {"id": 7}}
    keeper.answers["cards.previous"] = {"ok": True, "value": {"card": {"id": 7}, "previous": None}}
    asked = "cards?console=c1&kind=run&state=failed&text=make%20it&before=9&limit=5&other=1"
    answer = alice.get(f"workspaces/{{ws}}/{asked}")
    assert (answer.status_code, answer.json) == (200, {"cards": [], "more": False})
    assert alice.get("workspaces/{ws}/cards/7").json == {"id": 7}
    assert alice.get("workspaces/{ws}/cards/7/previous").json == {
        "card": {"id": 7},
        "previous": None,
    }
    wanted = {
        "console": "c1", "kind": "run", "state": "failed", "text": "make it", "before": 9,
        "limit": 5,
    }  # fmt: skip
    assert keeper.calls == [
        ("cards.list", wanted), ("cards.get", {"card": 7}), ("cards.previous", {"card": 7}),
    ]  # fmt: skip
    assert alice.get("workspaces/{ws}/cards?limit=many").status_code == 400
    assert alice.get("workspaces/{ws}/cards/none").status_code == 404
    assert alice.get("workspaces/{ws}/cards/none/previous").status_code == 404
    for path in ("cards", "cards/7", "cards/7/previous"):
        address = f"workspaces/{alice.workspace}/{path}"
        assert bob.get(address).status_code == 404
        assert charlie.get(address).status_code == 401
    assert len(keeper.calls) == 3
