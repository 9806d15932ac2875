"""Every route stands behind the gate: asked without a login, only what is listed here answers."""

import pytest

from ide.accounts import logins, people
from ide.app import create_app
from ide.settings import Settings
from ide.web.policy import Who, policy_of

FOR_ANYBODY = {
    "accounts.invite",
    "accounts.invite_now",
    "accounts.setup",
    "accounts.setup_now",
    "accounts.sign_in",
    "accounts.sign_in_now",
    "bundle.built_file",
    "health.healthz",
    "health.readyz",
    "install.manifest",
    "install.offline",
    "install.worker",
    "login_api.login",
    "login_api.login_token",
}
FOREIGN = "f" * 16


class NoPlaces:
    """A supervisor that must not be asked: the gate comes before it."""

    def ensure(self, workspace):
        raise AssertionError(f"the supervisor was asked for {workspace}")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The whole application on an empty database."""
    folder = tmp_path_factory.mktemp("gated")
    return create_app(Settings(data=folder, runtime_dir=str(folder / "run")), places=NoPlaces())


def requests(app):
    """Yield (endpoint, method, path) of every route with some value for each argument."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"OPTIONS"}):
            values = {name: FOREIGN if name == "ws" else "wide" for name in rule.arguments}
            yield rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)


def test_the_list_is_what_the_views_declare(app):
    declared = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if policy_of(app.view_functions[rule.endpoint]).who is Who.ANYBODY
    }
    assert declared == FOR_ANYBODY


def test_nobody_else_is_answered(app):
    client = app.test_client()
    answered = []
    asked = 0
    for endpoint, method, path in requests(app):
        if endpoint in FOR_ANYBODY:
            continue
        asked += 1
        answer = client.open(path, method=method, headers={"Origin": "http://localhost"})
        to_sign_in = answer.status_code == 302 and answer.location.endswith("/sign-in")
        if answer.status_code != 401 and not to_sign_in:
            answered.append((endpoint, method, answer.status_code))
    assert asked > 20
    assert answered == []


@pytest.fixture(scope="module")
def owner(app):
    """A signed-in owner: (client, headers). Not even an owner may touch another's workspace."""
    gate = app.extensions["ide.gate"]
    person = people.add(gate.database, gate.settings, "ada", "a long password", owner=True)
    token = logins.open_login(gate.database, gate.settings, person.id, device="test", address="")
    client = app.test_client()
    client.set_cookie(gate.cookie_name, token)
    headers = {"Origin": "http://localhost", "X-CSRF-Token": logins.csrf_token(token)}
    return client, headers


def in_a_workspace(app):
    """Return (endpoint, method, path) of the routes that name a workspace."""
    return [
        (endpoint, method, path)
        for endpoint, method, path in requests(app)
        if policy_of(app.view_functions[endpoint]).who is Who.WORKSPACE
    ]


def test_a_workspace_of_another_is_not_found(app, owner):
    client, headers = owner
    asked = in_a_workspace(app)
    assert len(asked) > 10
    answers = {
        (endpoint, method): client.open(path, method=method, headers=headers, json={}).status_code
        for endpoint, method, path in asked
    }
    assert {each: status for each, status in answers.items() if status != 404} == {}


@pytest.mark.parametrize("wrong", [{"Origin": "https://evil.example"}, {"X-CSRF-Token": "no"}])
def test_nothing_changes_for_another_site_or_without_the_token(app, owner, wrong):
    client, headers = owner
    answers = {}
    for endpoint, method, path in requests(app):
        changes = method not in {"GET", "HEAD"}
        if changes and (endpoint not in FOR_ANYBODY or "Origin" in wrong):
            answer = client.open(path, method=method, headers=headers | wrong, json={})
            answers[endpoint, method] = answer.status_code
    assert len(answers) > 10
    assert {each: status for each, status in answers.items() if status != 403} == {}
