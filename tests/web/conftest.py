"""Three people for every test: alice the owner, bob another user, charlie signed out."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from ide.accounts import logins, passwords, people
from ide.accounts.models import User
from ide.app import create_app
from ide.errors import UnavailableError
from ide.settings import Settings
from ide.web.gate import CSRF_HEADER
from ide.workspaces.service import private_workspace
from tests.fakes.keeper import FakeKeeper

ORIGIN = "http://localhost"
PASSWORD = "correct horse battery"


class Person:
    """A browser of somebody: sends the Origin and the CSRF token as our page does."""

    def __init__(self, app, name, token=None, csrf="", workspace=""):
        self.client = app.test_client()
        self.name, self.token, self.csrf, self.workspace = name, token, csrf, workspace
        if token:
            gate = app.extensions["ide.gate"]
            self.client.set_cookie(gate.cookie_name, token)

    def ask(self, method, path, *, origin=ORIGIN, csrf=None, **options):
        """Call `api/v1/<path>`; `{ws}` in it is the own workspace."""
        headers = dict(options.pop("headers", {}))
        if origin is not None:
            headers["Origin"] = origin
        headers[CSRF_HEADER] = self.csrf if csrf is None else csrf
        path = path.replace("{ws}", self.workspace)
        return self.client.open(f"/api/v1/{path}", method=method, headers=headers, **options)

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.ask("POST", path, json={} if json is None else json, **options)

    def put(self, path, json, **options):
        return self.ask("PUT", path, json=json, **options)

    def delete(self, path, **options):
        return self.ask("DELETE", path, **options)


class NoPlaces:
    """A supervisor that starts nothing: keepers are there or not."""

    def ensure(self, workspace):
        raise UnavailableError(f"No supervisor for {workspace}.")

    def version(self):
        return {
            "kind": "bubblewrap",
            "own_uids": True,
            "level": 2,
            "limits": "v1",
            "quota": "none",
            "network": "veth",
            "reasons": ["Disk space is not held."],
        }


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes():
    """Real argon2 with the smallest cost: what is tested is not how slow it is."""
    kept = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._hasher = kept


@contextmanager
def short_folder():
    """A folder of its own with a short name: a unix socket's path has 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="ide-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def runtime():
    with short_folder() as folder:
        yield folder


@pytest.fixture
def settings(tmp_path, runtime):
    return Settings(data=tmp_path, runtime_dir=str(runtime))


@pytest.fixture
def app(settings):
    made = create_app(settings, places=NoPlaces())
    yield made
    made.extensions["ide.gate"].database.close()


@pytest.fixture
def database(app):
    return app.extensions["ide.gate"].database


def _person(app, settings, database, name, *, owner=False):
    made = people.add(database, settings, name, PASSWORD, owner=owner)
    token = logins.open_login(database, settings, made.id, device="Test", address="127.0.0.1")
    return Person(app, name, token, logins.csrf_token(token), private_workspace(database, made.id))


@pytest.fixture
def alice(app, settings, database):
    """The owner."""
    return _person(app, settings, database, "alice", owner=True)


@pytest.fixture
def bob(app, settings, database):
    """Another user."""
    return _person(app, settings, database, "bob")


@pytest.fixture
def charlie(app):
    """Somebody signed out."""
    return Person(app, "charlie")


@pytest.fixture
def keeper(runtime, alice):
    """Alice's keeper."""
    made = FakeKeeper(runtime, alice.workspace).start()
    yield made
    made.stop()


@pytest.fixture
def set_network(database):
    def change(name, plan):
        with database.write() as db:
            db.execute(update(User).where(User.name == name).values(network=plan))

    return change
