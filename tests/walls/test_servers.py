"""The attacks from a console of a whole server, as root and as an ordinary user; two workspaces."""

import json
import os
import secrets
import subprocess
from pathlib import Path
from unittest import mock

import pytest

from ide.guard.plan import NetworkPlan
from ide.keeper.programs import environment
from tests.ordinary import ACCOUNTS, IS_ROOT, make_server, open_folder
from tests.server import OWNER, processes
from tests.visitor import Visitor
from tests.waiting import wait_until
from tests.walls.attacks import PROGRAM, answers_of
from tests.walls.canaries import CANARY, planted
from tests.walls.probes import PROBES

pytestmark = pytest.mark.pty

EVERY_NAME = [probe.name for probe in PROBES]
SHARED = [
    "abstract_socket", "loopback_outside", "shared_memory", "message_queue",
    "command_lines_outside", "memory_file_outside", "temporary_file_outside",
]  # fmt: skip
"""What consoles of one workspace share, and two workspaces never."""
BOB = ("bob", "a horse of my own")
SECRETS = {"AWS_SECRET_ACCESS_KEY": CANARY, "PGPASSWORD": CANARY, "CANARY": CANARY}
ALLOWED = {"PATH", "LANG", "PYTHONUNBUFFERED", "PYTHONPATH", "HOME", "LC_ALL", "PWD"}
OF_THE_SHELL = {"COLUMNS", "LINES", "OLDPWD", "PWD", "SHLVL", "_"}


class Person:
    """One who is signed in and types into a console of their own."""

    def __init__(self, server, name, password):
        self.visitor = Visitor(server.url).sign_in(name, password)
        self.home = server.data / self.visitor.workspace / "home"
        self.output("true")  # the first console makes the folder

    def type(self, line):
        """Type into a new console; return the link to it."""
        console = self.visitor.new_console()
        link = self.visitor.link()
        link.hello(console)
        link.type(line.encode() + b"\n")
        return link

    def output(self, command):
        """Run a shell command in a new console to its end; return what it printed, whole."""
        name = f"out-{secrets.token_hex(4)}"
        with self.type(f"{{ {command}; }} >{name} 2>&1; mv {name} {name}.done") as link:
            wait_until((self.home / f"{name}.done").exists, 60, command)
            assert link.closed is None
        return (self.home / f"{name}.done").read_text()

    def write(self, name, text):
        """Put a file into the home folder from outside, as its owner's."""
        path = self.home / name
        path.write_text(text)
        path.chmod(0o644)

    def attack(self, facts, names):
        """Try these probes from a console; return what each found."""
        self.write("inside.py", PROGRAM.read_text())
        self.write("facts.json", json.dumps(facts))
        words = (
            f'"$(cat /opt/ide/interpreter)" -I ~/inside.py "$(cat facts.json)" {" ".join(names)}'
        )
        return answers_of(self.output(words), names)


@pytest.fixture(scope="module", params=ACCOUNTS)
def server(request):
    with open_folder() as folder, mock.patch.dict(os.environ, SECRETS):
        server = make_server(request.param, folder)
        try:
            server.start()
            server.add_user(*OWNER, owner=True)
            server.add_user(*BOB)
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def ada(server):
    person = Person(server, *OWNER)
    with person.visitor:
        yield person


@pytest.fixture(scope="module")
def bob(server):
    person = Person(server, *BOB)
    with person.visitor:
        yield person


@pytest.fixture(scope="module")
def neighbour(bob):
    """What bob's workspace holds, while a program of his is running."""
    word = f"neighbour-{secrets.token_hex(8)}"
    bob.write("neighbour.py", Path(__file__).with_name("neighbour.py").read_text())
    words = f'"$(cat /opt/ide/interpreter)" -I neighbour.py {word} >told; echo ended'
    with bob.type(words) as link:
        told = bob.home / "told"
        wait_until(lambda: told.exists() and told.read_text().endswith("\n"), 30, "it is planted")
        (pid,) = [pid for pid, argv in processes() if word in argv and "neighbour.py" in argv]
        (bob.home / "secret.txt").write_text(word)
        (bob.home / "secret.txt").chmod(0o666)
        yield json.loads(told.read_text()) | {"pid": pid, "outside": [str(bob.home / "secret.txt")]}
        link.type(b"\x04")


