"""workspaces/<ws>/consoles: each request is one call, for the workspace's own person alone."""

import pytest

from ide.guard.grant import Right

SIZE = {"cols": 80, "rows": 24}
REQUESTS = [
    ("GET", "consoles", None, "consoles.list", {}),
    ("POST", "consoles", {"kind": "bash", **SIZE}, "consoles.create", {"kind": "bash", **SIZE}),
    (
        "POST",
        "consoles",
        {"kind": "python", "record": False, **SIZE},
        "consoles.create",
        {"kind": "python", "record": False, **SIZE},
    ),
    ("PATCH", "consoles/c1", {"title": " x "}, "consoles.rename", {"console": "c1", "title": "x"}),
    ("POST", "consoles/c1/end", {"how": "kill"}, "consoles.end", {"console": "c1", "how": "kill"}),
    ("POST", "consoles/c1/restart", SIZE, "consoles.restart", {"console": "c1", **SIZE}),
    (
        "POST",
        "consoles/c1/record",
        {"record": False},
        "consoles.record",
        {"console": "c1", "record": False},
    ),
    ("DELETE", "consoles/c1", None, "consoles.remove", {"console": "c1"}),
]


@pytest.mark.parametrize(("method", "path", "body", "op", "args"), REQUESTS)
def test_each_request_is_one_call_with_the_callers_grant(
    alice, keeper, method, path, body, op, args
):
    keeper.consoles["c1"] = {"id": "c1", "state": "running"}
    answer = alice.ask(method, f"workspaces/{{ws}}/{path}", json=body)
    assert answer.status_code in {200, 201}
    assert keeper.calls == [(op, args)]
    (grant,) = keeper.grants
    assert (grant.user, grant.workspace) == ("alice", alice.workspace)
    assert grant.rights == frozenset(Right)


@pytest.mark.parametrize(("method", "path", "body", "op", "args"), REQUESTS)
def test_others_and_strangers_do_not_reach_the_keeper(
    alice, bob, charlie, keeper, method, path, body, op, args
):
    address = f"workspaces/{alice.workspace}/{path}"
    assert bob.ask(method, address, json=body).status_code == 404
    assert charlie.ask(method, address, json=body).status_code == 401
    if method != "GET":
        assert alice.ask(method, address, json=body, csrf="").status_code == 403
        assert alice.ask(method, address, json=body, origin="http://evil").status_code == 403
    assert keeper.calls == []


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "zsh", **SIZE},
        {"kind": "bash", "cols": 0, "rows": 24},
        {"kind": "bash", "cols": 80, "rows": 100000},
        {"kind": "bash", "cwd": "%zz", **SIZE},
        {"kind": "bash", "title": "x" * 201, **SIZE},
        {"kind": "bash", "record": "perhaps", **SIZE},
        {"kind": "bash", "argv": ["/bin/sh"], **SIZE},
        {"kind": "bash"},
    ],
)
def test_a_malformed_body_is_refused_before_the_keeper(alice, keeper, body):
    answer = alice.post("workspaces/{ws}/consoles", body)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_request"
    assert keeper.calls == []


def test_what_the_keeper_refuses_is_told_in_its_words(alice, keeper):
    answer = alice.delete("workspaces/{ws}/consoles/gone")
    assert answer.status_code == 404
    assert answer.json["error"]["message"] == "No such console."
    keeper.answers["consoles.create"] = {
        "ok": False,
        "code": "no_sandbox",
        "message": "bwrap is missing",
        "detail": {"line": "apt install bubblewrap"},
    }
    answer = alice.post("workspaces/{ws}/consoles", {"kind": "bash", **SIZE})
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "no_sandbox"
    assert answer.json["error"]["detail"] == {"line": "apt install bubblewrap"}


def test_without_keeper_and_supervisor_it_says_so(alice):
    answer = alice.get("workspaces/{ws}/consoles")
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "unavailable"
