"""Plans on a real server: what the owner types holds for people who are there."""

import httpx
import pytest

from ide.accounts import plans
from ide.settings import Settings
from ide.store.database import open_database
from tests.ordinary import make_server, open_folder
from tests.visitor import Visitor

pytestmark = pytest.mark.pty

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server():
    with open_folder() as folder, make_server("ordinary", folder) as running:
        for name in ("ada", "bob"):
            running.add_user(name, PASSWORD, owner=name == "ada")
        database = open_database(Settings(data=running.data))
        for name, words in (("tiny", {"consoles": "1"}), ("strict", {"level": "3"})):
            plans.add(database, name, "standard")
            plans.change(database, name, words)
        database.close()
        yield running


def typed(server, *words):
    done = server.run(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(visitor):
    with pytest.raises(httpx.HTTPStatusError) as refused:
        visitor.new_console()
    return refused.value.response.json()["error"]


def test_a_plan_that_is_given_holds_for_the_next_request(server):
    with Visitor(server.url).sign_in("ada", PASSWORD) as ada:
        ada.new_console()
        typed(server, "plan", "give", "ada", "tiny")
        error = refusal(ada)
        assert error["code"] == "too_many"
        assert error["message"] == "The plan tiny allows 1 console. End or remove one."
        about = ada.http.get(f"api/v1/workspaces/{ada.workspace}/about").json()
        assert (about["plan"]["name"], about["plan"]["consoles"]) == ("tiny", 1)


def test_a_console_that_the_machine_cannot_hold_is_refused_with_that_sentence(server):
    """An ordinary user's server has one account for all, which is below level 3 anywhere."""
    warning = typed(server, "plan", "give", "bob", "strict")
    assert "Warning" in warning
    with Visitor(server.url).sign_in("bob", PASSWORD) as bob:
        error = refusal(bob)
        assert error["code"] == "no_sandbox"
        assert error["message"] in warning
        assert "; the plan strict asks for level 3: " in error["message"]