def sockets_of(server):
    (keeper, *_) = server.pids("ide.keeper")
    words = next(words for pid, words in processes() if pid == keeper)
    return [str(path) for path in Path(words[words.index("--runtime") + 1]).rglob("*.sock")]


def test_nothing_gets_through_from_a_console(server, ada, neighbour):
    server_port = int(server.url.rstrip("/").rpartition(":")[2])
    with planted() as facts:
        around = {"sockets": sockets_of(server), "outside": [str(server.data / "ide.db")],
                  "port": server_port}  # fmt: skip
        assert len(around["sockets"]) >= 5  # of the supervisor, two keepers and two agents
        found = ada.attack(facts | around, EVERY_NAME)
    assert {name: one for name, one in found.items() if one[0] != "HELD"} == {}


def test_two_workspaces_never_meet_and_two_consoles_do(ada, bob, neighbour):
    facts = neighbour | {"calls": {}, "sockets": [], "tools": ""}
    theirs = ada.attack(facts, [*SHARED, "signal_outside", "outside_file"])
    assert {name: one for name, one in theirs.items() if one[0] != "HELD"} == {}
    own = bob.attack(facts, SHARED)
    assert {name: one for name, one in own.items() if one[0] != "HOLE"} == {}


def environment_of(pid):
    pairs = Path(f"/proc/{pid}/environ").read_text("utf-8", "replace").split("\0")
    return {pair.partition("=")[0] for pair in pairs if pair}, any(CANARY in one for one in pairs)


def test_no_process_that_outlives_the_shell_inherits_its_environment(server, ada, bob):
    assert environment_of(server.process.pid)[1], "the server itself was given secrets"
    seen = 0
    for pid, words in processes():
        line = " ".join(words)
        if str(server.data) not in line and ada.visitor.workspace not in line:
            continue
        assert CANARY not in line
        if pid == server.process.pid or "tests/as_user.py" in line:
            continue
        try:
            names, leaks = environment_of(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        assert not leaks, line
        assert {name for name in names if not name.startswith("IDE_")} <= ALLOWED, line
        seen += 1
    assert seen >= 8  # gunicorn and its workers, supervisor, zygote, keepers, bwrap and agent


def test_a_console_has_the_variables_of_the_list_and_no_others(ada):
    names = set(ada.output("env -0 | cut -z -d= -f1 | tr '\\0' '\\n'").split())
    allowed = environment("/home/user", NetworkPlan.WEB, 3128, console="c")
    assert names - OF_THE_SHELL == set(allowed)


LOOK = """
from pathlib import Path
found = []
for pid in Path("/proc").glob("[0-9]*"):
    for name in ("environ", "cmdline"):
        try:
            if WORD in (pid / name).read_bytes().decode("latin-1"):
                found.append(f"{pid.name} {name}")
        except OSError:
            continue
print(";".join(found))
"""


@pytest.mark.skipif(not IS_ROOT, reason="only root has other accounts to look with")
def test_the_workspaces_account_on_the_machine_reads_no_secret(server, ada):
    """By an account of its own, even outside of its sandbox; by the server's, the sandbox hides."""
    uid = ada.home.stat().st_uid
    half, rest = CANARY[:8], CANARY[8:]
    code = LOOK.replace("WORD", f"{half!r} + {rest!r}")
    account = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--"]
    looks = [
        subprocess.run(
            [*words, "/usr/bin/python3", "-I", "-c", code],
            capture_output=True, text=True, check=True, env={}, timeout=60,
        ).stdout.strip()
        for words in ([], account)
    ]  # fmt: skip
    assert f"{server.process.pid} environ" in looks[0]
    assert bool(looks[1]) == (server.data.name == "ordinary")
