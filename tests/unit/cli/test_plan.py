"""`ide plan` on a data folder without any server."""

import os

import pytest
from click.testing import CliRunner

from ide.build import typed
from ide.cli import plan
from ide.cli.main import main
from ide.guard import plan_words


@pytest.fixture
def ide(tmp_path, monkeypatch):
    """`ide …` in this process, on a machine of level 1."""
    for name in [name for name in os.environ if name.startswith("IDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(plan, "_level", lambda _settings: 1)
    monkeypatch.setattr(os, "umask", lambda _mask: 0)
    environ = {"IDE_RUNTIME_DIR": str(tmp_path / "run"), "IDE_CEILING_PROCESSES": "200"}

    def run(*words):
        data = ["--data", str(tmp_path / "data")]
        return CliRunner().invoke(main, [*words, *data], env=environ)

    return run


def said(done):
    assert done.exit_code == 0, done.output
    return done.output


def refused(done):
    assert done.exit_code == 1
    return done.output


def test_a_plan_is_shown_with_what_this_machine_makes_of_it(ide):
    shown = said(ide("plan", "show", "standard")).splitlines()
    assert shown[0] == "standard, the plan of 0 people"
    lines = {words[0]: " ".join(words[1:]) for words in map(str.split, shown[1:])}
    assert lines["processes"] == "512 here 200: this machine's ceiling"
    assert lines["network"] == "web by IDE_NETWORK"
    assert lines["lifetime"] == "none"
    assert "Warning" not in lines


def test_what_part_of_the_memory_really_is_there_is_said(ide):
    said(ide("plan", "set", "guest", "memory=96 MiB"))
    shown = said(ide("plan", "show", "guest")).splitlines()
    (tmp,) = [line.split(maxsplit=3)[-1] for line in shown if line.split()[0] == "tmp"]
    assert tmp == "24 MiB really: it is part of the memory"


def test_a_plan_of_a_higher_level_is_warned_about_where_it_is_shown_and_given(ide):
    warning = "Warning: This machine holds level 1; the plan guest asks for level 2: "
    assert warning in said(ide("plan", "show", "guest"))
    said(ide("user", "invite", "bob"))
    given = said(ide("plan", "give", "bob", "guest"))
    assert given.startswith("bob has the plan guest. Open pages follow within seconds.\n")
    assert warning in given
    assert "Warning" not in said(ide("plan", "give", "bob", "standard"))


def test_limits_are_set_by_words_and_listed(ide):
    done = said(ide("plan", "set", "standard", "memory=2G", "lifetime=12 h", "disk=none"))
    assert done.startswith("standard: memory 2 GiB, disk none, lifetime 12 h. ")
    said(ide("plan", "add", "class", "--from", "standard"))
    listed = {line.split()[0]: line for line in said(ide("plan", "list")).splitlines()}
    assert set(listed) == {"plan", "class", "guest", "owner", "standard"}
    assert "2 GiB" in listed["class"]
    said(ide("user", "invite", "bob", "--plan", "class"))
    assert "These people have the plan class: bob." in refused(ide("plan", "remove", "class"))
    said(ide("plan", "give", "bob", "standard"))
    said(ide("plan", "remove", "class"))
    assert "class" not in said(ide("plan", "list"))


def test_what_is_wrong_is_said_in_one_sentence(ide):
    assert "memory is a size such as 2 GiB" in refused(ide("plan", "set", "guest", "memory=2X"))
    forgotten = refused(ide("plan", "set", "guest", "memory=256"))
    assert "256 without a unit is bytes" in forgotten
    assert "is not LIMIT=VALUE" in refused(ide("plan", "set", "guest", "memory"))
    assert "'memry' is no limit" in refused(ide("plan", "set", "guest", "memry=1"))
    assert "no plan named 'x'" in refused(ide("plan", "show", "x"))
    assert "nobody with the user name" in refused(ide("plan", "give", "nobody", "guest"))


def test_the_help_of_set_names_every_limit(ide):
    helped = said(ide("plan", "set", "--help"))
    assert all(key in helped for key in plan_words.KEYS)


def test_people_are_invited_with_a_plan_and_listed_with_it(ide):
    said(ide("user", "invite", "bob", "--plan", "guest"))
    assert "no plan named 'x'" in refused(ide("user", "invite", "cy", "--plan", "x"))
    (line,) = said(ide("user", "list")).splitlines()
    assert "plan guest" in line
    assert " none " in line


def test_an_own_network_is_said_when_a_plan_is_given(ide):
    said(ide("user", "invite", "bob"))
    said(ide("user", "network", "bob", "packages", "pypi.org"))
    given = said(ide("plan", "give", "bob", "guest"))
    assert "The network packages was decided for bob alone and stays" in given
    assert f"`{typed('user network bob plan')}`" in given
    said(ide("user", "network", "bob", "plan"))
    assert "packages" not in said(ide("user", "list"))
