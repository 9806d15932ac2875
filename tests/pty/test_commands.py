"""The other commands, and the machine on which no sandbox can be made."""

import os
import re
import sys

import httpx
import pytest

from tests.ordinary import ORDINARY_UID, accounts, as_account, make_server, open_folder
from tests.server import Server, processes
from tests.visitor import Visitor

pytestmark = pytest.mark.pty

PASSWORD = "correct horse battery"


@pytest.fixture
def folder():
    with open_folder() as path:
        yield path


@pytest.fixture
def bare(folder, monkeypatch, request):
    """A server account that may not make namespaces, as in many containers: ordinary, or root."""
    data = folder / "bare"
    data.mkdir()
    uid = os.geteuid()
    if getattr(request, "param", "ordinary") == "root":
        if uid != 0:
            pytest.skip("needs root")
    elif uid == 0:
        uid = ORDINARY_UID
        os.chown(data, uid, uid)
    monkeypatch.setenv("AS_NO_NAMESPACES", "1")

    def make(*options):
        command = as_account(uid, sys.executable, "-m", "ide.cli.main")
        return Server(data, *options, command=command)

    return make


def said(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("account", accounts("root"))
def test_people_are_looked_after_without_a_running_server(folder, account):
    server = make_server(account, folder)
    server.add_user("ada", PASSWORD, owner=True)
    links = said(server.run("user", "invite", "bob", "cy"))
    assert len(set(re.findall(r"/invite/(\S+)", links))) == 2
    assert "packages" in said(server.run("user", "network", "bob", "packages", "pypi.org"))
    said(server.run("user", "disable", "cy"))
    listed = said(server.run("user", "list"))
    assert re.search(r"^ada +owner +active +web", listed, re.MULTILINE)
    assert re.search(r"^bob +user +invited +packages", listed, re.MULTILINE)
    assert re.search(r"^cy +user +disabled", listed, re.MULTILINE)
    again = server.run("user", "add", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    assert (again.returncode, again.stderr) == (1, "Error: The user name ada is taken.\n")
    reset = said(server.run("user", "reset", "ada", "--password-stdin", stdin="another horse 42\n"))
    assert "every device is signed out" in reset
    with server:
        with Visitor(server.url).sign_in("ada", "another horse 42") as ada:
            assert ada.workspace
        assert "/setup/" not in server.printed
        link = said(server.run("user", "invite", "bob")).split()[1]
        assert link.startswith(server.url)
        assert httpx.get(link, trust_env=False, timeout=20).status_code == 200


def test_a_password_is_never_asked_for_without_a_terminal(folder):
    done = make_server("ordinary", folder).run("user", "add", "ada")
    assert done.returncode == 1
    assert "--password-stdin" in done.stderr


def test_doctor_finds_the_sandbox(folder):
    found = said(make_server("ordinary", folder).run("doctor"))
    assert re.search(r"^Sandbox: +bubblewrap of the (distribution|bundled)", found, re.MULTILINE)
    level = re.search(r"^Level: +([123]) of 3", found, re.MULTILINE)
    assert level
    assert re.search(rf"^ +-> {level[1]}  \w", found, re.MULTILINE)


@pytest.mark.parametrize("bare", accounts("ordinary"), indirect=True)
def test_without_a_sandbox_consoles_are_refused_with_the_reason(bare):
    doctor = bare().run("doctor")
    assert doctor.returncode == 1
    assert "No permissions to create new namespace" in doctor.stdout
    assert "--unsafe-no-sandbox" in doctor.stdout
    with bare() as server:
        assert "No sandbox can be made on this machine, so consoles are refused." in server.printed
        server.add_user("ada", PASSWORD, owner=True)
        with Visitor(server.url).sign_in("ada", PASSWORD) as ada:
            with pytest.raises(httpx.HTTPStatusError) as refused:
                ada.new_console()
            with pytest.raises(httpx.HTTPStatusError) as no_files:
                ada.api("GET", "files")
        for each in (refused, no_files):
            error = each.value.response.json()["error"]
            assert error["code"] == "no_sandbox"
            assert "namespace" in error["message"]
        of_the_workspace = [words for _, words in processes() if ada.workspace in words]
        assert ["ide.keeper" in words for words in of_the_workspace] == [True]


def test_the_unsafe_switch_is_said_aloud_and_gives_consoles(bare):
    with bare("--unsafe-no-sandbox") as server:
        assert "WITHOUT a sandbox" in server.printed
        assert "do everything that this account can" in server.printed
        server.add_user("ada", PASSWORD, owner=True)
        with Visitor(server.url).sign_in("ada", PASSWORD) as ada:
            about = ada.http.get(f"api/v1/workspaces/{ada.workspace}/about").json()
            assert (about["sandbox"], about["own_account"]) == ("none", False)
            console = ada.new_console()
            with ada.link() as link:
                link.hello(console)
                link.type(b"echo works''here\n")
                link.read_until(b"workshere")
        second = bare()
        server.process.terminate()
        server.process.wait(20)
        with second:
            assert "was started with --unsafe-no-sandbox" in second.printed


def test_lan_prints_the_tablets_address_and_a_code_to_scan(folder, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    server = make_server("ordinary", folder)
    server.options = ("--lan",)
    with server:
        found = re.search(r"Ready: +(http://[\d.]+:\d+/)", server.printed)
        assert found
        assert "█" in server.printed
        assert httpx.get(found[1] + "healthz", trust_env=False, timeout=20).status_code == 200


IMPATIENT = """
from ide.cli import children, main
children.ATTACH_SECONDS = 1.0
main.main()
"""


def test_attach_leaves_starting_the_supervisor_to_its_own_service(folder):
    server = make_server("ordinary", folder)
    server.command[-2:] = ["-c", IMPATIENT]  # in place of -m ide.cli.main
    done = server.run("serve", "--attach", "--bind", "127.0.0.1:0")
    assert done.returncode == 1
    assert "it does not run" in done.stderr
    assert not server.pids("ide.placement.supervisor")
